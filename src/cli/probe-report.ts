/** What `probe` prints: a line for each step with its time, and what to do where one fails. */
import type { Writable } from 'node:stream'

/** Why a step failed, for the user. */
export class ProbeFailure extends Error {
  constructor(
    message: string,
    /** What to do about it; "" where nobody knows. */
    readonly advice = '',
    /** Further lines: what the other side said. */
    readonly details: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** One sentence, or one with further lines below it. */
export type Told = string | readonly [sentence: string, ...details: string[]]

const NAME_WIDTH = 10
const MAX_LINE = 1_000 // characters: what a stranger says may be long
const MAX_DETAILS = 40

export class Report {
  /** A step failed. */
  hasFailed = false

  /** @param now ms, monotonic */
  constructor(
    private readonly output: Writable,
    private readonly now: () => number,
  ) {}

  /**
   * Do a step and say how it went.
   *
   * @throws ProbeFailure  as `run` did; it has been printed
   */
  async step<T>(name: string, run: () => Promise<T>, tell: (result: T) => Told): Promise<T> {
    const start = this.now()
    try {
      return await this.timed(name, run, tell)
    } catch (error) {
      if (error instanceof ProbeFailure) this.fail(name, error, this.now() - start)
      throw error
    }
  }

  /**
   * As `step`, for what may fail because there is another way.
   *
   * @returns undefined when it failed
   */
  async attempt<T>(
    name: string,
    run: () => Promise<T>,
    tell: (result: T) => Told,
    otherwise: (failure: ProbeFailure) => Told,
  ): Promise<T | undefined> {
    try {
      return await this.timed(name, run, tell)
    } catch (error) {
      if (!(error instanceof ProbeFailure)) throw error
      this.note(name, otherwise(error))
      return undefined
    }
  }

  /** Something worth knowing that is no step. */
  note(name: string, told: Told): void {
    const [sentence, ...details] = listOf(told)
    this.line('--', name, sentence)
    this.details(details)
  }

  fail(name: string, { message, advice, details }: ProbeFailure, ms?: number): void {
    this.hasFailed = true
    this.line('FAIL', name, message, ms)
    this.details(details)
    if (advice !== '') this.details([`→ ${advice}`])
  }

  private async timed<T>(name: string, run: () => Promise<T>, tell: (result: T) => Told): Promise<T> {
    const start = this.now()
    const result = await run()
    const [sentence, ...details] = listOf(tell(result))
    this.line('ok', name, sentence, this.now() - start)
    this.details(details)
    return result
  }

  private details(lines: readonly string[]): void {
    const shown = lines.slice(0, MAX_DETAILS)
    if (shown.length < lines.length) shown.push(`… and ${lines.length - shown.length} more`)
    for (const text of shown) this.line('', '', text)
  }

  private line(mark: string, name: string, text: string, ms?: number): void {
    const time = ms === undefined ? '' : `${ms.toFixed(0)} ms`
    const columns = `${mark.padEnd(4)} ${time.padStart(8)}  ${name.padEnd(NAME_WIDTH)} ${printable(text)}`
    this.output.write(`${columns.trimEnd()}\n`)
  }
}

function listOf(told: Told): readonly [string, ...string[]] {
  return typeof told === 'string' ? [told] : told
}

/** The other side must not steer our terminal. */
export function printable(text: string): string {
  const cut = text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}…` : text
  return cut.replace(/\p{C}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return `\\u{${code.toString(16)}}`
  })
}
