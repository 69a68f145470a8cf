/**
 * One session of RTMPT: an ordered stream of bytes each way, carried by numbered HTTP requests and their answers
 * [rtmp.md 1.6]. Sans-io: it knows no HTTP, only numbers and bodies.
 *
 *   send n: bytes of the client     idle n: none     close n: none, and the end
 *   answer: polling u8 | bytes of the server         0 alone: the server has closed
 *
 * Requests may come over several connections: one that comes early waits for those before it, for a bounded time and in
 * bounded room. All are answered in the order of their numbers, at the end of the turn, with what the session has to
 * say by then. The request answered last may come again, where a proxy lost the answer, and gets the same answer.
 */
import { concat, copyOf } from '../../util/bytes.js'
import type { Limits } from '../../util/limits.js'
import type { Timer, Timers } from '../../util/timers.js'
import type { Turn } from '../../util/turn.js'

export type TunnelRequestKind = 'send' | 'idle' | 'close'

export interface TunnelRequest {
  readonly kind: TunnelRequestKind
  /** 0 for the first after open, then one more each. */
  readonly sequence: number
  /** What it carries: of `send` only. Shared. */
  readonly body: Uint8Array
  /** Called once. @param body owned; undefined: the request is not in order and gets no answer of RTMPT */
  answer(body: Uint8Array | undefined): void
}

/** How it ended: by the client, by us, or why it could not go on. */
export type TunnelEnd =
  'closed' | 'ended' | 'lost' | 'silent' | 'gap' | 'rtmptHeldRequests' | 'rtmptHeldBytes' | 'unfinishedBytes'

export interface TunnelListener {
  /** The next bytes of the client, in order. Shared. */
  receive(bytes: Uint8Array): void
  /** All that was written has left in answers; more may be written within the call. */
  drained(): void
  /** Once, last. What the client still asks is answered with the end. */
  over(end: TunnelEnd): void
}

export interface TunnelOptions {
  readonly timers: Timers
  readonly turn: Turn
  readonly limits: Limits
}

/** The server has closed. */
const CLOSED = 0

/** How long the client should wait until it asks again, by how long there was nothing to say. Peer practice. */
const pollings = [0x01, 0x03, 0x05, 0x09, 0x11, 0x21] as const
const POLLS_PER_STEP = 10

interface Answered {
  readonly sequence: number
  readonly body: Uint8Array
}

export class RtmptTunnel {
  /** The number of the request that is next in order. */
  private expected = 0
  /** Requests that came early, by number. */
  private readonly early = new Map<number, TunnelRequest>()
  private earlyBytes = 0
  /** In order, to be answered at the end of the turn. */
  private unanswered: TunnelRequest[] = []
  private last: Answered | undefined
  private readonly outgoing: Uint8Array[] = []
  private outgoingBytes = 0
  private emptyPolls = 0
  private isOver = false
  private lastHeardAt: number
  private idleTimer: Timer
  private gapTimer: Timer | undefined
  private lostTimer: Timer | undefined

  constructor(
    private readonly options: TunnelOptions,
    private readonly listener: TunnelListener,
  ) {
    this.lastHeardAt = options.timers.clock.now()
    this.idleTimer = this.watchIdle(options.limits.rtmptIdleMs)
  }

  /** Bytes written that no answer has taken. */
  get queuedBytes(): number {
    return this.outgoingBytes
  }

  request(request: TunnelRequest): void {
    this.lastHeardAt = this.options.timers.clock.now()
    this.lostTimer?.cancel()
    this.lostTimer = undefined
    const { sequence } = request
    if (sequence < this.expected) this.repeat(request)
    else if (this.isOver) request.answer(Uint8Array.of(CLOSED))
    else if (sequence === this.expected) this.takeInOrder(request)
    else this.hold(request)
  }

  /** The connection of the last request is closed: a client that is still there soon opens another one. */
  disconnected(): void {
    if (this.isOver) return
    const { timers, limits } = this.options
    this.lostTimer ??= timers.after(limits.rtmptLostMs, () => this.finish('lost'))
  }

  /** Bytes of requests that wait for an earlier one. */
  get unfinishedBytes(): number {
    return this.earlyBytes
  }

  /** Close for a limit that is not the client's own. */
  fail(): void {
    this.finish('unfinishedBytes')
  }

  /** Bytes for the client. Shared. */
  write(bytes: Uint8Array): void {
    if (this.isOver || bytes.length === 0) return
    this.outgoing.push(bytes)
    this.outgoingBytes += bytes.length
  }

