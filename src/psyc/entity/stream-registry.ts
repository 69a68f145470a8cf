/**
 * The streams of a place, kept by its home: who publishes under which name [design 5]. The first who asks has the name;
 * it is his until he gives it up, is out of the place, or his node stays away. A stream is a context of its publisher's
 * node; the home knows its uniform and nothing of its media.
 *
 *   asks the home                                            the home answers
 *   _request_stream_publish   _name_stream, _uniform_stream  _echo_stream_publish, _error_stream_taken
 *   _request_stream_unpublish _name_stream, _uniform_stream  _echo_stream_unpublish, _error_unknown_stream
 *
 * and casts `_notice_stream_publish`, `_notice_stream_unpublish` before it answers, with what they do to `_dict_streams`.
 */
import type { Packet, Variables } from '../wire/packet.js'
import { modifiers } from '../wire/packet.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import type { Cast } from '../state/cast.js'
import type { Limits } from '../../util/limits.js'
import { utf8Length } from '../../util/utf8.js'
import type { Origin } from './node.js'
import { streamCame, streamWent } from './place-state.js'
import { StreamWatchers } from './stream-watchers.js'

export interface PublishedStream {
  /** As Flash knows it; compared exactly. */
  readonly name: string
  /** Its context, at the publisher's node. */
  readonly uniform: Uniform
  /** Key of the person or root by whose being here the entry lives. */
  readonly holder: string
  /** Its node was lost, and has not claimed it again. */
  readonly isDoubted: boolean
}

/** The place, as its streams need it. */
export interface RegistryHome {
  readonly limits: Limits
  /** Who answers for what that sender publishes: a member's or a present root's key. */
  holderOf(packet: Packet, origin: Origin): string | undefined
  cast(cast: Cast): void
  answer(packet: Packet, method: string, variables: Variables): void
}

/** Channels of streams begin so [design 5]. */
const CHANNEL = '_stream_'

export class StreamRegistry {
  private readonly streams = new Map<string, PublishedStream>()
  private readonly watchers = new StreamWatchers()
  /** How many of this node publish a name, one after another or together. */
  private readonly shares = new Map<string, number>()

  constructor(private readonly home: RegistryHome) {}

  get size(): number {
    return this.streams.size
  }

  all(): IterableIterator<PublishedStream> {
    return this.streams.values()
  }

  find(name: string): Uniform | undefined {
    return this.streams.get(name)?.uniform
  }

  /** @returns ends it */
  watch(name: string, changed: () => void): () => void {
    return this.watchers.add(name, changed)
  }

  // ── requests ───────────────────────────────────────────────────────────────────────────────────────────

  publishRequest(packet: Packet, origin: Origin): void {
    const name = packet.text('_name_stream') ?? ''
    const uniform = uniformOf(packet.text('_uniform_stream'))
    const holder = this.home.holderOf(packet, origin)
    const refusal = this.refusal(packet, name, uniform, holder) ?? this.greed(name, origin)
    if (refusal !== undefined || uniform === undefined || holder === undefined) {
      this.answer(packet, refusal ?? '_error_illegal_uniform_stream', name, this.find(name))
      return
    }
    const taken = this.publish({ name, uniform, holder }, packet.source)
    this.answer(
      packet,
      taken ?? '_echo_stream_publish',
      name,
      taken === undefined ? uniform : this.find(name),
    )
  }

  unpublishRequest(packet: Packet, origin: Origin): void {
    const name = packet.text('_name_stream') ?? ''
    const known = this.streams.get(name)
    const isOwn =
      known?.uniform.rootKey === origin.rootKey &&
      uniformOf(packet.text('_uniform_stream'))?.key === known.uniform.key
    if (isOwn) this.remove(known, packet.source)
    this.answer(packet, isOwn ? '_echo_stream_unpublish' : '_error_unknown_stream', name, undefined)
  }

  private refusal(
    packet: Packet,
    name: string,
    uniform: Uniform | undefined,
    holder: string | undefined,
  ): string | undefined {
    if (holder === undefined) return '_error_necessary_membership'
    if (name === '' || utf8Length(name) > this.home.limits.nameBytes) return '_error_illegal_name_stream'
    const isOwn = uniform?.rootKey === uniformOf(packet.source)?.rootKey
    return isOwn && uniform?.channel.toLowerCase().startsWith(CHANNEL) === true
      ? undefined
      : '_error_illegal_uniform_stream'
  }

