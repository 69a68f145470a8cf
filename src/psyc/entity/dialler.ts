/**
 * Circuits to nodes that somebody here has a packet for: dialled as long as something waits, 1.0 first, 0.9 when the peer
 * refuses that, which is remembered [design 3]. Who needs a node for longer asks again when its packets come back, as
 * context replicas do; there are no further timers.
 */
import type { Packet } from '../wire/packet.js'
import { parseUniform, uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import type { Calling } from '../session/calling.js'
import type { Circuit } from '../session/circuit.js'
import type { Connect, Destination } from '../session/connect.js'
import type { Lane } from '../session/lane.js'
import type { CircuitSink, Peer } from '../session/peer.js'
import type { Version } from '../session/syntax.js'
import { ExpiringMap } from '../../util/expiring-map.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import type { Timers } from '../../util/timers.js'
import { Backoff } from './backoff.js'
import { Call } from './call.js'
import type { CallHost, DialFailure } from './call.js'
import type { Waiting } from './dial-queue.js'

export interface DiallerHost {
  readonly connect: Connect
  readonly timers: Timers
  readonly limits: Limits
  readonly log: Log
  readonly isTlsRequired: boolean
  /** 0 to 1. */
  readonly random: () => number
  /** Whether 0.9 is the syntax for that node, whatever else it speaks. */
  isLegacy(rootKey: string): boolean
  /** A line to `calling.root` is up. */
  open(sink: CircuitSink, peer: Peer, calling: Calling): Circuit
  /** It will not arrive. */
  undeliverable(packet: Packet, target: string, reason: string): void
}

const PORT = 4404
const TLS_PORT = 9404
const REMEMBERED_MS = 3_600_000 // ours: psyced is not asked for 1.0 again for an hour

type Known = Version | 'self'

export class Dialler {
  private readonly calls = new Map<string, Call>()
  private readonly known: ExpiringMap<Known>
  private readonly backoff: Backoff
  private readonly callHost: CallHost
  private isStopped = false

  constructor(private readonly host: DiallerHost) {
    const { timers, limits, random } = host
    this.known = new ExpiringMap(timers.clock, limits.dialRemembered, REMEMBERED_MS)
    this.backoff = new Backoff(timers.clock, limits.dialRemembered, random)
    this.callHost = this.asCallHost()
  }

  /**
   * A packet for a node without a circuit on that lane. @returns undefined when it is taken over: it will be sent, or come
   * back by `undeliverable`; else why it is not
   */
  take(to: Uniform, packet: Packet, wanted: Lane): DialFailure | undefined {
    if (this.isStopped) return '_disconnect'
    const destination = destinationOf(to)
    if (typeof destination === 'string') return destination
    const known = this.known.get(to.rootKey)
    if (known === 'self') return '_self'
    const isLegacy = known === '0.9' || this.host.isLegacy(to.rootKey)
    const lane = isLegacy ? 'talk' : wanted // 0.9 carries no streams
    const call = this.calls.get(keyOf(to.rootKey, lane)) ?? this.newCall(to, lane, destination, packet.source)
    return call?.add(packet, to.text) === true ? undefined : '_exceeded_limit'
  }

  /** Whether that node was called with success lately. */
  hasReached(rootKey: string): boolean {
    const known = this.known.get(rootKey)
    return known !== undefined && known !== 'self'
  }

  /** There is word that the node is up: who waits for a call to it waits no longer than after a first failure. */
  expect(rootKey: string): void {
    for (const lane of ['talk', 'stream'] as const) {
      const key = keyOf(rootKey, lane)
      this.backoff.forgive(key)
      this.calls.get(key)?.hurry()
    }
  }

  /** Packets can be sent over this circuit, which somebody else may have opened. */
  reached(circuit: Circuit, rootKey: string): void {
    if (circuit.lane === 'spare') return
    const lanes: readonly Lane[] = [circuit.lane, ...(circuit.carriesStreams ? ['stream' as const] : [])]
    for (const lane of lanes) this.calls.get(keyOf(rootKey, lane))?.reached(circuit)
  }

  stop(): void {
    this.isStopped = true
    for (const call of this.calls.values()) call.stop()
    this.calls.clear()
  }

  /** @param caller for whom it is */
  private newCall(to: Uniform, lane: Lane, destination: Destination, caller = ''): Call | undefined {
    const { dialNodes, dialNodesPerPerson } = this.host.limits
    if (this.calls.size >= dialNodes || this.callsOf(caller) >= dialNodesPerPerson) return undefined
    const call = new Call(this.callHost, parseUniform(to.rootKey), lane, destination, caller)
    this.calls.set(keyOf(to.rootKey, lane), call)
    return call
  }

  /** Those that a person began; what the node itself needs is not counted. */
  private callsOf(caller: string): number {
    if (uniformOf(caller)?.kind !== 'person') return 0
    return [...this.calls.values()].filter((call) => call.caller === caller).length
  }

  private asCallHost(): CallHost {
    const { connect, timers, limits, isTlsRequired } = this.host
    return {
      ...{ connect, timers, limits, isTlsRequired },
      open: (sink, peer, calling) => this.host.open(sink, peer, calling),
      undeliverable: (packet, target, reason) => this.host.undeliverable(packet, target, reason),
      waitMs: ({ root, lane }) => this.backoff.waitMs(keyOf(root.rootKey, lane)),
      version: ({ root, lane }) =>
        lane === 'talk' && (this.known.get(root.rootKey) === '0.9' || this.host.isLegacy(root.rootKey))
          ? '0.9'
          : '1.0',
      called: (call, reason, version) => this.called(call, reason, version),
      refusedStreams: ({ root }, waiting) => this.sendAsTalk(root, waiting),
      ended: ({ root, lane }) => this.calls.delete(keyOf(root.rootKey, lane)),
    }
  }

  private called({ root, lane }: Call, reason: DialFailure | undefined, version: Version): void {
    const { rootKey } = root
    const count = this.backoff.called(keyOf(rootKey, lane), reason === undefined)
    if (reason === undefined) this.known.set(rootKey, version)
    else if (reason === '_self') this.known.set(rootKey, 'self')
    else this.known.delete(rootKey)
    if (reason !== undefined && count === 1)
      this.host.log.info({ root: root.text, reason }, 'a node is not reached')
  }

  private sendAsTalk(root: Uniform, waiting: readonly Waiting[]): void {
    for (const { packet, target } of waiting) {
      const reason = this.take({ ...root, text: target }, packet, 'talk')
      if (reason !== undefined) this.host.undeliverable(packet, target, reason)
    }
  }
}

function keyOf(rootKey: string, lane: Lane): string {
  return `${lane} ${rootKey}`
}

const transports = ['', 'c', 's']

/** Where that node listens. Negative ports are the far ends of circuits: nobody listens there. */
function destinationOf({ host, port, transport }: Uniform): Destination | DialFailure {
  const isEncrypted = transport === 's'
  if (!transports.includes(transport)) return '_invalid_transport_connect'
  const number = port ?? (isEncrypted ? TLS_PORT : PORT)
  return number >= 1 && number <= 65_535 ? { host, port: number, isEncrypted } : '_invalid_port_connect'
}
