/**
 * How much of what we wrote a peer has taken. Acknowledgements tell it every 256 KiB or more, and the kernel hides
 * megabytes: a slow player would be seconds behind before either shows. A PingRequest travels in order with the media, so
 * its answer, the mark, says that everything before it was taken, and how long that was under way.
 *
 *   watched ── room for all for 2 s, marks answered soon ──▶ trusted ── a mark or acknowledgement overdue ──▶ watched
 *
 * Watched: a mark every few KiB, and an allowance, what the peer takes in 0.2 s, so that what else is sent arrives soon.
 * Trusted: a mark only when no acknowledgement came for long. Peers that answer no pings are trusted: for them what
 * they acknowledge, and what the socket holds, is all that is known.
 */
import type { Clock } from '../../util/timers.js'

const QUIET_BYTES = 327_680 // ours: the window that clients are told, and a quarter
const AIM_MS = 180 // ours: how long what is outstanding should be under way
const LATE_MS = 400 // ours: an answer that is so late is one of a slow peer
const SOON_MS = 200 // ours
const TRUST_AFTER_MS = 2_000 // ours
const PATIENCE_MS = 3_000 // ours: a peer whose first answer takes longer answers none
const FIRST_ALLOWANCE = 32_768 // ours
const LEAST_ALLOWANCE = 4_096 // ours: one chunk
const MOST_ALLOWANCE = 16_777_216
const LEAST_STEP = 2_048 // ours: bytes from mark to mark
const MOST_STEP = 8_192 // ours
const JITTER_MS = 60 // ours: an answer may be so late without telling anything
/** Of a PingRequest in one chunk: spec. A mark must not ask for the next one. */
const MARK_BYTES = 18
const FIRST_MARK_ID = 0x80000000 // apart from the pings that ask for a sign of life

interface Mark {
  readonly id: number
  /** Bytes written, itself included. */
  readonly position: number
  /** Bytes that were outstanding when it was sent. */
  readonly ahead: number
  readonly sentMs: number
}

export class LineWatch {
  private marks: Mark[] = []
  private nextId = FIRST_MARK_ID
  private isWatched = true
  private isMute = false
  private hasAnswered = false
  /** Bytes that the peer has surely taken. */
  takenBytes = 0
  /** Position of the last mark. */
  private markedBytes = 0
  private allowance = FIRST_ALLOWANCE
  private shortestMs = Infinity
  private heldMs: number | undefined

  /** @param sendMark sends a PingRequest with that timestamp */
  constructor(
    private readonly clock: Clock,
    private readonly sendMark: (timestamp: number) => void,
  ) {}

  /** What should be outstanding at most; undefined for who keeps up. */
  get allowanceBytes(): number | undefined {
    return this.isWatched && !this.isMute ? this.allowance : undefined
  }

  /** @param writtenBytes since the beginning @returns how many of them were surely, or while watched perhaps, not taken */
  outstanding(writtenBytes: number): number {
    if (this.isMute) return 0
    if (this.isWatched) return writtenBytes - this.takenBytes
    const oldest = this.marks[0]
    return oldest === undefined ? 0 : writtenBytes - oldest.position
  }

  /** Media was written. @param writtenBytes since the beginning */
  wrote(writtenBytes: number): void {
    if (this.isMute) return
    if (this.marks.length > 0) this.checkLate()
    const step = this.isWatched ? Math.max(LEAST_STEP, Math.min(MOST_STEP, this.allowance / 4)) : QUIET_BYTES
    const isFirst = this.nextId === FIRST_MARK_ID
    if (isFirst || writtenBytes - Math.max(this.markedBytes, this.takenBytes) >= step) this.mark(writtenBytes)
  }

  /** Something waits because there is no room. @param isLate for long: this is no peer to be trusted yet */
  held(writtenBytes: number, isLate: boolean): void {
    if (this.isMute) return
    if (isLate) this.heldMs = this.clock.now()
    if (this.marks.length > 0) this.checkLate()
    if (writtenBytes > Math.max(this.markedBytes, this.takenBytes)) this.mark(writtenBytes)
  }

  /** @returns whether it was a mark of ours */
  answered(timestamp: number): boolean {
    const index = this.marks.findIndex(({ id }) => id === timestamp)
    const mark = this.marks[index]
    if (mark === undefined) return timestamp >= FIRST_MARK_ID && timestamp < this.nextId
    this.marks.splice(0, index + 1)
    this.hasAnswered = true
    this.takenBytes = Math.max(this.takenBytes, mark.position)
    this.learn(mark, this.clock.now())
    return true
  }

  /** @param bytes all that the peer says it has taken */
  acknowledged(bytes: number): void {
    this.takenBytes = Math.max(this.takenBytes, bytes)
    // an answer that comes after the acknowledgement tells nothing new
    if (!this.isWatched) this.marks = this.marks.filter(({ position }) => position > bytes)
  }

  private mark(writtenBytes: number): void {
    const id = this.nextId++
    const ahead = writtenBytes - this.takenBytes
    const position = writtenBytes + MARK_BYTES
    this.markedBytes = position
    this.marks.push({ id, position, ahead, sentMs: this.clock.now() })
    this.sendMark(id)
  }

  private learn({ ahead, sentMs }: Mark, nowMs: number): void {
    const tripMs = nowMs - sentMs
    this.shortestMs = Math.min(this.shortestMs, tripMs)
    const waitedMs = tripMs - this.shortestMs
    if (!this.isWatched) {
      if (waitedMs >= LATE_MS) this.watch(nowMs)
      return
    }
    if (ahead >= this.allowance / 4 || waitedMs >= LATE_MS) this.adapt(ahead, waitedMs)
    this.heldMs ??= nowMs
    if (waitedMs < SOON_MS && nowMs - this.heldMs >= TRUST_AFTER_MS) this.isWatched = false
  }

  /** What the peer takes in the time that we aim at, by what was ahead of the mark and how long it took. */
  private adapt(ahead: number, waitedMs: number): void {
    const aim = (ahead * AIM_MS) / Math.max(1, waitedMs)
    const next = Math.min(aim, this.allowance * 2)
    this.allowance = Math.min(MOST_ALLOWANCE, Math.max(LEAST_ALLOWANCE, next))
  }

  private watch(nowMs: number): void {
    this.isWatched = true
    this.heldMs = nowMs
    this.allowance = Math.min(this.allowance, FIRST_ALLOWANCE)
  }

  /** The oldest mark is not answered yet: is the peer slow, or one that does not answer? */
  private checkLate(): void {
    const [oldest] = this.marks
    const nowMs = this.clock.now()
    if (oldest === undefined) return
    const waitedMs = nowMs - oldest.sentMs
    if (!this.hasAnswered && waitedMs >= PATIENCE_MS) {
      this.isMute = true
      this.marks = []
    } else if (this.isWatched) this.curb(oldest.ahead, waitedMs - this.shortestMs)
    else if (waitedMs - this.shortestMs >= LATE_MS) this.watch(nowMs)
  }

  /** So much has not been taken in that time: what the peer takes in the time that we aim at is less than that tells. */
  private curb(ahead: number, waitedMs: number): void {
    if (waitedMs < JITTER_MS) return
    const most = (ahead * AIM_MS) / waitedMs
    this.allowance = Math.max(LEAST_ALLOWANCE, Math.min(this.allowance, most))
  }
}
