/**
 * One try of a relay: a connection to the other end and the conversation on it [rtmp.md 3.3, 3.5, 3.11, 6].
 *
 *   opening ─▶ connect ─▶ createStream ─▶ play or publish ─▶ up ─▶ over
 *      └────────────── refused, lost, moved, too late ───────────────▲
 *
 * Up to `up` it has `relaySetupMs`; from then on the other end has to show that it is alive. What it says goes into logs
 * without what is secret in it. `over` is told once, whatever happens.
 */
import type { AmfValue } from '../../amf/value.js'
import { RtmpClientSession } from '../../rtmp/session/client-session.js'
import type { CallAnswer } from '../../rtmp/session/events.js'
import type { UserControl } from '../../rtmp/wire/message/index.js'
import type { Message } from '../../rtmp/wire/message.js'
import { RELAY_PROPERTY, relayPeer } from '../../translate/relay-marks.js'
import type { RelayRoute } from '../../translate/relay-marks.js'
import type { Stream } from '../../media/hub.js'
import { GatewayError } from '../../util/errors.js'
import type { Timer } from '../../util/timers.js'
import { redirected, tcUrlOf, withoutSecrets } from './relay-url.js'
import type { RelayTarget } from './relay-url.js'
import type { LinkEnd, LinkEnds, LinkListener, LinkServices } from './link-border.js'
import { enhanced, readStatus } from './remote-status.js'
import type { RemoteStatus } from './remote-status.js'
import type { Wire } from './wire.js'

const LOOKS = 3 // ours: in the time that a stream may stand still

export abstract class Link {
  /** Of the other end, when it is one of our kind. */
  protected peerRoute: RelayRoute = []
  protected session: RtmpClientSession | undefined
  protected messageStreamId = 0
  protected isUp = false
  /** ms of the clock: the last byte that came. */
  protected heardAt = 0
  private wire: Wire | undefined
  private isOver = false
  private setupTimer: Timer | undefined
  private silenceTimer: Timer | undefined

  constructor(
    protected readonly services: LinkServices,
    protected readonly ends: LinkEnds,
    private readonly listener: LinkListener,
  ) {
    this.target = ends.there
  }

  protected readonly target: RelayTarget

  /** The stream here: opened each time, it lives no longer than somebody uses it. */
  protected get stream(): Stream {
    return this.services.hub.open(this.ends.here)
  }

  // --- what pull and push do differently

  protected abstract readonly way: 'pull' | 'push'
  protected abstract readonly connectProperties: Readonly<Record<string, AmfValue>>
  protected abstract readonly flashVersion: string
  /** Before createStream. */
  protected prepare?(session: RtmpClientSession): void
  protected abstract ask(session: RtmpClientSession): void
  protected abstract streamStatus(status: RemoteStatus): void
  protected media?(message: Message): void
  protected streamEnded?(): void
  /** Bytes came or went: there may be room. */
  protected moved?(): void
  /** Whether something should have moved on `wire` since `limits.relaySilenceMs`, and nothing has. */
  protected abstract isStalled(wire: Wire, nowMs: number): boolean
  /** Say goodbye; the connection ends behind it. */
  protected abstract leave(session: RtmpClientSession): void
  /** Give back what is held here. */
  protected abstract release(): void

  /** What was lost on the way, for the log. */
  get figures(): Readonly<Record<string, number>> {
    return {}
  }

  // --- life

  /** `over` may come from within. */
  start(): void {
    const { timers, limits, openWire } = this.services
    this.setupTimer = timers.after(limits.relaySetupMs, () => this.fail('lost', 'it did not answer in time'))
    const handler = {
      opened: () => this.opened(),
      received: (bytes: Uint8Array) => {
        this.heardAt = timers.clock.now()
        this.session?.receive(bytes)
        this.moved?.()
      },
      drained: () => this.moved?.(),
      closed: (how: 'finished' | 'lost', reason?: string) => {
        this.fail('lost', reason ?? 'the other end closed the connection')
        this.session?.ended(how)
      },
    }
    try {
      this.wire = openWire(this.target, this.ends.tls, handler)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      this.fail('lost', error.message)
    }
  }

  /** In order: the other end is told that the stream ends. Without effect when it is over. */
  end(): void {
    if (this.isOver) return
    const { session, wire } = this
    this.settle({ how: 'ended', reason: '' }, () => {
      if (session === undefined) wire?.abort()
      else {
        if (this.messageStreamId > 0) this.leave(session)
        session.end()
      }
    })
  }

  protected fail(how: LinkEnd['how'], reason: string, to?: RelayTarget): void {
    const { wire } = this
    this.settle({ how, reason, to }, () => wire?.abort())
  }

  /** The other end shows no reason to stay with it: leave in order, so that it knows. */
  protected depart(how: LinkEnd['how'], reason: string, to?: RelayTarget): void {
    const { session } = this
    this.settle({ how, reason, to }, () => session?.end())
  }

