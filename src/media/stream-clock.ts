/**
 * The time of a stream: made once, at the publisher, so that nothing is rebased per player [design 10]. What the first
 * publisher says passes unchanged; no kind goes back; who publishes next goes on behind the last. Time that jumps as no
 * stream does is taken up again where the clock on the wall says it would be.
 *
 * Publishers' times are u32 and wrap; ours are numbers that go on, and wrap when they are written.
 */
import { difference32 } from '../util/serial32.js'

/** Which times belong together: those of one kind come in order. `still`: metadata and headers, whose time says little. */
export type TimeKind = 'audio' | 'video' | 'still'

const BACK_MS = 2_000 // ours: farther back than any muxer puts one kind behind itself
const FORWARD_MS = 30_000 // ours: farther ahead of the wall clock than one message is from the next
const STEP_MS = 40 // ours: from the last message of a publisher to the first of the next, about one picture

/** Where a publisher's time and ours met. */
interface Meeting {
  readonly given: number
  readonly timeMs: number
  readonly atMs: number
}

/** The messages of one kind. */
interface Line {
  met?: Meeting | undefined
  /** The farthest that it has come. */
  reachedMs: number
}

export class StreamClock {
  /** The farthest that audio or video have come. */
  timeMs = 0
  private readonly lines: Readonly<Record<TimeKind, Line>> = {
    audio: { reachedMs: -Infinity },
    video: { reachedMs: -Infinity },
    still: { reachedMs: -Infinity },
  }
  private latest: Meeting | undefined
  private isRestarted = false

  /** The next message is another publisher's. */
  restart(): void {
    this.isRestarted = this.latest !== undefined
    for (const line of Object.values(this.lines)) line.met = undefined
  }

  /**
   * @param given ms, u32, as the publisher says
   * @param nowMs of the clock
   * @returns ms of the stream, not wrapped
   */
  time(kind: TimeKind, given: number, nowMs: number): number {
    const line = this.lines[kind]
    const timeMs = kind === 'still' ? this.stillTime(given, nowMs) : this.movingTime(line, given, nowMs)
    const time = Math.max(timeMs, line.reachedMs)
    line.reachedMs = time
    if (kind !== 'still') this.timeMs = Math.max(this.timeMs, time)
    return time
  }

  private movingTime(line: Line, given: number, nowMs: number): number {
    const timeMs =
      continued(line.met, given, nowMs) ??
      (this.isRestarted ? undefined : continued(this.latest, given, nowMs)) ??
      this.newTime(given, nowMs)
    this.isRestarted = false
    if (this.latest === undefined) this.lines.still.reachedMs = -Infinity // from now on media says what time it is
    this.latest = { given, timeMs, atMs: nowMs }
    line.met = this.latest
    return timeMs
  }

  /** Headers are often sent with time 0: it counts where it fits, and moves nothing. */
  private stillTime(given: number, nowMs: number): number {
    if (this.latest === undefined) return given
    if (this.isRestarted) return this.timeMs
    return continued(this.latest, given, nowMs) ?? this.timeMs
  }

  private newTime(given: number, nowMs: number): number {
    const { latest } = this
    if (latest === undefined) return given
    return this.timeMs + (this.isRestarted ? STEP_MS : nowMs - latest.atMs)
  }
}

/** The time that follows from where both met, unless it is a jump. */
function continued(from: Meeting | undefined, given: number, nowMs: number): number | undefined {
  if (from === undefined) return undefined
  const passed = difference32(given, from.given)
  const isJump = passed < -BACK_MS || passed > nowMs - from.atMs + FORWARD_MS
  return isJump ? undefined : from.timeMs + passed
}