  /** One node must leave names to the others. */
  private greed(name: string, { isLocal, rootKey }: Origin): string | undefined {
    if (isLocal || this.streams.has(name)) return undefined
    const own = [...this.streams.values()].filter(({ uniform }) => uniform.rootKey === rootKey)
    return own.length >= this.home.limits.streamsPerNode ? '_failure_exceeded_limit_streams' : undefined
  }

  private answer(packet: Packet, method: string, name: string, uniform: Uniform | undefined): void {
    this.home.answer(packet, method, { _name_stream: name, _uniform_stream: uniform?.text })
  }

  // ── entries ────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Asking again for what one has is no news.
   * @param by uniform of who asks
   * @returns why not
   */
  publish(stream: Omit<PublishedStream, 'isDoubted'>, by: string | undefined): string | undefined {
    const { name, uniform } = stream
    const known = this.streams.get(name)
    if (known !== undefined && known.uniform.key !== uniform.key) return '_error_stream_taken'
    if (known === undefined && this.size >= this.home.limits.streamsPerPlace)
      return '_failure_exceeded_limit_streams'
    const entry = { ...stream, isDoubted: false }
    this.streams.set(name, entry)
    if (known !== undefined) return undefined
    this.tell('_notice_stream_publish', entry, by)
    return undefined
  }

  /**
   * For a stream of the place's own node, whose publishers may take over from each other: the name stays until the last
   * one ends.
   * @returns ends it, may be called twice; or why not
   */
  share(name: string, uniform: Uniform, holder: Uniform): (() => void) | string {
    const refusal = this.publish({ name, uniform, holder: holder.key }, holder.text)
    if (refusal !== undefined) return refusal
    this.shares.set(name, (this.shares.get(name) ?? 0) + 1)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      const left = (this.shares.get(name) ?? 1) - 1
      if (left > 0) this.shares.set(name, left)
      else this.endShare(name, uniform)
    }
  }

  private endShare(name: string, uniform: Uniform): void {
    this.shares.delete(name)
    const known = this.streams.get(name)
    if (known?.uniform.key === uniform.key) this.remove(known, undefined)
  }

  /** Whoever answered for them is out of the place. */
  dropHolder(holder: string): void {
    for (const stream of [...this.streams.values()])
      if (stream.holder === holder) this.remove(stream, undefined)
  }

  /** The node of that root was lost: it must claim its names again. */
  doubt(rootKey: string): void {
    this.mark(rootKey, true)
  }

  trust(rootKey: string): void {
    this.mark(rootKey, false)
  }

  dropDoubted(rootKey: string): void {
    for (const stream of [...this.streams.values()])
      if (stream.isDoubted && stream.uniform.rootKey === rootKey) this.remove(stream, undefined)
  }

  /**
   * The node of that root is back, and says that it was lost: what it still publishes it claims again.
   * @returns takes away what it has not claimed, or been doubted for, by then; undefined when it has nothing
   */
  question(rootKey: string): (() => void) | undefined {
    const asked = [...this.streams.values()].filter(({ uniform }) => uniform.rootKey === rootKey)
    if (asked.length === 0) return undefined
    return () => {
      for (const stream of asked) this.remove(stream, undefined)
    }
  }

  private mark(rootKey: string, isDoubted: boolean): void {
    for (const [name, stream] of this.streams)
      if (stream.uniform.rootKey === rootKey) this.streams.set(name, { ...stream, isDoubted })
  }

  private remove(stream: PublishedStream, by: string | undefined): void {
    if (this.streams.get(stream.name) !== stream) return
    this.streams.delete(stream.name)
    this.tell('_notice_stream_unpublish', stream, by)
  }

  private tell(method: string, stream: PublishedStream, by: string | undefined): void {
    const isThere = this.streams.has(stream.name)
    this.home.cast({
      method,
      sourceRelay: by,
      entity: modifiers({ _name_stream: stream.name, _uniform_stream: stream.uniform.text }),
      state: isThere ? streamCame(stream) : streamWent(stream),
    })
    this.watchers.tell(stream.name)
  }
}
