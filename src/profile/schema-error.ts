/** What zod finds wrong, as a ConfigError: the path, what was expected there, and the nearest valid name. */
import * as z from 'zod'
import { ConfigError } from '../util/errors.js'
import { hint } from './nearest-name.js'

/** An object without other entries than these. @param elsewhere what others are called, by the names that they might be given */
export function strict<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  elsewhere?: ReadonlyMap<string, string>,
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return 'expected an object'
      return issue.keys.map((name) => `unknown entry${hint(name, known, elsewhere)}`).join(BETWEEN)
    },
  })
}

/** Zod has one message for all unknown entries of an object; ours holds one for each, in the order of its keys. */
const BETWEEN = '\n'

/** Text that is not empty. */
export function someText(what: string): z.ZodString {
  return z.string(`expected ${what}`).min(1, `expected ${what}`)
}

/** @param least,most  what it may be, both included */
export function wholeNumber(what: string, least: number, most: number): z.ZodInt {
  const expected = `expected ${what}, ${least} to ${most}`
  return z.int(expected).min(least, expected).max(most, expected)
}

/** One of a few words. */
export function oneOf<const Words extends readonly string[]>(words: Words): z.ZodEnum<EnumOf<Words>> {
  return z.enum(words, {
    error: (issue) => {
      const near = typeof issue.input === 'string' ? hint(issue.input, words) : ''
      return `expected one of ${words.join(', ')}${near.startsWith('; did') ? near : ''}`
    },
  })
}

type EnumOf<Words extends readonly string[]> = { [Word in Words[number]]: Word }

/** A table whose names are the user's own. */
export function tableOf<Value extends z.ZodType>(value: Value): z.ZodRecord<z.ZodString, Value> {
  return z.record(z.string(), value, { error: 'expected an object' })
}

/**
 * What may be a secret, or hold one: an error does not tell what stood there.
 *
 * @param read  text: what was expected
 */
export function untold<Output>(read: (value: unknown) => Output | string): z.ZodType<Output> {
  return z.unknown().transform((value, context) => {
    const result = read(value)
    if (typeof result !== 'string') return result
    context.addIssue({ code: 'custom', message: result })
    return z.NEVER
  })
}

/**
 * The schema that fits the kind of value that stands there: unlike a union it reports what is wrong with that one
 * form, where it is wrong.
 */
export function choose<Output, Input>(pick: (value: unknown) => z.ZodType<Output>): z.ZodType<Output, Input> {
  return z.unknown().transform((value, context) => {
    const result = pick(value).safeParse(value)
    if (result.success) return result.data
    for (const issue of result.error.issues)
      context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue)
    return z.NEVER
  }) as unknown as z.ZodType<Output, Input>
}

/**
 * @param prefix path of `value` in the whole configuration
 * @throws ConfigError CONFIG_INVALID; its path is that of the first offence, its message names all
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  prefix: readonly string[] = [],
): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const found = result.error.issues.flatMap((issue) => offences(issue, value, prefix))
  const [first, ...others] = found
  const more = others.map(({ path, message }) => `\n${path}: ${message}`).join('')
  throw new ConfigError('CONFIG_INVALID', `${first?.message ?? 'invalid'}${more}`, first?.path ?? '')
}

interface Offence {
  readonly path: string
  readonly message: string
}

function offences(issue: z.core.$ZodIssue, value: unknown, prefix: readonly string[]): Offence[] {
  const path = [...prefix, ...issue.path.map(String)]
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split(BETWEEN)
    return issue.keys.map((key, at) => ({ path: [...path, key].join('.'), message: messages[at] ?? '' }))
  }
  // a custom check says it all; for the others add what stood there
  const got = issue.code === 'custom' ? '' : `, not ${shown(at(value, issue.path))}`
  return [{ path: path.join('.'), message: `${issue.message}${got}` }]
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined
    found = (found as Record<PropertyKey, unknown>)[key]
  }
  return found
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
