/**
 * Nodes and the circuits between them, as a simulation: packets travel in order on each circuit and are delivered when
 * the test says so; circuits break and lose what is under way; time stands still until it is moved.
 */
import { uniformOf, parseUniform, type Uniform } from '../../src/psyc/wire/uniform.js'
import type { Packet, Routing, Variables } from '../../src/psyc/wire/packet.js'
import { Packet as PsycPacket } from '../../src/psyc/wire/packet.js'
import type { ContextReceiver, Entity, Origin, PsycNode } from '../../src/psyc/entity/node.js'
import type { Limits } from '../../src/util/limits.js'
import { PacketParser } from '../../src/psyc/wire/parser.js'
import { renderPacket } from '../../src/psyc/wire/renderer.js'
import { silentLog } from '../../src/util/log.js'
import { TimerQueue, type Clock, type Timer } from '../../src/util/timers.js'
import { ManualTurn } from '../../src/util/turn.js'

type OnAnswer = (answer: Packet | undefined, origin: Origin | undefined) => void

/** A circuit in one direction. */
interface Circuit {
  readonly from: SimNode
  readonly to: SimNode
  queue: { readonly packet: Packet; readonly isMemberCopy: boolean }[]
}

export class SimClock implements Clock {
  ms = 0
  now(): number {
    return this.ms
  }
  wallTime(): number {
    return 1_700_000_000_000 + this.ms
  }
}

export class SimNetwork {
  readonly clock = new SimClock()
  readonly timers = new TimerQueue(this.clock)
  tokens = 0
  /** Packets between nodes are bytes on the way, as on real circuits. */
  isRendered = false
  readonly nodes = new Map<string, SimNode>()
  /** Circuits that carry something, in the order they began to. */
  private readonly circuits = new Map<string, Circuit>()

  /** @param onPacket sees every packet that is sent */
  constructor(
    readonly limits: Limits,
    readonly onPacket?: (packet: Packet, memberKey?: string) => void,
  ) {}

  addNode(host: string): SimNode {
    const node = new SimNode(this, host)
    this.nodes.set(node.root.rootKey, node)
    return node
  }

  carry(from: SimNode, to: SimNode, packet: Packet, isMemberCopy: boolean): void {
    const key = `${from.root.host}>${to.root.host}`
    let circuit = this.circuits.get(key)
    if (circuit === undefined) this.circuits.set(key, (circuit = { from, to, queue: [] }))
    circuit.queue.push({
      packet: this.isRendered && from !== to ? this.overTheWire(packet) : packet,
      isMemberCopy,
    })
  }

  private overTheWire(packet: Packet): Packet {
    const parser = new PacketParser(this.limits)
    parser.receive(renderPacket(packet))
    const parsed = parser.next()
    if (parsed === undefined) throw new Error('the packet is not whole')
    return parsed
  }

  /** Circuits on which something waits. */
  busy(): string[] {
    return [...this.circuits.keys()]
  }

  deliverOne(key: string): void {
    const circuit = this.circuits.get(key)
    const item = circuit?.queue.shift()
    if (circuit === undefined || item === undefined) return
    if (circuit.queue.length === 0) this.circuits.delete(key)
    circuit.to.deliver(item.packet, circuit.from, item.isMemberCopy)
  }

  /** What is under way on that circuit never comes. */
  lose(key: string): void {
    this.circuits.delete(key)
  }

  /**
   * The circuits between two nodes break. What is under way is lost, but requests that `survive` reach the other side
   * late, out of order with the new circuit: it had them in its buffers.
   */
  break(a: SimNode, b: SimNode, survive: boolean): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const key = `${from.root.host}>${to.root.host}`
      const lost = this.circuits.get(key)
      this.circuits.delete(key)
      if (!survive || lost === undefined) continue
      const queue = lost.queue.filter(
        ({ packet, isMemberCopy }) => !isMemberCopy && packet.tagRelay === undefined,
      )
      if (queue.length > 0)
        this.circuits.set(`${key}?${this.clock.ms}.${this.circuits.size}`, { from, to, queue })
    }
    a.lost(b.root.rootKey)
    b.lost(a.root.rootKey)
  }

  /** Deliver and pass time until nothing is left to happen. @returns false when that does not come */
  settle(alsoRun: () => boolean = () => false): boolean {
    for (let step = 0; step < 20_000; step++) {
      const [circuit] = this.circuits.keys()
      if (circuit !== undefined) this.deliverOne(circuit)
      else if (!this.endTurns() && !alsoRun() && this.circuits.size === 0) {
        const due = this.timers.next()
        if (due === undefined) return true
        this.clock.ms = Math.max(due, this.clock.ms)
        this.timers.advance()
      }
    }
    return false
  }

  /** Deliver everything, but pass no time. */
  flush(): void {
    for (let step = 0; step < 20_000; step++) {
      const [circuit] = this.circuits.keys()
      if (circuit !== undefined) this.deliverOne(circuit)
      else if (!this.endTurns()) return
    }
  }

  advance(ms: number): void {
    this.clock.ms += ms
    this.timers.advance()
  }

  private endTurns(): boolean {
    let any = false
    for (const node of this.nodes.values()) any = node.turn.endIfAsked() || any
    return any
  }
}

