/** What one message may cost, counted before memory or stack is spent on it. */
import { ByteReader } from '../util/bytes.js'
import { AmfError, LimitError } from '../util/errors.js'
import type { Limits } from '../util/limits.js'

/** What decoding needs of `Limits`. */
export type AmfLimits = Pick<Limits, 'amfDepth' | 'amfNodes' | 'amfBytes'>

/** What encoding needs of `Limits`. */
export type AmfWriteLimits = Pick<Limits, 'amfDepth' | 'amfOutputBytes'>

/** A reader whose end is AMF_TRUNCATED. The bytes are borrowed until the last value is read. */
export function amfByteReader(bytes: Uint8Array, start = 0, end = bytes.length): ByteReader {
  return new ByteReader(bytes, throwTruncated, start, end)
}

/** For readers of AMF: what `readBytes` takes as `onEnd`. */
export function throwTruncated(offset: number): never {
  throw new AmfError('AMF_TRUNCATED', 'the bytes end inside a value', offset)
}

/** Spent by the AMF0 reader of a message together with the AMF3 values inside it. */
export class ReadBudget {
  private depth = 0
  private nodes = 0
  private readonly maxDepth: number
  private readonly maxNodes: number

  /**
   * @param length bytes of all values together
   * @throws LimitError amfBytes
   */
  constructor({ amfDepth, amfNodes, amfBytes }: AmfLimits, length: number) {
    this.maxDepth = amfDepth
    this.maxNodes = amfNodes
    if (length > amfBytes) throw new LimitError('amfBytes', amfBytes, length)
  }

  /** Nesting, which is recursion of ours. @throws LimitError amfDepth */
  enter(): void {
    if (++this.depth > this.maxDepth) throw new LimitError('amfDepth', this.maxDepth, this.depth)
  }

  leave(): void {
    this.depth--
  }

  /** @throws LimitError amfNodes */
  spend(nodes: number): void {
    this.nodes += nodes
    if (this.nodes > this.maxNodes) throw new LimitError('amfNodes', this.maxNodes, this.nodes)
  }

  /**
   * Refuse a count that the rest of the bytes cannot hold.
   *
   * @param itemBytes the least that one item takes
   * @throws AmfError AMF_TRUNCATED
   */
  checkCount(count: number, itemBytes: number, reader: ByteReader): void {
    if (count * itemBytes > reader.remaining) throwTruncated(reader.end)
  }
}

/**
 * Output is limited because the value model is smaller than its encodings: one long text that a message repeats by
 * reference has to be written out again and again where the other encoding has no reference for it.
 */
export class WriteBudget {
  private depth = 0
  private readonly maxDepth: number
  private readonly maxBytes: number

  /** @param start length of the writer before the first value */
  constructor(
    { amfDepth, amfOutputBytes }: AmfWriteLimits,
    private readonly start: number,
  ) {
    this.maxDepth = amfDepth
    this.maxBytes = amfOutputBytes
  }

  /** As `ReadBudget`: a base class in common would cost each message a call that V8 does not inline. */
  enter(): void {
    if (++this.depth > this.maxDepth) throw new LimitError('amfDepth', this.maxDepth, this.depth)
  }

  leave(): void {
    this.depth--
  }

  /** @throws LimitError amfOutputBytes */
  check(length: number): void {
    const written = length - this.start
    if (written > this.maxBytes) throw new LimitError('amfOutputBytes', this.maxBytes, written)
  }
}