  protected goUp(): void {
    if (this.isUp || this.isOver) return
    this.isUp = true
    this.setupTimer?.cancel()
    this.heardAt = this.services.timers.clock.now()
    this.watch()
    this.listener.up()
  }

  private settle(end: LinkEnd, close: () => void): void {
    if (this.isOver) return
    this.isOver = true
    this.setupTimer?.cancel()
    this.silenceTimer?.cancel()
    this.release()
    close()
    this.listener.over(end)
  }

  /** Look now and then whether it still moves. */
  private watch(): void {
    const { timers, limits } = this.services
    this.silenceTimer = timers.after(limits.relaySilenceMs / LOOKS, () => {
      const { wire } = this
      if (wire !== undefined && this.isStalled(wire, timers.clock.now()))
        this.fail('lost', `nothing moved for ${limits.relaySilenceMs} ms`)
      else this.watch()
    })
  }

  // --- conversation

  private opened(): void {
    const { wire, services, target } = this
    if (this.isOver || wire === undefined) return
    const session = new RtmpClientSession(
      {
        ...services,
        sink: {
          send: (bytes) => wire.send(bytes),
          end: () => wire.end(),
          fail: (error) => {
            this.fail('lost', `it breaks the protocol: ${withoutSecrets(error.message, target, true)}`)
            wire.abort()
          },
          queuedBytes: () => wire.queuedBytes,
          rest: (ms) => wire.rest(ms),
        },
      },
      {
        call: (_name, _args, answer) => answer({ ok: true, value: undefined }),
        status: (info, messageStreamId) => this.status(info, messageStreamId),
        sharedObject: () => undefined,
        media: (message) => this.receiveMedia(message),
        userControl: (control) => this.userControl(control),
        closed: () => this.fail('lost', 'the other end closed the connection'),
      },
    )
    this.session = session
    this.connect(session)
  }

  private connect(session: RtmpClientSession): void {
    const { target, services, way } = this
    const { user, password, app } = target
    const properties = {
      ...this.connectProperties,
      ...enhanced(),
      [RELAY_PROPERTY]: services.marks.text(way, this.ends.here),
    }
    const args = user === '' ? [] : [user, password]
    session.connect(
      { app, tcUrl: tcUrlOf(target), flashVersion: this.flashVersion, properties, args },
      (answer) => {
        if (this.isOver) return
        if (answer.ok) this.connected(session, answer.value)
        else this.connectRefused(answer)
      },
    )
  }

  private connected(session: RtmpClientSession, information: AmfValue): void {
    this.peerRoute = relayPeer(information)
    this.prepare?.(session)
    session.createStream((messageStreamId) => {
      if (this.isOver) return
      if (messageStreamId === undefined) this.depart('refused', 'it gives us no stream')
      else {
        this.messageStreamId = messageStreamId
        this.ask(session)
      }
    })
  }

  private connectRefused(answer: CallAnswer & { ok: false }): void {
    if (answer.isUnanswered === true) {
      this.fail('lost', 'it did not answer connect')
      return
    }
    const status = this.read(answer.info)
    const { redirect } = status
    const to = redirect === undefined ? undefined : redirected(this.target, redirect)
    if (to !== undefined) this.depart('moved', 'it sends us to another server', to)
    else this.turnedAway(status)
  }

  private turnedAway({ code, shown }: RemoteStatus): void {
    this.depart(code === 'NetConnection.Connect.AppShutdown' ? 'lost' : 'refused', shown)
  }

  private status(info: AmfValue, messageStreamId: number): void {
    if (this.isOver) return
    const status = this.read(info)
    if (messageStreamId !== 0 && messageStreamId === this.messageStreamId) this.streamStatus(status)
    else if (status.code === 'NetConnection.Connect.ReconnectRequest') this.reconnectRequested(status)
    else if (status.code.startsWith('NetConnection.Connect.') && status.level === 'error')
      this.turnedAway(status)
    // nginx-rtmp and others answer publish on stream 0
    else if (status.code.startsWith('NetStream.') && this.messageStreamId !== 0) this.streamStatus(status)
  }

  /** Leave at once and come back to where it says, the same place by default [rtmp.md 6.5]. */
  private reconnectRequested({ tcUrl }: RemoteStatus): void {
    const to = tcUrl === '' ? this.target : redirected(this.target, tcUrl)
    const { session } = this
    this.settle({ how: 'moved', reason: 'it asks us to connect again', to }, () => {
      if (session === undefined) return
      if (this.messageStreamId > 0) this.leave(session)
      session.end()
    })
  }

  /** node-media-server plays on stream 0. */
  private receiveMedia(message: Message): void {
    const { messageStreamId } = message
    if (!this.isOver && (messageStreamId === 0 || messageStreamId === this.messageStreamId))
      this.media?.(message)
  }

  private userControl(control: UserControl): void {
    if (control.event === 'StreamEof' && control.messageStreamId === this.messageStreamId)
      this.streamEnded?.()
  }

  private read(info: AmfValue): RemoteStatus {
    return readStatus(info, (text) => withoutSecrets(text, this.target, this.way === 'push'))
  }
}
