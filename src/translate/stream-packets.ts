/**
 * A stream's messages as casts of its context [design 5]: media gathered into packets, in stream order; what is never
 * dropped in packets of its own, with what it changes in the state; a keyframe begins a packet.
 *
 *   sequence header   +_dict_headers {video:0} =_data: its tag
 *   metadata          =_data_metadata, the tags of all that is remembered
 */
import { headerKey } from '../media/tags.js'
import { UnitFlag, flagsOf } from '../media/unit.js'
import { CastFlag } from '../psyc/state/stream-cast.js'
import { PsycDict } from '../psyc/wire/dict.js'
import type { Modifier } from '../psyc/wire/packet.js'
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'
import { concat } from '../util/bytes.js'
import type { Limits } from '../util/limits.js'
import type { Timer, Timers } from '../util/timers.js'
import { castFlagsOf, joinTags } from './flv-packets.js'
import type { Tag } from './flv-packets.js'

export const HEADERS = '_dict_headers'
export const METADATA = '_data_metadata'

export interface StreamPacketsOptions {
  readonly timers: Timers
  readonly limits: Limits
  /** The longest that media waits to leave with more, ms; 0: what comes at once leaves together. */
  readonly batchMs: number
  /** @param body shared @param state what it changes */
  readonly cast: (body: Uint8Array, flags: number, state: readonly Modifier[]) => void
  /** The name under which the stream remembers this message for those who come; undefined: it does not. */
  readonly rememberedAs: (message: Message) => string | undefined
}

const REMEMBERED_MOST = 64 // ours: tracks, or names of metadata, that a publisher makes up
const SHARE_OF_STATE = 4 // ours: headers and metadata may each be so small a part of what a state may be
const GATHER_BYTES = 65_536 // ours: so much leaves at once however long the window

export class StreamPackets {
  private gathered: Tag[] = []
  private gatheredBytes = 0
  private timer: Timer | undefined
  private readonly metadata: Remembered
  private readonly headers: Remembered

  constructor(private readonly options: StreamPacketsOptions) {
    const mostBytes = options.limits.stateBytes / SHARE_OF_STATE
    this.metadata = new Remembered(mostBytes)
    this.headers = new Remembered(mostBytes)
  }

  /**
   * What leaves the stream at once.
   * @param gatheredMs how long it was gathered for before: that counts
   */
  add(tags: readonly Tag[], gatheredMs = 0): void {
    for (const tag of tags) this.addTag(tag)
    const waitMs = this.options.batchMs - gatheredMs
    if (waitMs <= 0) this.flush()
    else this.timer ??= this.timerFor(waitMs)
  }

  /** A new publisher says everything anew. */
  restart(): void {
    this.flush()
    this.metadata.clear()
    this.headers.clear()
  }

  /** What waits leaves now. */
  flush(): void {
    this.timer?.cancel()
    this.timer = undefined
    const { gathered } = this
    if (gathered.length === 0) return
    this.gathered = []
    this.gatheredBytes = 0
    this.options.cast(joinTags(gathered), castFlagsOf(gathered.map(({ message }) => message)), [])
  }

  private timerFor(waitMs: number): Timer | undefined {
    return this.gathered.length === 0 ? undefined : this.options.timers.after(waitMs, () => this.flush())
  }

  private addTag(tag: Tag): void {
    const flags = flagsOf(tag.message)
    if ((flags & UnitFlag.Kept) !== 0) {
      this.flush()
      this.options.cast(tag.bytes, CastFlag.Kept, this.stateOf(tag))
      return
    }
    if ((flags & UnitFlag.Keyframe) !== 0) this.flush()
    this.gathered.push(tag)
    this.gatheredBytes += tag.bytes.length
    if (this.gatheredBytes >= GATHER_BYTES) this.flush()
  }

  private stateOf({ message, bytes }: Tag): Modifier[] {
    if (message.type === MessageType.Audio || message.type === MessageType.Video) {
      const key = headerKey(message)
      if (!this.headers.put(key, bytes)) return []
      return [{ operator: '+', name: HEADERS, value: new PsycDict([{ key, type: '_data', value: bytes }]) }]
    }
    const handler = this.options.rememberedAs(message)
    if (handler === undefined || !this.metadata.put(handler, bytes)) return []
    return [{ operator: '=', name: METADATA, value: concat([...this.metadata.tags]) }]
  }
}

/** Tags by name, as many as the state may hold. */
class Remembered {
  private readonly byName = new Map<string, Uint8Array>()
  private bytes = 0

  constructor(private readonly mostBytes: number) {}

  get tags(): Iterable<Uint8Array> {
    return this.byName.values()
  }

  /** @returns false when it is too much: who comes late does without */
  put(name: string, tag: Uint8Array): boolean {
    const known = this.byName.get(name)
    const more = tag.length - (known?.length ?? -name.length)
    const isTooMuch =
      this.bytes + more > this.mostBytes || (known === undefined && this.byName.size >= REMEMBERED_MOST)
    if (isTooMuch) return false
    this.bytes += more
    this.byName.set(name, tag)
    return true
  }

  clear(): void {
    this.byName.clear()
    this.bytes = 0
  }
}
