/**
 * One connection between two PSYC nodes, or a client and this node, without its socket: bytes in, checked packets out
 * to the host, packets in, bytes out to the sink [psyc.md 2.11–2.13, 3.3; design 3].
 *
 *   bytes → syntax by the first byte → packets → routing state → circuit level (negotiation.ts)
 *                                                              → proof of the sender → host.receive
 *
 * `receive`, `end` and `reset` never throw for what the peer did. After `closed` was reported to the host nothing more
 * comes from the circuit, and every method is a no-op. The owner of the connection still calls `end` or `reset` when
 * it is over: until then the circuit watches that the peer takes its last bytes.
 *
 * Longer than most files here: it is the one place where the parts above are joined.
 */
import { Packet } from '../wire/packet.js'
import type { Variables } from '../wire/packet.js'
import { parseUniform } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import { GatewayError } from '../../util/errors.js'
import type { Timer } from '../../util/timers.js'
import { Admission } from './admission.js'
import { hostOfAddress, isLoopback } from './address.js'
import { Assignments } from './assignments.js'
import type { CircuitEnd, CircuitHost } from './circuit-host.js'
import { complaintAbout } from './complaint.js'
import { established, features, greetingLegacy } from './greeting.js'
import { cleaned, faultOf } from './hygiene.js'
import { KeepAlive } from './keep-alive.js'
import { negotiate } from './negotiation.js'
import { Outbox } from './outbox.js'
import type { CircuitSink, Peer } from './peer.js'
import type { Belief } from './proof.js'
import { legacy, modern, syntaxes } from './syntax.js'
import type { PacketSource, Syntax, Version } from './syntax.js'

const MODULES = 32 // ours: names of a stranger, of which we know four

/** What ends a message of an XMLSocket. Shared. */
const messageEnd = Uint8Array.of(0)

export class Circuit {
  /** The far end as an address: `psyc://10.1.2.3:-40312/` [psyc.md 1.2]. Whoever is there may use it as its own. */
  readonly location: Uniform
  /** Wrong passwords that came this way. */
  wrongPasswords = 0
  /** Modules that the peer understands. */
  readonly peerModules = new Set<string>()
  isClosed = false
  /** It spoke as somebody it is not: nothing more of it counts. */
  isDistrusted = false

  private syntax: Syntax | undefined
  private parser: PacketSource | undefined
  /** What the peer says is not heard any more. */
  private isDeaf = false
  private hasGreeted = false
  private hasPeerGreeted = false
  private isXmlSocket = false
  private readonly assignments = new Assignments()
  private readonly admission: Admission
  private isHeld = false
  private heldBytes = 0
  private hasAskedAuthorization = false
  private readonly outbox: Outbox
  private readonly keepAlive: KeepAlive
  private readonly greetingTimer: Timer

  constructor(
    readonly host: CircuitHost,
    private readonly sink: CircuitSink,
    readonly peer: Peer,
  ) {
    const { limits, timers, turn } = host
    this.location = parseUniform(`psyc://${hostOfAddress(peer.address)}:-${Math.trunc(peer.port)}/`)
    this.admission = this.newAdmission()
    this.outbox = new Outbox({ sink, timers, turn, limits, stalled: (reason) => this.lose(reason) })
    this.keepAlive = new KeepAlive({
      timers,
      limits,
      sendEmpty: () => this.sendEmpty(),
      dead: () => this.lose('silence'),
    })
    this.greetingTimer = timers.after(limits.psycGreetingMs, () => this.lose('no greeting'))
  }

  /** The root that this circuit is proven to speak for; undefined for clients. */
  get root(): Uniform | undefined {
    return this.admission.root
  }

  /** Undefined until the first bytes have shown it. */
  get version(): Version | undefined {
    return this.syntax?.version
  }

  /** Bytes that wait for the peer to take them. */
  get queuedBytes(): number {
    return this.outbox.queuedBytes
  }

  /** Whether packets can be sent. */
  get isOpen(): boolean {
    return this.hasGreeted && !this.isClosed
  }

  /** Whether nobody can listen in on a password. */
  get isPrivate(): boolean {
    return this.peer.isEncrypted || isLoopback(this.peer.address)
  }

  /** The peer's claim is being looked up. */
  get isProving(): boolean {
    return this.admission.isPending
  }

  get understandsState(): boolean {
    return this.version === '1.0' && this.peerModules.has('_state')
  }