  /** Our side is done; what no answer has taken is dropped. May be called again. */
  end(): void {
    this.finish('ended')
  }

  private takeInOrder(request: TunnelRequest): void {
    let next: TunnelRequest | undefined = request
    while (next !== undefined && !this.isOver) {
      this.expected = next.sequence + 1
      this.unanswered.push(next)
      if (next.kind === 'close') this.finish('closed')
      else if (next.body.length > 0) this.listener.receive(next.body)
      next = this.takeEarly(this.expected)
    }
    this.answerAtEndOfTurn()
    this.gapTimer?.cancel()
    this.gapTimer = undefined
    this.watchGap()
  }

  /** A request that others must come before. */
  private hold(request: TunnelRequest): void {
    const { rtmptHeldRequests, rtmptHeldBytes } = this.options.limits
    const { sequence, body } = request
    this.takeEarly(sequence)?.answer(undefined) // its connection broke, and the client asks again
    this.early.set(sequence, request)
    this.earlyBytes += body.length
    if (this.early.size > rtmptHeldRequests) this.finish('rtmptHeldRequests')
    else if (this.earlyBytes > rtmptHeldBytes) this.finish('rtmptHeldBytes')
    else this.watchGap()
  }

  private takeEarly(sequence: number): TunnelRequest | undefined {
    const request = this.early.get(sequence)
    if (request === undefined) return undefined
    this.early.delete(sequence)
    this.earlyBytes -= request.body.length
    return request
  }

  /** One that was taken before: its bytes are not taken again. */
  private repeat(request: TunnelRequest): void {
    const { last } = this
    request.answer(last !== undefined && request.sequence === last.sequence ? copyOf(last.body) : undefined)
  }

  /**
   * Behind what the session flushes at the end of the turn, and what its answers from the node's queue make it flush
   * then: so the answer to a request leaves in its own answer.
   */
  private answerAtEndOfTurn(): void {
    const { turn } = this.options
    turn.atEnd(() => turn.atEnd(() => this.answerAll()))
  }

  private answerAll(): void {
    const requests = this.unanswered
    this.unanswered = []
    for (const request of requests) {
      const body = this.nextAnswer()
      this.last = { sequence: request.sequence, body: copyOf(body) }
      request.answer(body)
    }
  }

  private nextAnswer(): Uint8Array {
    if (this.isOver) return Uint8Array.of(CLOSED)
    const parts = this.takeOutgoing()
    this.emptyPolls = parts.length > 0 ? 0 : this.emptyPolls + 1
    const step = Math.min(Math.floor(this.emptyPolls / POLLS_PER_STEP), pollings.length - 1)
    return concat([Uint8Array.of(pollings[step] ?? 0), ...parts])
  }

  /** As much as there is and fits. */
  private takeOutgoing(): Uint8Array[] {
    const { outgoing } = this
    const parts: Uint8Array[] = []
    let room = this.options.limits.rtmptAnswerBytes - 1
    for (let first = outgoing[0]; first !== undefined && room > 0; first = outgoing[0]) {
      const part = first.subarray(0, room)
      if (part.length === first.length) outgoing.shift()
      else outgoing[0] = first.subarray(part.length)
      parts.push(part)
      room -= part.length
      this.outgoingBytes -= part.length
      if (outgoing.length === 0) this.listener.drained()
    }
    return parts
  }

  private watchGap(): void {
    if (this.early.size === 0 || this.isOver) return
    const { timers, limits } = this.options
    this.gapTimer ??= timers.after(limits.rtmptGapMs, () => this.finish('gap'))
  }

  private watchIdle(delayMs: number): Timer {
    const { timers, limits } = this.options
    return timers.after(delayMs, () => {
      const silentMs = timers.clock.now() - this.lastHeardAt
      if (silentMs >= limits.rtmptIdleMs) this.finish('silent')
      else this.idleTimer = this.watchIdle(limits.rtmptIdleMs - silentMs)
    })
  }

  private finish(end: TunnelEnd): void {
    if (this.isOver) return
    this.isOver = true
    this.idleTimer.cancel()
    this.gapTimer?.cancel()
    this.lostTimer?.cancel()
    this.outgoing.length = 0
    this.outgoingBytes = 0
    this.unanswered.push(...this.early.values())
    this.early.clear()
    this.earlyBytes = 0
    if (this.unanswered.length > 0) this.answerAtEndOfTurn()
    this.listener.over(end)
  }
}
