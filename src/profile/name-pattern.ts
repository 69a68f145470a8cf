/**
 * Names of calls and objects with a variable part [design 2.3]: `.` and `/` are one, and `*` in the place of a whole
 * segment captures it: "FCChat/*" + "/sendMessage" matches "FCChat.chat1.sendMessage" and captures "chat1". A pattern
 * that is `*` alone matches every name.
 */

/** Separator of a name's segments, one for both spellings. */
export function normalName(name: string): string {
  return name.replaceAll('.', '/')
}

export interface NamePattern {
  /** As it was written. */
  readonly text: string
  readonly hasCaptures: boolean
  /** What the `*` stand for, in order; undefined when the name does not match. */
  match(name: string): readonly string[] | undefined
  /** The name with the `*` filled in; those that are not given stay. */
  fill(captures: readonly string[]): string
}

const ANY = '*'
const none: readonly string[] = []

export function compilePattern(text: string): NamePattern {
  const normal = normalName(text)
  const segments = normal.split('/')
  const hasCaptures = segments.includes(ANY)
  const fill = (captures: readonly string[]): string => {
    let used = 0
    return text.replace(/(?<=^|[./])\*(?=$|[./])/g, (star) => captures[used++] ?? star)
  }
  if (text === ANY) return { text, hasCaptures, match: (name) => [name], fill }
  if (!hasCaptures)
    return { text, hasCaptures, match: (name) => (normalName(name) === normal ? none : undefined), fill }
  return { text, hasCaptures, match: (name) => captures(segments, normalName(name).split('/')), fill }
}

function captures(pattern: readonly string[], name: readonly string[]): string[] | undefined {
  if (pattern.length !== name.length) return undefined
  const found: string[] = []
  for (const [at, segment] of pattern.entries()) {
    const actual = name[at] ?? ''
    if (segment === ANY && actual !== '') found.push(actual)
    else if (segment !== actual) return undefined
  }
  return found
}

export interface Matched<T> {
  readonly value: T
  readonly captures: readonly string[]
}

/** Finds the entry of a name: exact ones first, then patterns in the order given, `*` alone last. */
export class PatternMap<T> {
  private readonly exact = new Map<string, T>()
  private readonly patterns: (readonly [NamePattern, T])[] = []
  private readonly any: T | undefined

  constructor(entries: Iterable<readonly [string, T]>) {
    for (const [text, value] of entries) {
      const pattern = compilePattern(text)
      if (text === ANY) this.any = value
      else if (pattern.hasCaptures) this.patterns.push([pattern, value])
      else this.exact.set(normalName(text), value)
    }
  }

  match(name: string): Matched<T> | undefined {
    const exact = this.exact.get(normalName(name))
    if (exact !== undefined) return { value: exact, captures: none }
    for (const [pattern, value] of this.patterns) {
      const found = pattern.match(name)
      if (found !== undefined) return { value, captures: found }
    }
    return this.any === undefined ? undefined : { value: this.any, captures: [name] }
  }
}
