/** Byte pipes between sessions, in memory: bytes are delivered when the test says so, whole or in pieces. */
import type { ByteSink } from '../../src/rtmp/session/byte-stream.js'
import { concat } from '../../src/util/bytes.js'

export class FakeSink implements ByteSink {
  private parts: Uint8Array[] = []
  readonly events: string[] = []
  readonly errors: Error[] = []
  queued = 0
  /** How long it was asked to leave what comes where it is, ms. */
  readonly rests: number[] = []

  send(bytes: Uint8Array): void {
    this.parts.push(bytes)
  }

  end(): void {
    this.events.push('end')
  }

  fail(error: Error): void {
    this.errors.push(error)
    this.events.push(`fail ${error.message}`)
  }

  queuedBytes(): number {
    return this.queued
  }

  rest(ms: number): boolean {
    this.rests.push(ms)
    return true
  }

  get isOver(): boolean {
    return this.events.length > 0
  }

  /** What was sent since last asked, as one. */
  take(): Uint8Array {
    const { parts } = this
    this.parts = []
    return parts.length === 0 ? new Uint8Array() : concat(parts)
  }
}

interface Receiver {
  receive(bytes: Uint8Array): void
  ended(how: 'finished' | 'lost'): void
}

/** One side: what it sends goes to the sink, what it receives comes by `receive`. */
export interface Side {
  readonly sink: FakeSink
  readonly session: Receiver
}

/**
 * Carry bytes both ways until nobody has any left; then the end, if a side ended.
 * @param size at most so many bytes at a time
 */
export function exchange(a: Side, b: Side, size = Number.POSITIVE_INFINITY): void {
  for (;;) {
    const toB = a.sink.take()
    const toA = b.sink.take()
    if (toA.length + toB.length === 0) break
    deliver(b.session, toB, size)
    deliver(a.session, toA, size)
  }
  if (a.sink.isOver) b.session.ended(howItEnded(a.sink))
  if (b.sink.isOver) a.session.ended(howItEnded(b.sink))
}

function howItEnded(sink: FakeSink): 'finished' | 'lost' {
  return sink.events[0] === 'end' ? 'finished' : 'lost'
}

function deliver(to: Receiver, bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) to.receive(bytes.slice(at, at + size))
}
