/**
 * What the value model merges, kept apart for tools that show or repeat a message byte by byte. A reader makes these
 * only when it was asked to be exact; the gateway never meets one, so they are no part of the AmfValue union.
 */
import type { AmfValue } from './value.js'

/**
 * - `double`: an AMF3 double that could have been an integer
 * - `long-string`: an AMF0 long string that could have been short
 * - `amf3`: an AMF3 value behind AMF0's 0x11
 * - `ecma-array`: an AMF0 ECMA array whose `count` is not the number of its properties
 */
export type ExactForm = 'double' | 'long-string' | 'amf3' | 'ecma-array'

export class AmfExact {
  constructor(
    readonly form: ExactForm,
    readonly value: AmfValue,
    readonly count = 0,
  ) {}
}

/** A form in the place of a value: the one door by which it enters a graph. */
export function exactly(form: ExactForm, value: AmfValue, count = 0): AmfValue {
  return new AmfExact(form, value, count) as unknown as AmfValue
}

export function exactOf(value: unknown): AmfExact | undefined {
  return value instanceof AmfExact ? value : undefined
}
