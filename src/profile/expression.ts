/**
 * The little language of profiles: where a value comes from [design 2.3].
 *
 *   expression = literal / call / path
 *   path       = root *( "." step )              arg.0   query.user   arg.0.userName|username|user   nick   _topic
 *   step       = key *( "|" key )                the first of them that is there
 *   call       = function "(" [ expression *( "," expression ) ] ")"                  html(nick, body)
 *   literal    = "'" *<any but "'"> "'" / number / "true" / "false" / "null"
 *   root, key  = 1*( ALPHA / DIGIT / "_" / "-" / "$" )
 *
 * Which roots and functions there are depends on where the expression stands; a name that begins with `_` is a
 * variable of the packet wherever packets are met. Nothing is ever an error when evaluated: what is not there is
 * undefined. The values are the caller's own: a `Scope` reads and makes them, so that this file knows no AMF.
 */
import { ConfigError } from '../util/errors.js'
import { hint } from './nearest-name.js'

export type Literal = string | number | boolean | null

/** Reads and makes the values of one evaluation. */
export interface Scope<V> {
  /** The value of a root; undefined when there is none now. */
  root(name: string): V | undefined
  /** A member of an object, or an item of a list by its index. */
  member(value: V, key: string): V | undefined
  literal(value: Literal): V
  call(name: string, args: readonly (V | undefined)[]): V | undefined
  /** An object of a template; members that are undefined stay in it. */
  object(entries: readonly (readonly [string, V | undefined])[]): V
}

export interface Expression {
  /** As it was written. */
  readonly text: string
  evaluate<V>(scope: Scope<V>): V | undefined
}

/** What an expression may name where it stands. */
export interface Vocabulary {
  readonly roots: readonly string[]
  /** Functions with the number of arguments, at least and at most. */
  readonly functions: Readonly<Record<string, readonly [number, number]>>
  /** Whether `_names` are variables of a packet. */
  readonly variables: boolean
}

type Node =
  | { readonly kind: 'literal'; readonly value: Literal }
  | { readonly kind: 'path'; readonly root: string; readonly steps: readonly (readonly string[])[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] }

const words: ReadonlyMap<string, Literal> = new Map<string, Literal>([
  ['true', true],
  ['false', false],
  ['null', null],
])

/** Nested calls in one expression; ours, since nobody needs three. */
const MAX_DEPTH = 16

/**
 * @throws ConfigError CONFIG_INVALID that says what was expected and where
 */
export function compileExpression(text: string, vocabulary: Vocabulary): Expression {
  const parser = new Parser(text, vocabulary)
  const node = parser.whole()
  return { text, evaluate: (scope) => evaluate(node, scope) }
}

function evaluate<V>(node: Node, scope: Scope<V>): V | undefined {
  if (node.kind === 'literal') return scope.literal(node.value)
  if (node.kind === 'call')
    return scope.call(
      node.name,
      node.args.map((arg) => evaluate(arg, scope)),
    )
  let value = scope.root(node.root)
  for (const step of node.steps) {
    if (value === undefined) return undefined
    value = firstMember(value, step, scope)
  }
  return value
}

function firstMember<V>(value: V, keys: readonly string[], scope: Scope<V>): V | undefined {
  for (const key of keys) {
    const member = scope.member(value, key)
    if (member !== undefined) return member
  }
  return undefined
}

const tokenPattern = /\s*(?:([A-Za-z0-9_$-]+)|'([^']*)'|([.|(),]))/y

interface Token {
  readonly kind: 'word' | 'text' | 'sign' | 'end'
  readonly text: string
}

class Parser {
  private at = 0
  private token: Token
  private depth = 0

  constructor(
    private readonly source: string,
    private readonly vocabulary: Vocabulary,
  ) {
    this.token = this.scan()
  }

  whole(): Node {
    const node = this.expression()
    if (this.token.kind !== 'end') this.fail(`unexpected "${this.token.text}"`)
    return node
  }

  private expression(): Node {
    const { kind, text } = this.token
    if (kind === 'text') {
      this.advance()
      return { kind: 'literal', value: text }
    }
    const word = this.word('an expression')
    const literal = words.get(word)
    if (literal !== undefined) return { kind: 'literal', value: literal }
    if (/^-?\d/.test(word)) return this.number(word)
    if (this.accept('(')) return this.call(word)
    return this.path(word)
  }

  /** A fraction has a "." in it, which is a sign of its own elsewhere. */
  private number(word: string): Node {
    const text = this.accept('.') ? `${word}.${this.word('digits')}` : word
    if (!/^-?\d+(?:\.\d+)?$/.test(text)) this.fail(`"${text}" is no number`)
    return { kind: 'literal', value: Number(text) }
  }

  private path(root: string): Node {
    const { roots, variables } = this.vocabulary
    const isKnown = roots.includes(root) || (variables && root.startsWith('_'))
    if (!isKnown) this.fail(`"${root}" is nothing that is known here${hint(root, roots)}`)
    const steps: string[][] = []
    while (this.accept('.')) {
      const keys = [this.word('a member')]
      while (this.accept('|')) keys.push(this.word('a member'))
      steps.push(keys)
    }
    return { kind: 'path', root, steps }
  }

  private call(name: string): Node {
    const { functions } = this.vocabulary
    const arity = Object.hasOwn(functions, name) ? functions[name] : undefined
    if (arity === undefined) this.fail(`"${name}" is no function${hint(name, Object.keys(functions))}`)
    if (++this.depth > MAX_DEPTH) this.fail('calls are nested too deeply')
    const args: Node[] = []
    if (!this.accept(')')) {
      do args.push(this.expression())
      while (this.accept(','))
      if (!this.accept(')')) this.fail('expected ")"')
    }
    this.depth--
    const [least, most] = arity
    if (args.length < least || args.length > most)
      this.fail(
        `${name} takes ${least === most ? least : `${least} to ${most}`} arguments, not ${args.length}`,
      )
    return { kind: 'call', name, args }
  }

  private word(expected: string): string {
    const { kind, text } = this.token
    if (kind !== 'word') this.fail(`expected ${expected}`)
    this.advance()
    return text
  }

  private accept(sign: string): boolean {
    if (this.token.kind !== 'sign' || this.token.text !== sign) return false
    this.advance()
    return true
  }

  private advance(): void {
    this.token = this.scan()
  }

  private scan(): Token {
    tokenPattern.lastIndex = this.at
    const match = tokenPattern.exec(this.source)
    if (match === null) {
      if (this.source.slice(this.at).trim() !== '') this.fail(`unexpected "${this.source.charAt(this.at)}"`)
      return { kind: 'end', text: '' }
    }
    this.at = tokenPattern.lastIndex
    const [, word, text, sign] = match
    if (word !== undefined) return { kind: 'word', text: word }
    return text !== undefined ? { kind: 'text', text } : { kind: 'sign', text: sign ?? '' }
  }

  private fail(message: string): never {
    throw new ConfigError('CONFIG_INVALID', `expression "${this.source}": ${message}`)
  }
}
