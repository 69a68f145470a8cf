/**
 * One connection between two PSYC nodes, or a client and this node, without its socket: bytes in, checked packets out
 * to the host, packets in, bytes out to the sink [psyc.md 2.11–2.13, 3.3; design 3].
 *
 *   bytes → syntax by the first byte → packets (inflow.ts) → greeting (opening.ts)
 *                                                          → routing state → circuit level (negotiation.ts)
 *                                                                          → proof of the sender → host.receive
 *
 * `receive`, `end` and `reset` never throw for what the peer did. After `closed` was reported to the host nothing more
 * comes from the circuit, and every method is a no-op. Whether the peer takes its last bytes in time is from then on the
 * business of who owns the connection.
 *
 * Longer than most files here: it is the one place where the parts above are joined.
 */
import { inherits } from '../wire/keyword.js'
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
import type { CallFailure, Calling } from './calling.js'
import { complaintAbout } from './complaint.js'
import { established, features, greetingLegacy, knownModules, switchToTls } from './greeting.js'
import { cleaned, faultOf } from './hygiene.js'
import { Inflow } from './inflow.js'
import { laneOf } from './lane.js'
import type { Lane } from './lane.js'
import { negotiate } from './negotiation.js'
import { Outflow } from './outflow.js'
import { Opening } from './opening.js'
import type { CircuitSink, Peer, PeerCertificate } from './peer.js'
import type { Belief } from './proof.js'
import { legacy, modern, syntaxes } from './syntax.js'
import type { Syntax, Version } from './syntax.js'
import { TlsUpgrade } from './tls-upgrade.js'

const CLOSING_MS = 1_000 // ours: for a peer to close when it is asked to

/** What nodes say to those whom they do not believe or want; another syntax would change nothing [psyc.md 3.3]. */
const unwelcome = ['_error_rejected', '_error_invalid_host', '_error_illegal_source']

export class Circuit {
  /**
   * The far end as an address: `psyc://10.1.2.3:-40312/` [psyc.md 1.2]; whoever is there may use it as its own. Where we
   * have called, whom we called.
   */
  readonly location: Uniform
  /** The peer's wish, or ours; `carriesStreams` is what came of it. */
  lane: Lane
  /** A packet of a stream came this way, or is to: streams that go to the peer may take it. */
  carriesStreams: boolean
  /** The peer that speaks 0.9 here speaks 1.0 as well, or so it says. */
  offersModern = false
  /** ms of the clock since which packets can be sent. */
  openedAt = 0
  /** ms of the clock at which the last packet came or went, other than empty ones. */
  usedAt = 0
  /** Wrong passwords that came this way. */
  wrongPasswords = 0
  /** Modules that the peer understands, of those that we know. */
  readonly peerModules = new Set<string>()
  isClosed = false
  /** It spoke as somebody it is not: nothing more of it counts. */
  isDistrusted = false

  private readonly inflow: Inflow
  private readonly opening: Opening
  /** What the peer says is not heard any more. */
  private isDeaf = false
  /** The peer was asked to close: it will hear nothing that is said from now on. */
  private isLeaving = false
  private callFailure: CallFailure = 'refused'
  private assignments = new Assignments()
  private readonly admission: Admission
  private hasAskedAuthorization = false
  private readonly outflow: Outflow
  private readonly tls: TlsUpgrade
  /** For TLS to come about, or the peer to close. */
  private deadline: Timer | undefined

  /** @param calling undefined: we were called */
  constructor(
    readonly host: CircuitHost,
    private readonly sink: CircuitSink,
    public peer: Peer,
    private readonly calling?: Calling,
  ) {
    const { limits, timers, turn } = host
    const far = `psyc://${hostOfAddress(peer.address)}:-${Math.trunc(peer.port)}/`
    this.location = parseUniform(calling?.root.rootKey ?? far)
    this.lane = calling?.lane ?? 'talk'
    this.carriesStreams = this.lane === 'stream'
    this.inflow = this.newInflow()
    this.admission = this.newAdmission()
    this.outflow = new Outflow({
      ...{ sink, timers, turn, limits },
      unrenderable: ({ method }, { code, message: reason }) =>
        host.log.warn({ circuit: this.location.text, method, code, reason }, 'packet not sent'),
      lost: (reason) => this.lose(reason),
    })
    this.tls = this.newTlsUpgrade()
    this.opening = this.newOpening()
  }

