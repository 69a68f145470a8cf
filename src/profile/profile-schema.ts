/** The shape of an app profile as it is written in a configuration [design 2.3]. */
import * as z from 'zod'
import { ConfigError } from '../util/errors.js'
import { compileExpression, type Vocabulary } from './expression.js'
import { hint } from './nearest-name.js'
import { choose, oneOf, someText, strict, tableOf } from './schema-error.js'
import { compileTemplate, type TemplateSource } from './template.js'
import { vocabularies } from './vocabulary.js'

/** Entries of `on` that are no methods of packets. */
export const callbackEvents = ['self', 'members', 'history'] as const

const KEYWORD = /^(?:_[A-Za-z0-9]+)+$/

/** Families that a place takes for something else than talk: an `_error` even evicts the sender's node. */
const FORBIDDEN_FAMILY = /^_(?:error|failure|status|warning|echo|data|INTERNAL)(?:_|$)/

function textCheckedBy(what: string, check: (text: string) => void): z.ZodString {
  return z.string(`expected ${what}`).superRefine((text, context) => {
    report(context, () => check(text))
  })
}

function report(context: z.RefinementCtx, check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    context.addIssue({ code: 'custom', message: error.message })
  }
}

function expression(vocabulary: Vocabulary): z.ZodString {
  return textCheckedBy('an expression such as "arg.0"', (text) => compileExpression(text, vocabulary))
}

const isTable = (value: unknown): boolean => typeof value === 'object' && value !== null

const templateShape: z.ZodType<TemplateSource, TemplateSource> = choose<TemplateSource, TemplateSource>(
  (value): z.ZodType<TemplateSource> =>
    isTable(value) ? tableOf(templateShape) : z.string('expected an expression, or an object of expressions'),
)

function template(vocabulary: Vocabulary): z.ZodType<TemplateSource, TemplateSource> {
  return templateShape.superRefine((source, context) => {
    report(context, () => compileTemplate(source, vocabulary))
  })
}

const sentMethod = textCheckedBy('a method such as "_message_public"', (text) => {
  if (!KEYWORD.test(text))
    throw new ConfigError('CONFIG_INVALID', `"${text}" is no method: expected _word_word`)
  if (FORBIDDEN_FAMILY.test(text))
    throw new ConfigError('CONFIG_INVALID', `"${text}" cannot be sent for a call`)
})

const { connect, call, callback, member } = vocabularies

/** What a call of the client becomes; without `method` it is only answered. */
const callMapping = strict({
  method: sentMethod.optional(),
  /** Nick or uniform of the only one to get it; without it the place. */
  target: expression(call).optional(),
  body: expression(call).optional(),
  /** Further variables of the packet. */
  variables: tableOf(expression(call)).default({}),
  /** What the call is answered with once the packet was taken; without it undefined. */
  answer: template(call).optional(),
}).superRefine((mapping, context) => {
  const orphan = (['target', 'body'] as const).find((name) => mapping[name] !== undefined)
  if (mapping.method === undefined && orphan !== undefined)
    context.addIssue({ code: 'custom', path: [orphan], message: 'has no meaning without "method"' })
  for (const name of Object.keys(mapping.variables)) {
    if (!KEYWORD.test(name))
      context.addIssue({ code: 'custom', path: ['variables', name], message: 'expected a name like _topic' })
  }
})

/** A method of the client, or a handler of a shared object that it uses, and what it is called with. */
const callbackSource = strict({
  call: someText('the name of a method').optional(),
  object: z.string('expected the name of a shared object').min(1, 'expected a name').optional(),
  send: someText('the name of a handler').optional(),
  args: z.array(template(callback), 'expected a list of expressions').default([]),
}).superRefine((source, context) => {
  const isCall = source.call !== undefined
  const isSend = source.object !== undefined && source.send !== undefined
  const isHalf = (source.object !== undefined) !== (source.send !== undefined)
  if (isCall === isSend || isHalf)
    context.addIssue({ code: 'custom', message: 'expected either "call", or "object" and "send"' })
})

type OneOrMore<T> = T | T[]

const callbackList = choose<z.output<typeof callbackSource>[], OneOrMore<z.input<typeof callbackSource>>>(
  (value) => (Array.isArray(value) ? z.array(callbackSource) : callbackSource.transform((one) => [one])),
)

const callbackTable = tableOf(callbackList).superRefine((table, context) => {
  for (const name of Object.keys(table)) {
    if (KEYWORD.test(name) || (callbackEvents as readonly string[]).includes(name)) continue
    const message = `expected a method such as _message_public, or one of ${callbackEvents.join(', ')}`
    context.addIssue({ code: 'custom', path: [name], message: message + hint(name, callbackEvents) })
  }
})

const objectRule = strict({
  /** A slot for everybody who is in the place, kept by its home. */
  members: strict({ slot: expression(member), value: template(member) }).optional(),
  /** Whether slots that a person set go when he leaves. */
  removeOnLeave: z.boolean('expected true or false').default(false),
  /** Whether a set is refused when somebody else changed that slot meanwhile [design 4]. */
  strict: z.boolean('expected true or false').default(false),
})

export const profileSchema = strict({
  nick: z.array(expression(connect), 'expected a list of expressions').default([]),
  password: z.array(expression(connect), 'expected a list of expressions').default([]),
  presence: oneOf(['act', 'connect', 'never']).default('act'),
  duplicateNick: oneOf(['suffix', 'reject', 'replace']).default('suffix'),
  psyc: z.boolean('expected true or false').default(false),
  onBWDone: z.boolean('expected true or false').default(true),
  gopCache: z.boolean('expected true or false').default(true),
  calls: tableOf(callMapping).default({}),
  /** By method of what the place sends, or by event. */
  on: callbackTable.default({}),
  objects: tableOf(objectRule).default({}),
})

export type CallbackSource = z.output<typeof callbackSource>
export type CallMappingSource = z.output<typeof callMapping>
export type ObjectRuleSource = z.output<typeof objectRule>
/** As written: everything may be left out. */
export type ProfileSource = z.input<typeof profileSchema>
/** With the defaults filled in. */
export type Profile = z.output<typeof profileSchema>
