/**
 * How psyced reads 0.9: lines through the telnet layer of its driver, then packets, by its own rules and not by ours
 * [psyced.md 6]. Text is latin1: a character is a byte.
 */
export interface DoubleVariable {
  readonly operator: string
  readonly name: string
  readonly values: string[]
}

export interface DoublePacket {
  readonly kind: 'packet'
  readonly variables: DoubleVariable[]
  readonly method: string
  readonly body: string
}

/** What psyced croaks before it closes. */
export interface Croak {
  readonly kind: 'croak'
  readonly method: string
  readonly body: string
  readonly variables?: Readonly<Record<string, string>>
}

const MAX_TEXT = 2048

/** The telnet layer: bytes that never arrive, and lines that are cut. */
export class DoubleLines {
  private rest = ''

  add(bytes: string): string[] {
    this.rest += bytes
    const lines = this.rest.split('\n')
    this.rest = lines.pop() ?? ''
    return lines.flatMap((line) => line.split('\r')).flatMap((line) => cut(edited(line)))
  }
}

/** NUL is dropped, BS and DEL delete, 0xFF eats a command. */
function edited(line: string): string {
  let text = ''
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? ''
    if (character === '\x08' || character === '\x7f') text = text.slice(0, -1)
    else if (character === '\xff') at++
    else if (character !== '\0') text += character
  }
  return text
}

function cut(line: string): string[] {
  const pieces: string[] = []
  for (let at = 0; at === 0 || at < line.length; at += MAX_TEXT) pieces.push(line.slice(at, at + MAX_TEXT))
  return pieces
}

export class DoubleParser {
  private hasBegun = false
  private block: 'routing' | 'entity' | 'body' = 'routing'
  private variables: DoubleVariable[] = []
  private method = ''
  private body: string[] = []

  /** @returns a packet when the line ends one; `'hello'` for the first dot */
  line(text: string): DoublePacket | Croak | 'hello' | undefined {
    if (!this.hasBegun) {
      this.hasBegun = text === '.'
      return this.hasBegun
        ? 'hello'
        : {
            kind: 'croak',
            method: '_error_syntax_initialization',
            body: 'The old protocol begins with a dot on a line by itself.',
          }
    }
    if (text === '.') return this.end()
    if (this.block === 'body') this.body.push(text)
    else return this.header(text)
    return undefined
  }

  private end(): DoublePacket {
    const { variables, method, body } = this
    this.block = 'routing'
    this.variables = []
    this.method = ''
    this.body = []
    return { kind: 'packet', variables, method, body: body.join('\n').replace(/\n$/, '') }
  }

  private header(text: string): Croak | undefined {
    const first = text[0] ?? ''
    if (text === '') this.block = 'entity'
    else if (first === '\t') this.goOn(text.slice(1))
    else if (':=+-?'.includes(first)) return this.variable(first, text.slice(1))
    else if (first === '_') return this.methodLine(text)
    else if (first !== ' ')
      return {
        kind: 'croak',
        method: '_error_invalid_method_compact',
        body: 'Compact methods undefined as yet.',
      }
    return undefined
  }

  private goOn(text: string): void {
    const values = this.variables.at(-1)?.values
    if (values !== undefined) values.push(`${values.pop() ?? ''}\n${text}`)
  }

  private variable(operator: string, rest: string): Croak | undefined {
    const found = /^(\S*?)(?:[\t ]+([^]*))?$/.exec(rest)
    const name = found?.[1] ?? rest
    if (name === '' && this.variables.length > 0) {
      this.variables.at(-1)?.values.push(found?.[2] ?? '')
      return undefined
    }
    if (!/^[_0-9A-Za-z]+$/.test(name))
      return {
        kind: 'croak',
        method: '_error_illegal_protocol_variable',
        body: 'You are not allowed to present a variable named [_variable_name].',
        variables: { _variable_name: name },
      }
    if (operator === '=' && found?.[2] === undefined && !/[\t ]/.test(rest))
      return { kind: 'croak', method: '_error_syntax_assign', body: '' }
    this.variables.push({ operator, name, values: [found?.[2] ?? ''] })
    return undefined
  }

  private methodLine(text: string): Croak | undefined {
    if (!/^[_0-9A-Za-z]+$/.test(text))
      return { kind: 'croak', method: '_error_illegal_method', body: "That's not a valid method name." }
    this.method = text
    this.block = 'body'
    return this.fatal()
  }

  /** What psyced will not go on after. */
  private fatal(): Croak | undefined {
    if (this.variables.some(({ operator }) => operator === '+'))
      return { kind: 'croak', method: '_failure_broken_parser', body: '' }
    if (this.method.startsWith('_data'))
      return {
        kind: 'croak',
        method: '_failure_unsupported_method_data',
        body: 'Sorry, cannot deal with binary data yet.',
      }
    if (this.variables.some(({ name }) => name === '_length'))
      return {
        kind: 'croak',
        method: '_failure_unsupported_module_length',
        body: 'Sorry, cannot deal with _length yet.',
      }
    return undefined
  }
}