  /** We called it, not it us. */
  get isOurs(): boolean {
    return this.calling !== undefined
  }

  /** The root that this circuit is proven to speak for; undefined for clients. */
  get root(): Uniform | undefined {
    return this.admission.root
  }

  /** Undefined until the first bytes have shown it. */
  get version(): Version | undefined {
    return this.outflow.syntax?.version
  }

  /** Bytes that wait for the peer to take them. */
  get queuedBytes(): number {
    return this.outflow.queuedBytes
  }

  /** Bytes that have come of packets that are not complete, or wait. */
  get unfinishedBytes(): number {
    return this.inflow.unfinishedBytes + this.admission.waitingBytes
  }

  /** Close for a limit that is not the peer's own. */
  fail({ message }: Error): void {
    this.lose(message)
  }

  /** Whether packets can be sent. */
  get isOpen(): boolean {
    return this.opening.isDone && !this.isLeaving && !this.isClosed
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

  get understandsRoute(): boolean {
    return this.version === '1.0' && this.peerModules.has('_route')
  }

  /** We have called: greet first, and believe that whoever answers speaks for whom we meant [psyc.md 3.3]. */
  call({ root, version }: Calling): void {
    this.admission.accept(root)
    this.useSyntax(version === '1.0' ? modern : legacy)
    this.greet()
    if (version === '1.0') this.send(features('_request_features', { _tag: this.host.token() }))
  }

  /** Bytes of the peer, in order. Shared: they may be kept in packets. */
  receive(bytes: Uint8Array): void {
    if (this.isDeaf || bytes.length === 0) return
    this.outflow.keepAlive.received()
    if (!this.inflow.hasBegun) this.chooseSyntax(bytes[0])
    this.inflow.receive(bytes)
  }

  /** The peer has closed its side. */
  end(): void {
    if (this.isClosed) this.outflow.drop()
    else this.close('finished')
  }

  /** The connection broke: reset, time-out, socket error. */
  reset(): void {
    this.outflow.drop()
    this.close('lost')
  }

  /** @returns whether the packet went out; not when the circuit is not open or its syntax cannot hold the packet */
  send(packet: Packet): boolean {
    this.usedAt = this.host.timers.clock.now()
    return this.outflow.send(packet)
  }

  /** Close after what is queued has gone out. */
  close(how: CircuitEnd = 'finished'): void {
    if (this.isClosed) return
    this.isClosed = true
    this.beDeaf()
    if (!this.opening.isDone) this.calling?.failed?.(this.callFailure)
    this.opening.stop()
    this.deadline?.cancel()
    this.admission.cancel()
    this.outflow.end()
    this.host.closed(this, how)
  }

  /** Let a node close when it has sent what it has for us; a client is closed at once [psyc.md 2.12]. */
  askToClose(): void {
    if (this.root === undefined || !this.isOpen) {
      this.close()
      return
    }
    this.send(Packet.of({}, '_request_circuit_shutdown'))
    this.isLeaving = true
    this.deadline = this.host.timers.after(CLOSING_MS, () => this.close())
  }

  /** Listen no more; close when what came before is answered. */
  closeLater(how: CircuitEnd = 'finished'): void {
    if (this.isDeaf) return
    this.beDeaf()
    this.host.whenIdle(() => this.close(how))
  }

  private beDeaf(): void {
    this.isDeaf = true
    this.inflow.stop()
  }

  /** Say why, then close. What came before in order is answered first. */
  refuse(method: string, variables: Variables = {}, body = ''): void {
    if (this.isDeaf) return
    this.host.log.warn({ circuit: this.location.text, method, ...variables }, 'circuit refused')
    if (this.outflow.syntax === undefined) this.useSyntax(legacy)
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

  /** What the peer has called us for. */
  beLane(lane: Lane): void {
    if (this.isOurs || this.root !== undefined) return
    this.lane = lane
    this.carriesStreams ||= lane === 'stream'
  }

  /** Who answers where we called is this very node, by another name [psyc.md 2.12]. */
  haveCalledOurselves(): void {
    this.host.log.warn({ root: this.location.text }, 'that name is a name of ours: we have called ourselves')
    this.failCall('self')
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
    for (const module of knownModules) if (names.includes(module)) this.peerModules.add(module)
    if (this.version === '1.0' && this.peerModules.has('_keepalive')) this.outflow.keepAlive.start()
    if (this.version === '0.9' && this.peerModules.has('_encrypt')) this.tls.offered()
  }

  /** The peer asks for TLS, or answers that we did. */
  switchToTls(): void {
    if (this.version === '1.0' || !this.tls.switched()) this.complain('_failure_unsupported_module_encrypt')
  }

  /** It is not encrypted, must be before it speaks for a node, and can be. */
  get isToBeSecured(): boolean {
    return this.mustBeSecured && this.version === '0.9' && this.tls.isOffered
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

  /** Not before what must be encrypted is. */
  private mayOpen(): boolean {
    if (this.isDeaf || this.tls.isUnderWay) return false
    const failure = this.calling && this.flawOf(this.calling)
    if (failure !== undefined) this.failCall(failure)
    return failure === undefined
  }

  /** What is wrong with a circuit that could be used. */
  private flawOf({ isFallback = false }: Calling): CallFailure | undefined {
    if (this.mustBeSecured) return 'insecure'
    return isFallback && this.offersModern ? 'modern' : undefined
  }

  private opened(): void {
    this.openedAt = this.host.timers.clock.now()
    if (this.calling === undefined) this.host.greeted(this)
    else {
      this.host.proven(this)
      this.calling.usable?.(this)
    }
  }

  private refusedBy({ method, bodyText }: Packet): void {
    const isUnwelcome = unwelcome.some((family) => inherits(method, family))
    if (isUnwelcome)
      this.host.log.info(
        { root: this.location.text, method, body: bodyText.slice(0, 200) },
        'a node that we have called will not talk to us',
      )
    this.failCall(isUnwelcome ? 'unwelcome' : 'refused')
  }

  private failCall(why: CallFailure): void {
    this.callFailure = why
    this.outflow.drop()
    this.sink.abort()
    this.close('lost')
  }

  private useSyntax(syntax: Syntax): void {
    this.outflow.syntax = syntax
    this.inflow.begin(syntax.parser(this.host.limits))
  }

  private greet(): void {
    this.outflow.sendEmpty()
    if (this.version === '0.9')
      for (const packet of greetingLegacy(this.host, this.location, this.tls.isOffered)) this.send(packet)
    else this.send(established(this.host, this.location, undefined, this.lane))
  }

  private lose(reason: string): void {
    if (this.isClosed) return
    this.host.log.info({ circuit: this.location.text, root: this.root?.text, reason }, 'circuit lost')
    this.outflow.drop()
    this.sink.abort()
    this.close('lost')
  }

  // ── packets ────────────────────────────────────────────────────────────────────────────────────────────

  private takePacket(packet: Packet): void {
    const isEmpty = isNothing(packet)
    if (this.opening.take(packet, isEmpty)) return
    if (!isEmpty) this.sift(packet)
    else if (!this.tls.receivedEmpty()) this.outflow.keepAlive.receivedEmpty()
  }

  /** Faulty packets are answered, the rest goes on as it is meant. */
  private sift(packet: Packet): void {
    const fault = faultOf(packet, this.version ?? '1.0', this.host.limits)
    if (fault === undefined) this.take(this.assignments.apply(packet))
    else this.drop(packet, fault)
  }

  private drop(packet: Packet, fault: string): void {
    this.host.log.info({ circuit: this.location.text, fault }, 'faulty packets are dropped')
    const tag = packet.tag?.slice(0, this.host.limits.psycTagBytes)
    this.complain(fault, { _method_relay: packet.method }, '', tag)
  }

  private parserFailed(error: unknown): void {
    if (!(error instanceof GatewayError)) this.host.log.error({ error }, 'parser failed')
    if (this.calling !== undefined && !this.opening.isDone) this.failCall('refused')
    else if (this.opening.hasPeerGreeted) {
      const { method, variables, body } = complaintAbout(error)
      this.refuse(method, variables, body)
    } else this.refuseSyntax()
  }

  private take(packet: Packet): void {
    if (this.isDeaf) return
    if (this.admission.isPending) this.admission.wait(packet)
    else if (!negotiate(this, packet)) this.admission.check(packet)
  }

  private newAdmission(): Admission {
    const { root, resolve, timers, limits } = this.host
    const peer = (): Peer => this.peer
    const admits = (claimed: Uniform): boolean => !this.mustBeSecured && this.host.admits(claimed)
    const carriage: CircuitHost['carriage'] = (context, by) => this.host.carriage(context, by)
    const isClosed = (): boolean => this.isDeaf
    return new Admission({
      ...{ location: this.location, root, resolve, timers, limits, admits, carriage },
      get peer() {
        return peer()
      },
      circuit: {
        take: (packet) => this.take(packet),
        admitted: (packet, sender) => this.admitted(cleaned(packet), sender),
        disbelieved: () => (this.callFailure = 'stranger'),
        proven: () => this.host.proven(this),
        hold: () => this.inflow.hold('proof'),
        release: () => this.inflow.release('proof'),
        complain: (method, variables, body, tagRelay) => this.complain(method, variables, body, tagRelay),
        refuse: (method, variables, body) => this.refuse(method, variables, body),
        get isClosed() {
          return isClosed()
        },
      },
    })
  }

  private get mustBeSecured(): boolean {
    return this.host.encryption === 'require' && !this.isPrivate
  }

  private newTlsUpgrade(): TlsUpgrade {
    return new TlsUpgrade({
      tls: this.sink.tls,
      policy: this.host.encryption,
      calledHost: this.calling?.root.host,
      isEncrypted: () => this.peer.isEncrypted,
      sendSwitch: () => {
        this.send(switchToTls())
        this.outflow.hold()
        this.deadline?.cancel()
        this.deadline = this.host.timers.after(this.host.limits.tlsMs, () => this.lose('TLS took too long'))
      },
      began: () => {
        const { syntax } = this.outflow
        if (syntax !== undefined) this.useSyntax(syntax)
        this.assignments = new Assignments()
      },
      secured: (certificate) => this.secured(certificate),
    })
  }

  /** An invalid certificate is worth as much as none: it keeps out who only listens, and proves nothing. */
  private secured({ hosts, problem }: PeerCertificate): void {
    if (this.isClosed) return
    this.deadline?.cancel()
    if (problem !== undefined) {
      this.host.log.info({ circuit: this.location.text, problem }, 'a certificate is not valid')
      if (this.host.encryption === 'require') {
        this.failCall('insecure')
        return
      }
    }
    this.peer = { ...this.peer, isEncrypted: true, certifiedHosts: hosts }
    this.outflow.release()
    this.opening.finish()
  }

  private admitted(packet: Packet, sender: Uniform): void {
    this.usedAt = this.host.timers.clock.now()
    if (!this.carriesStreams) this.carriesStreams = laneOf(packet) === 'stream'
    this.host.receive(this, packet, sender)
  }

  private newInflow(): Inflow {
    const { timers, limits } = this.host
    return new Inflow({
      ...{ sink: this.sink, timers, limits },
      packetsPerSecond: () =>
        this.root === undefined ? limits.psycPacketsPerSecond : limits.psycNodePacketsPerSecond,
      take: (packet) => this.takePacket(packet),
      failed: (error) => this.parserFailed(error),
      overflow: () => this.lose('waiting bytes'),
      nulSeparated: () => this.outflow.talkToXmlSocket(),
    })
  }

  private newOpening(): Opening {
    const { timers, limits } = this.host
    return new Opening({
      ...{ isOurs: this.isOurs, timers, limits },
      greet: () => this.greet(),
      take: (packet) => this.sift(packet),
      mayOpen: () => this.mayOpen(),
      opened: () => this.opened(),
      refuseSyntax: () => this.refuseSyntax(),
      refused: (error) => this.refusedBy(error),
      silent: () => {
        this.callFailure = 'silent'
        this.lose('no greeting')
      },
    })
  }
}

function isNothing(packet: Packet): boolean {
  const { routing, entity, method, stateOperation } = packet
  return routing.length === 0 && entity.length === 0 && method === '' && stateOperation === undefined
}
