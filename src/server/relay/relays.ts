/**
 * The relays of the configuration: which streams they are for, and when [design 5, Proxying]. A pull on demand runs while
 * somebody plays the stream here and a while longer; a push while somebody publishes it here.
 */
import type { Hub, Stream } from '../../media/hub.js'
import type { StreamAddress } from '../../media/stream-address.js'
import { streamAddress } from '../../translate/name.js'
import type { Crypto } from '../../rtmp/wire/handshake.js'
import type { RelayMarks } from '../../translate/relay-marks.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import type { Timer, Timers } from '../../util/timers.js'
import type { Link } from './link.js'
import { PullLink } from './pull-link.js'
import { PushForms } from './push-form.js'
import { PushLink } from './push-link.js'
import { Relay } from './relay.js'
import type { RelayServices } from './relay.js'
import { describeRelay, isOnDemand, matches } from './relay-entry.js'
import type { RelayEntry } from './relay-entry.js'
import type { OpenWire } from './wire.js'

export interface RelaysOptions {
  readonly entries: readonly RelayEntry[]
  readonly hub: Hub
  /** Uniform of this node: "psyc://gw.example/". */
  readonly root: string
  readonly timers: Timers
  readonly limits: Limits
  readonly log: Log
  readonly crypto: Crypto
  readonly marks: RelayMarks
  readonly openWire: OpenWire
  /** In [0, 1). */
  random(): number
}

interface Running {
  readonly relay: Relay
  readonly entry: RelayEntry
  linger: Timer | undefined
}

export class Relays {
  /** By entry and key of the stream. */
  private readonly running = new Map<RelayEntry, Map<string, Running>>()
  private readonly services: RelayServices
  private readonly full = new Set<RelayEntry>()
  private count = 0
  private unwatch: (() => void) | undefined

  constructor(private readonly options: RelaysOptions) {
    const { limits, timers, log } = options
    const links = { ...options, forms: new PushForms(limits) }
    const make = { pull: PullLink, push: PushLink } as const
    this.services = {
      timers,
      log,
      random: () => options.random(),
      link: (entry, here, there, listener): Link =>
        new make[entry.way](links, { here, there, tls: entry.tls }, listener),
    }
  }

  /** Those that run always begin. */
  start(): void {
    const { entries, hub, log } = this.options
    this.unwatch = hub.watch({
      wanted: (stream) => this.wanted(stream),
      unwanted: (stream) => this.unwanted(stream),
      published: (stream) => this.published(stream),
      unpublished: (stream) => this.unpublished(stream),
    })
    for (const entry of entries) {
      log.info(describeRelay(entry), 'relay')
      if (entry.isAlways) this.run(entry, this.addressOf(entry))
    }
  }

  /** In order: the other ends are told. */
  stop(): void {
    this.unwatch?.()
    this.full.clear()
    for (const [entry, streams] of this.running) for (const key of [...streams.keys()]) this.end(entry, key)
  }

  /** How many are not idle. */
  get size(): number {
    return this.count
  }

  private wanted({ address }: Stream): void {
    const entry = this.pullOf(address)
    if (entry !== undefined) this.run(entry, address)
  }

  private pullOf(address: StreamAddress): RelayEntry | undefined {
    return this.options.entries.find(({ way, local }) => way === 'pull' && matches(local, address))
  }

  private unwanted({ address }: Stream): void {
    for (const { entry, streams } of this.onDemand('pull')) {
      const running = streams.get(address.key)
      if (running === undefined) continue
      running.linger?.cancel()
      running.linger = this.options.timers.after(this.options.limits.relayLingerMs, () => {
        const players = this.options.hub.find(address.key)?.playerCount ?? 0
        if (players === 0) this.end(entry, address.key)
      })
    }
  }

  private published({ address }: Stream): void {
    for (const entry of this.options.entries)
      if (entry.way === 'push' && matches(entry.local, address)) this.run(entry, address)
  }

  private unpublished({ address }: Stream): void {
    for (const { entry } of this.onDemand('push')) this.end(entry, address.key)
    for (const streams of this.running.values()) streams.get(address.key)?.relay.unblocked()
  }

  private *onDemand(way: RelayEntry['way']): Generator<{ entry: RelayEntry; streams: Map<string, Running> }> {
    for (const [entry, streams] of this.running) if (isOnDemand(entry, way)) yield { entry, streams }
  }

  /** @returns whether it runs: there may be too many */
  private run(entry: RelayEntry, here: StreamAddress): boolean {
    const streams = this.running.get(entry) ?? new Map<string, Running>()
    const known = streams.get(here.key)
    if (known !== undefined) {
      known.linger?.cancel()
      return true
    }
    if (!this.hasRoom(entry, streams.size)) return false
    const relay = new Relay(this.services, entry, here)
    streams.set(here.key, { relay, entry, linger: undefined })
    this.running.set(entry, streams)
    this.count++
    relay.start()
    return true
  }

  private end(entry: RelayEntry, key: string): void {
    const streams = this.running.get(entry)
    const running = streams?.get(key)
    if (streams === undefined || running === undefined) return
    streams.delete(key)
    this.count--
    running.linger?.cancel()
    running.relay.stop()
    for (const refused of [...this.full]) if (this.count < this.options.limits.relays) this.makeUp(refused)
  }

  /** There is room: what had none, and is wanted still, begins. */
  private makeUp(entry: RelayEntry): void {
    for (const address of this.wishesOf(entry)) if (!this.run(entry, address)) return
    this.full.delete(entry)
  }

  private wishesOf(entry: RelayEntry): StreamAddress[] {
    const { way, local, isAlways } = entry
    if (isAlways) return [this.addressOf(entry)]
    const isWish = ({ address, isPublished, playerCount }: Stream): boolean =>
      way === 'push'
        ? isPublished && matches(local, address)
        : !isPublished && playerCount > 0 && this.pullOf(address) === entry
    return [...this.options.hub.streams].filter(isWish).map(({ address }) => address)
  }

  /** Strangers choose the names that a pattern pulls. */
  private hasRoom(entry: RelayEntry, streams: number): boolean {
    const { limits, log } = this.options
    const limit =
      this.count >= limits.relays ? 'relays' : streams >= limits.relayStreams ? 'relayStreams' : undefined
    if (limit === undefined) return true
    if (!this.full.has(entry)) log.warn({ ...describeRelay(entry), limit }, 'relay not started: too many run')
    this.full.add(entry)
    return false
  }

  private addressOf({ local }: RelayEntry): StreamAddress {
    return streamAddress(this.options.root, local, this.options.limits)
  }
}