  /** We called `root`: greet first, and believe that whoever answers there speaks for it [psyc.md 3.3]. */
  dialled(root: Uniform, version: Version): void {
    this.admission.accept(root)
    this.useSyntax(version === '1.0' ? modern : legacy)
    this.greet()
    if (version === '1.0') this.send(features('_request_features', { _tag: this.host.token() }))
    this.host.proven(this)
  }

  /** Bytes of the peer, in order. Shared: they may be kept in packets. */
  receive(bytes: Uint8Array): void {
    if (this.isDeaf || bytes.length === 0) return
    this.keepAlive.received()
    if (this.parser === undefined) this.chooseSyntax(bytes[0])
    this.parser?.receive(bytes)
    if (!this.isHeld) this.pump()
    else if ((this.heldBytes += bytes.length) > this.host.limits.psycQueueBytes) this.lose('unproven bytes')
  }

  /** The peer has closed its side. */
  end(): void {
    if (this.isClosed) this.outbox.drop()
    else this.close('finished')
  }

  /** The connection broke: reset, time-out, socket error. */
  reset(): void {
    this.outbox.drop()
    this.close('lost')
  }

  /** @returns whether the packet went out; not when the circuit is not open or its syntax cannot hold the packet */
  send(packet: Packet): boolean {
    if (this.syntax === undefined || this.isClosed) return false
    try {
      this.sendBytes(this.syntax.render(packet))
      return true
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      this.host.log.warn(
        { circuit: this.location.text, method: packet.method, code: error.code },
        'packet not sent',
      )
      return false
    }
  }

  /** Close after what is queued has gone out. */
  close(how: CircuitEnd = 'finished'): void {
    if (this.isClosed) return
    this.isClosed = true
    this.isDeaf = true
    this.greetingTimer.cancel()
    this.admission.cancel()
    this.keepAlive.stop()
    this.outbox.end()
    this.host.closed(this, how)
  }

  /** Listen no more; close when what came before is answered. */
  closeLater(how: CircuitEnd = 'finished'): void {
    if (this.isDeaf) return
    this.isDeaf = true
    this.host.whenIdle(() => this.close(how))
  }

  /** Say why, then close. What came before in order is answered first. */
  refuse(method: string, variables: Variables = {}, body = ''): void {
    if (this.isDeaf) return
    this.host.log.warn({ circuit: this.location.text, method, ...variables }, 'circuit refused')
    if (this.syntax === undefined) this.useSyntax(legacy)
    this.host.whenIdle(() => this.complain(method, variables, body))
    this.closeLater('lost')
  }

  /** An error about the circuit: it has neither source nor target [psyced.md 6.3]. */
  complain(method: string, variables: Variables = {}, body = '', tagRelay?: string): void {
    this.send(Packet.of({ _tag_relay: tagRelay }, method, variables, body))
  }

  /** The peer says who it is, by any of its entities. A lie is refused and closes the circuit. */
  claim(entity: Uniform): Belief {
    return this.admission.claim(entity)
  }

  /** The peer speaks as somebody it is not. */
  rejectSender(sender: Uniform): void {
    this.isDistrusted = true
    this.admission.disbelieve('_error_rejected_relay_incoming', sender)
  }

  /** Look at the packet again when the claim is decided. */
  wait(packet: Packet): void {
    this.admission.wait(packet)
  }

  /** Modules that the peer offers; `_keepalive` on both sides starts it. */
  learnModules(names: readonly string[]): void {
    for (const name of names) {
      if (this.peerModules.size >= MODULES) break
      this.peerModules.add(name.slice(0, 64))
    }
    if (this.version === '1.0' && this.peerModules.has('_keepalive')) this.keepAlive.start()
  }

  /** psyced 1.0 wants to be asked before we may speak; we ask those who ask us [psyc.md 2.13]. */
  askAuthorization(peerRoot: Uniform): void {
    if (this.hasAskedAuthorization) return
    this.hasAskedAuthorization = true
    const variables = { _uniform_source: this.host.root.text, _uniform_target: peerRoot.text }
    this.send(Packet.of({ _tag: this.host.token() }, '_request_authorization', variables))
  }

  // ── bytes ──────────────────────────────────────────────────────────────────────────────────────────────

  /** The initiator decides by its first byte [psyc.md 2.11]. */
  private chooseSyntax(firstByte: number | undefined): void {
    const syntax = syntaxes.find((each) => each.firstByte === firstByte)
    if (syntax === undefined) this.refuseSyntax()
    else this.useSyntax(syntax)
  }

