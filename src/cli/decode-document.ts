/** What a decoder of `rtmpsyc decode` gives: the text of one JSON document, piece by piece, and how it ended. */
import { LimitError } from '../util/errors.js'
import type { GatewayError } from '../util/errors.js'
import { terminalJson } from './terminal-json.js'

/** Exit codes of `decode`. */
export const Exit = { Complete: 0, Malformed: 2, Incomplete: 3 } as const
export type Exit = (typeof Exit)[keyof typeof Exit]

export interface Outcome {
  readonly exit: Exit
  /** Why it is not complete, with the offset; "" when it is. */
  readonly reason: string
}

/** Yields the document, which is written as it comes: it may be far larger than the bytes. */
export type Document = Generator<string, Outcome>

export const complete: Outcome = { exit: Exit.Complete, reason: '' }

export function malformed(reason: string): Outcome {
  return { exit: Exit.Malformed, reason }
}

export function incomplete(reason: string): Outcome {
  return { exit: Exit.Incomplete, reason }
}

/** @param offset where it was found, for errors that do not say so themselves */
export function reasonOf(error: GatewayError, offset: number): string {
  const place = error instanceof LimitError ? ` (offset ${offset})` : ''
  return `${error.code}: ${error.message}${place}`
}

const INDENT = 2

/** A document that is there as a whole. */
export function* wholeDocument(value: object, outcome: Outcome): Document {
  yield `${terminalJson(value, INDENT)}\n`
  return outcome
}

/** The same text as `JSON.stringify` of the whole document would be, without having it. */
export class DocumentWriter {
  private isEmpty = true

  member(name: string, value: object | string | number | null): string {
    return `${this.lead(name)}${indented(value, '  ')}`
  }

  /** A list whose items are made while they are written. @returns what `items` returns */
  *list<Result>(name: string, items: Iterator<object, Result>): Generator<string, Result> {
    yield `${this.lead(name)}[`
    let separator = ''
    for (;;) {
      const next = items.next()
      if (next.done === true) {
        yield separator === '' ? ']' : '\n  ]'
        return next.value
      }
      yield `${separator}\n    ${indented(next.value, '    ')}`
      separator = ','
    }
  }

  end(): string {
    return this.isEmpty ? '{}\n' : '\n}\n'
  }

  private lead(name: string): string {
    const opening = this.isEmpty ? '{' : ','
    this.isEmpty = false
    return `${opening}\n  ${terminalJson(name)}: `
  }
}

/** JSON has line feeds only between its tokens. */
function indented(value: object | string | number | null, by: string): string {
  return terminalJson(value, INDENT).replaceAll('\n', `\n${by}`)
}