/** A turn that knows whether anybody waits for its end. */
export class SimTurn extends ManualTurn {
  private asked = 0

  override atEnd(run: () => void): void {
    this.asked++
    super.atEnd(run)
  }

  endIfAsked(): boolean {
    const any = this.asked > 0
    this.asked = 0
    this.end()
    return any
  }
}

export class SimNode implements PsycNode {
  readonly root: Uniform
  readonly limits: Limits
  readonly log = silentLog
  readonly implementation = 'sim/1'
  readonly timers: TimerQueue
  readonly turn = new SimTurn()
  /** What the far end of each member says it understands; 1.0 with state unless set. */
  readonly peers = new Map<string, Pick<Origin, 'understandsState' | 'syntax'>>()
  private readonly entities = new Map<string, Entity>()
  private readonly receivers = new Map<string, Set<ContextReceiver>>()
  private readonly requests = new Map<string, { readonly onAnswer: OnAnswer; readonly timer: Timer }>()

  constructor(
    private readonly network: SimNetwork,
    host: string,
  ) {
    this.root = parseUniform(`psyc://${host}/`)
    this.limits = network.limits
    this.timers = network.timers
  }

  uniformText(resource: string): string {
    return this.root.text + resource
  }

  isLocal(uniform: Uniform): boolean {
    return uniform.rootKey === this.root.rootKey
  }

  register(entity: Entity): void {
    this.entities.set(entity.uniform.entityKey, entity)
  }

  unregister(entity: Entity): void {
    this.entities.delete(entity.uniform.entityKey)
  }

  entity(entityKey: string): Entity | undefined {
    return this.entities.get(entityKey)
  }

  onMissingEntity(): void {
    throw new Error('not simulated')
  }

  subscribe(contextKey: string, receiver: ContextReceiver): void {
    const receivers = this.receivers.get(contextKey) ?? new Set()
    this.receivers.set(contextKey, receivers.add(receiver))
  }

  unsubscribe(contextKey: string, receiver: ContextReceiver): void {
    this.receivers.get(contextKey)?.delete(receiver)
  }

  send(packet: Packet): void {
    this.network.onPacket?.(packet)
    this.route(uniformOf(packet.target)?.rootKey, packet, false)
  }

  sendTo(memberKey: string, packet: Packet): void {
    this.network.onPacket?.(packet, memberKey)
    this.route(uniformOf(memberKey)?.rootKey, packet, true)
  }

  memberOrigin(memberKey: string): Origin | undefined {
    const peer = this.peers.get(memberKey)
    return peer && { ...peer, rootKey: memberKey, isLocal: memberKey === this.root.rootKey }
  }

  request(
    routing: Routing,
    method: string,
    variables: Variables,
    timeoutMs: number,
    onAnswer: OnAnswer,
  ): Timer {
    const tag = this.token()
    const timer = this.timers.after(timeoutMs, () => this.answered(tag, undefined, undefined))
    this.requests.set(tag, { onAnswer, timer })
    this.send(PsycPacket.of({ ...routing, _tag: tag }, method, variables))
    return {
      cancel: () => {
        timer.cancel()
        this.requests.delete(tag)
      },
    }
  }

  token(): string {
    return (++this.network.tokens).toString(16).padStart(8, '0').repeat(2)
  }

  /** The circuit to that node broke. */
  lost(rootKey: string): void {
    for (const [contextKey, receivers] of this.receivers) {
      if (uniformOf(contextKey)?.rootKey === rootKey) for (const receiver of [...receivers]) receiver.lost?.()
    }
  }

  /** The process ends: nothing of what it knew is left. */
  forget(): void {
    for (const { timer } of this.requests.values()) timer.cancel()
    this.requests.clear()
    this.receivers.clear()
    this.entities.clear()
  }

  deliver(packet: Packet, from: SimNode, isMemberCopy: boolean): void {
    const origin: Origin = {
      rootKey: from.root.rootKey,
      isLocal: from === this,
      understandsState: true,
      syntax: '1.0',
      ...this.peers.get(from.root.rootKey),
    }
    const context = uniformOf(packet.context)
    if (context !== undefined && isMemberCopy) {
      for (const receiver of [...(this.receivers.get(context.key) ?? [])]) receiver.receive(packet, origin)
      return
    }
    const tag = packet.tagRelay
    if (tag !== undefined && this.requests.has(tag)) this.answered(tag, packet, origin)
    else this.entities.get(uniformOf(packet.target)?.entityKey ?? '')?.receive(packet, origin)
  }

  private answered(tag: string, packet: Packet | undefined, origin: Origin | undefined): void {
    const request = this.requests.get(tag)
    if (request === undefined) return
    this.requests.delete(tag)
    request.timer.cancel()
    request.onAnswer(packet, origin)
  }

  private route(rootKey: string | undefined, packet: Packet, isMemberCopy: boolean): void {
    const to = this.network.nodes.get(rootKey ?? '')
    if (to !== undefined) this.network.carry(this, to, packet, isMemberCopy)
  }
}
