/**
 * Keywords: the names of methods and variables, and what can be told from a name alone [psyc.md 1.3-1.5, 3.1].
 */

/** Is `name` a keyword, or a compact one without its underscore: what the wire allows as a name [psyc.md 1.3]? */
export function isKeyword(name: string): boolean {
  return /^[0-9A-Za-z_]+$/.test(name)
}

/**
 * Is `name` an `ancestor`: equal, or longer by whole words? `_messages` is no `_message` [psyc.md 1.3].
 * Routing variables do not inherit while routing: compare those with `===`.
 */
export function inherits(name: string, ancestor: string): boolean {
  if (!ancestor.startsWith('_') || !name.startsWith(ancestor)) return false
  return name.length === ancestor.length || name[ancestor.length] === '_'
}

/** Do the words of `pattern` occur in `name`, in order? `_failure_delivery` in `_failure_unsuccessful_delivery`. */
export function matches(name: string, pattern: string): boolean {
  if (!name.startsWith('_') || !pattern.startsWith('_')) return false
  const wanted = pattern.slice(1).split('_')
  let found = 0
  for (const word of name.slice(1).split('_')) if (word === wanted[found]) found++
  return found === wanted.length
}

/** The first word of a keyword with its underscore: `_notice` of `_notice_place_enter`; compact names whole. */
export function firstWord(name: string): string {
  const end = name.indexOf('_', 1)
  return end < 0 ? name : name.slice(0, end)
}

/** What the methods of a family are like [psyc.md 1.4]. */
export interface MethodFamily {
  readonly name: string
  /** The body is a psyctext template. */
  readonly template: boolean
  /** Sent in answer to something. */
  readonly reply: boolean
  /** Shown to users. */
  readonly visible: boolean
  readonly worthLogging: boolean
  /** Written by a human. */
  readonly manual: boolean
}

function family(name: string, traits: string): readonly [string, MethodFamily] {
  const has = (trait: string): boolean => traits.includes(trait)
  return [
    name,
    {
      name,
      template: has('T'),
      reply: has('R'),
      visible: has('V'),
      worthLogging: has('L'),
      manual: has('M'),
    },
  ]
}

const methodFamilies: ReadonlyMap<string, MethodFamily> = new Map([
  family('_message', 'VLM'),
  family('_request', 'TVL'),
  family('_notice', 'TVL'),
  family('_status', 'TRVL'),
  family('_info', 'TRVL'),
  family('_echo', 'TRV'),
  family('_warning', 'TRVL'),
  family('_error', 'TRVL'),
  family('_failure', 'TRVL'),
  family('_data', ''),
  family('_query', 'T'), // the last four: psyced's old names
  family('_set', ''),
  family('_list', ''),
  family('_assign', ''),
])

/** The family of a method, after `canonicalMethod`; undefined when no family is known by its first word. */
export function methodFamily(method: string): MethodFamily | undefined {
  return methodFamilies.get(firstWord(canonicalMethod(method)))
}

/** Other names of `_message` that receivers map [psyc.md 2.10, 8 row 12]. */
const messageAliases: ReadonlySet<string> = new Set(['_converse', '_conversation', '_talk'])

/** The method with the aliases of `_message` resolved: `_converse_private` becomes `_message_private`. */
export function canonicalMethod(method: string): string {
  const word = firstWord(method)
  return messageAliases.has(word) ? `_message${method.slice(word.length)}` : method
}

const variableTypes: ReadonlySet<string> = new Set([
  '_amount',
  '_color',
  '_date',
  '_degree',
  '_dict',
  '_entity',
  '_flag',
  '_language',
  '_list',
  '_nick',
  '_page',
  '_struct',
  '_time',
  '_uniform',
])

/** The type that a variable's first word gives it, or undefined: an opaque string [psyc.md 1.5, 8 row 32]. */
export function variableType(name: string): string | undefined {
  const word = firstWord(name)
  return variableTypes.has(word) ? word : undefined
}

const routingVariables: ReadonlySet<string> = new Set([
  '_source',
  '_target',
  '_context',
  '_source_relay',
  '_target_relay',
  '_tag',
  '_tag_relay',
  '_tag_reply',
  '_counter',
  '_count',
  '_fragment',
  '_amount_fragments',
  '_length',
  '_source_identification',
  '_source_identity',
  '_source_relay_relay',
  '_target_forward',
  '_using_modules',
  '_understand_modules',
  '_list_using_modules',
  '_list_understand_modules',
])

/** Is it a routing variable, by its whole name [psyc.md 3.1, 8 row 24]? */
export function isRoutingVariable(name: string): boolean {
  return routingVariables.has(name)
}

/** Names that never travel; what arrives under them is to be dropped [psyc.md 1.3]. */
export function isInternal(name: string): boolean {
  return name.startsWith('_INTERNAL')
}

const decisive: readonly string[] = ['_source', '_target', '_context']

/**
 * The first of `_source`, `_target`, `_context` that is given twice, which is an error of the packet that leaves
 * the framing intact [psyc.md 2.2]; undefined when there is none.
 */
export function duplicateRouting(routing: readonly { readonly name: string }[]): string | undefined {
  return decisive.find((name) => routing.filter((modifier) => modifier.name === name).length > 1)
}
