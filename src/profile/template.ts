/** A value to be made: one expression, or an object of templates, as written in a profile. */
import { compileExpression, type Expression, type Scope, type Vocabulary } from './expression.js'

export type TemplateSource = string | { readonly [name: string]: TemplateSource }

export type Template = Pick<Expression, 'evaluate'>

/** @throws ConfigError CONFIG_INVALID */
export function compileTemplate(source: TemplateSource, vocabulary: Vocabulary): Template {
  if (typeof source === 'string') return compileExpression(source, vocabulary)
  const members = Object.entries(source).map(
    ([name, member]) => [name, compileTemplate(member, vocabulary)] as const,
  )
  return {
    evaluate<V>(scope: Scope<V>): V {
      return scope.object(members.map(([name, member]) => [name, member.evaluate(scope)] as const))
    },
  }
}
