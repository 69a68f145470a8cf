/** Lists: the values of `_list` variables [psyc.md 2.6]. */
import { ByteWriter, concat } from '../../util/bytes.js'
import { PsycError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import { defaultLimits } from '../../util/limits.js'
import { decodeUtf8 } from '../../util/utf8.js'
import { Byte, isDigit } from './ascii.js'
import type { Element, Failure } from './element.js'
import { ElementReader, writeElement } from './element.js'

export type { Element } from './element.js'

export class PsycList {
  constructor(
    readonly elements: readonly Element[],
    readonly defaultType?: string,
  ) {}

  static ofTexts(texts: readonly string[], defaultType?: string): PsycList {
    return new PsycList(
      texts.map((value) => ({ value })),
      defaultType,
    )
  }

  /** The elements as text. */
  texts(): string[] {
    return this.elements.map(({ value }) => (typeof value === 'string' ? value : decodeUtf8(value)))
  }

  /**
   * The 1.0 syntax, owned. Elements with a type always carry a length. A list without elements is the empty value,
   * its default type is lost.
   */
  render(): Uint8Array {
    const into = new ByteWriter()
    if (this.defaultType !== undefined && this.elements.length > 0) into.utf8(this.defaultType)
    for (const element of this.elements) {
      into.u8(Byte.Pipe)
      writeElement(into, element, Byte.Pipe)
    }
    return into.finish()
  }
}

/** What could be read of a list, and why no more. */
export interface ListScan {
  readonly defaultType: string | undefined
  readonly elements: readonly Element[]
  readonly failure: Failure | undefined
}

/** Read the libpsyc form as far as it goes. Elements are views on the shared bytes. */
export function scanList(bytes: Uint8Array, limits: Limits = defaultLimits): ListScan {
  const reader = new ElementReader(bytes, Byte.Pipe, limits)
  const elements: Element[] = []
  const word = reader.keyword()
  const defaultType = word === '' || reader.ended() ? undefined : word // `_t` alone: an empty list without a type
  while (!reader.ended()) {
    if (!reader.begin()) break
    const element = reader.element()
    if (element === null) break
    elements.push(element)
  }
  return { defaultType, elements, failure: reader.failure }
}

/**
 * @param bytes shared: the elements are views on them
 * @throws PsycError PSYC_LIST when it is a list neither in libpsyc's form nor in the older ones
 * @throws LimitError psycListElements
 */
export function parseList(bytes: Uint8Array, limits: Limits = defaultLimits): PsycList {
  const { defaultType, elements, failure } = scanList(bytes, limits)
  if (failure === undefined) return new PsycList(elements, defaultType)
  const older = failure.reason === 'truncated' ? undefined : parseOlder(bytes, limits)
  if (older !== undefined) return older
  throw new PsycError('PSYC_LIST', `the list is broken: ${failure.reason}`, failure.offset)
}

/**
 * The forms of the draft grammar and of psyced 1.0, which lack the SP before the value [psyc.md 2.6]:
 * "|foo|bar" and "3 foo|3 bar".
 */
function parseOlder(bytes: Uint8Array, limits: Limits): PsycList | undefined {
  if (bytes[0] === Byte.Pipe) return olderText(bytes, limits)
  if (!isDigit(bytes[0])) return undefined
  // with a "|" in front it is libpsyc's form
  const scan = scanList(concat([Uint8Array.of(Byte.Pipe), bytes]), limits)
  const untyped = scan.elements.every(({ type }) => type === undefined)
  return scan.failure === undefined && untyped ? new PsycList(scan.elements) : undefined
}

function olderText(bytes: Uint8Array, limits: Limits): PsycList {
  const reader = new ElementReader(bytes, Byte.Pipe, limits)
  const elements: Element[] = []
  while (!reader.ended() && reader.begin()) {
    const end = bytes.indexOf(Byte.Pipe, reader.at)
    const stop = end < 0 ? bytes.length : end
    elements.push({ value: bytes.subarray(reader.at, stop) })
    reader.at = stop
  }
  return new PsycList(elements)
}
