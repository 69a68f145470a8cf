/** The streams of this node by their key; a stream lives while somebody publishes, plays or watches for it. */
import type { Limits } from '../util/limits.js'
import type { Timers } from '../util/timers.js'
import type { Turn } from '../util/turn.js'
import { RateMeter } from '../util/rate-meter.js'
import { Stream } from './stream.js'
import type { StreamAddress } from './stream-address.js'

export { Stream } from './stream.js'

/** What is set per app. */
export interface StreamSettings {
  /** Whether late players begin with the group of pictures that runs. */
  readonly gopCache: boolean
  /** The longest that media may wait to leave in one write with more. */
  readonly gatherMs: number
}

export interface HubOptions {
  readonly timers: Timers
  readonly limits: Limits
  /** What is not gathered any longer leaves at its end; without one, at once. */
  readonly turn?: Turn
  settingsOf(app: string): StreamSettings
  /** Writing to a player threw; it has lost its seat and the others are served. */
  failed?(error: unknown): void
}

/** Told of what happens to streams: recorders, relays, a directory. From within a call may call back into the stream. */
export interface HubWatcher {
  published?(stream: Stream): void
  unpublished?(stream: Stream): void
  /** The first player of a stream that nobody publishes has come, or its publisher has gone while somebody plays. */
  wanted?(stream: Stream): void
  /** The last player has left. */
  unwanted?(stream: Stream): void
}

export class Hub {
  private readonly byKey = new Map<string, Stream>()
  private readonly watchers = new Set<HubWatcher>()
  private readonly writes = new RateMeter()

  constructor(readonly options: HubOptions) {}

  get size(): number {
    return this.byKey.size
  }

  get streams(): Iterable<Stream> {
    return this.byKey.values()
  }

  find(key: string): Stream | undefined {
    return this.byKey.get(key)
  }

  /** The stream to publish or play; the hub knows it from then on, until nobody does either any more. */
  open(address: StreamAddress): Stream {
    return this.byKey.get(address.key) ?? this.make(address)
  }

  /** @returns stop watching */
  watch(watcher: HubWatcher): () => void {
    this.watchers.add(watcher)
    return () => this.watchers.delete(watcher)
  }

  private make(address: StreamAddress): Stream {
    const { timers, turn, limits } = this.options
    return new Stream(address, {
      ...{ timers, turn, limits },
      settings: this.options.settingsOf(address.app),
      writes: this.writes,
      register: (stream) => this.register(stream),
      changed: (what, stream) => this.changed(what, stream),
      failed: (error) => this.options.failed?.(error),
    })
  }

  private register(stream: Stream): Stream {
    const { key } = stream.address
    const known = this.byKey.get(key)
    if (known === undefined) this.byKey.set(key, stream)
    return known ?? stream
  }

  private changed(what: keyof HubWatcher | 'idle', stream: Stream): void {
    if (what !== 'idle') for (const watcher of this.watchers) watcher[what]?.(stream)
    if (stream.isIdle && this.byKey.get(stream.address.key) === stream) this.byKey.delete(stream.address.key)
  }
}