  private refuseSyntax(): void {
    this.refuse(
      '_error_syntax_initialization',
      {},
      'A circuit begins with "|" (PSYC 1.0) or "." (0.9) on a line by itself.',
    )
  }

  /**
   * The first packet is empty: answered, unless it is itself the answer. Who was called may leave it out, as psyced
   * does in 1.0 [psyced.md 6.4].
   */
  private isGreeting(packet: Packet): boolean {
    const isCaller = !this.hasGreeted
    if (isCaller && !isEmpty(packet)) {
      this.refuseSyntax()
      return true
    }
    this.hasPeerGreeted = true
    this.greetingTimer.cancel()
    if (isCaller) this.greet()
    return isEmpty(packet)
  }

  private useSyntax(syntax: Syntax): void {
    this.syntax = syntax
    this.parser ??= syntax.parser(this.host.limits)
  }

  private greet(): void {
    this.hasGreeted = true
    this.sendEmpty()
    if (this.version === '0.9')
      for (const packet of greetingLegacy(this.host, this.location)) this.send(packet)
    else this.send(established(this.host, this.location))
    this.host.greeted(this)
  }

  private sendBytes(bytes: Uint8Array): void {
    this.keepAlive.sent()
    this.outbox.send(bytes)
    if (this.isXmlSocket) this.outbox.send(messageEnd)
  }

  private sendEmpty(): void {
    if (this.syntax !== undefined && !this.isClosed) this.sendBytes(this.syntax.emptyPacket)
  }

  /** What went out before the first NUL came is its first message. */
  private talkToXmlSocket(): void {
    if (this.isXmlSocket) return
    this.isXmlSocket = true
    this.outbox.send(messageEnd)
  }

  private lose(reason: string): void {
    if (this.isClosed) return
    this.host.log.info({ circuit: this.location.text, root: this.root?.text, reason }, 'circuit lost')
    this.outbox.drop()
    this.sink.abort()
    this.close('lost')
  }

  // ── packets ────────────────────────────────────────────────────────────────────────────────────────────

  private pump(): void {
    while (!this.isDeaf && !this.isHeld) {
      const packet = this.nextPacket()
      if (packet === undefined) return
      if (!this.hasPeerGreeted && this.isGreeting(packet)) continue
      if (isEmpty(packet)) this.keepAlive.receivedEmpty()
      else this.sift(packet)
    }
  }

  /** Faulty packets are answered, the rest goes on as it is meant. */
  private sift(packet: Packet): void {
    const fault = faultOf(packet, this.version ?? '1.0')
    if (fault === undefined) this.take(this.assignments.apply(packet))
    else this.complain(fault, { _method_relay: packet.method }, '', packet.tag)
  }

  private nextPacket(): Packet | undefined {
    try {
      const packet = this.parser?.next()
      if (this.parser?.nulSeparated === true) this.talkToXmlSocket()
      return packet
    } catch (error) {
      if (!(error instanceof GatewayError)) this.host.log.error({ error }, 'parser failed')
      if (this.hasPeerGreeted) {
        const { method, variables, body } = complaintAbout(error)
        this.refuse(method, variables, body)
      } else this.refuseSyntax()
      return undefined
    }
  }

  private take(packet: Packet): void {
    if (this.isDeaf) return
    if (this.admission.isPending) this.admission.wait(packet)
    else if (!negotiate(this, packet)) this.admission.check(packet)
  }

  private newAdmission(): Admission {
    const { root, resolve, timers, limits, admits } = this.host
    const isClosed = (): boolean => this.isDeaf
    return new Admission({
      ...{ peer: this.peer, location: this.location, root, resolve, timers, limits, admits },
      circuit: {
        take: (packet) => this.take(packet),
        admitted: (packet, sender) => this.host.receive(this, cleaned(packet), sender),
        proven: () => this.host.proven(this),
        hold: () => this.hold(),
        release: () => this.release(),
        complain: (method, variables, body, tagRelay) => this.complain(method, variables, body, tagRelay),
        refuse: (method, variables, body) => this.refuse(method, variables, body),
        get isClosed() {
          return isClosed()
        },
      },
    })
  }

  private hold(): void {
    if (this.isHeld) return
    this.isHeld = true
    this.heldBytes = 0
    this.sink.pause()
  }

  private release(): void {
    if (!this.isHeld || this.isDeaf) return
    this.isHeld = false
    this.sink.resume()
    this.pump()
  }
}

function isEmpty(packet: Packet): boolean {
  const { routing, entity, method, stateOperation } = packet
  return routing.length === 0 && entity.length === 0 && method === '' && stateOperation === undefined
}
