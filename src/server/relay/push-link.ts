/** A stream of this node, published at another server. */
import type { Drops, Player, Seat } from '../../media/player.js'
import type { RtmpClientSession } from '../../rtmp/session/client-session.js'
import { Link } from './link.js'
import type { LinkEnds, LinkListener, LinkServices } from './link-border.js'
import type { RemoteStatus } from './remote-status.js'
import type { PushForms } from './push-form.js'
import type { Wire } from './wire.js'

const nothing: Drops = { disposable: 0, video: 0, audio: 0 }

export class PushLink extends Link {
  protected override readonly way = 'push'
  protected override readonly flashVersion = 'FMLE/3.0 (compatible; rtmpsyc)'
  protected override readonly connectProperties = { type: 'nonprivate' }
  private seat: Seat | undefined
  private isFull = false
  private drops = nothing
  private writtenBytes = 0
  private tookAt = 0

  constructor(
    services: LinkServices & { readonly forms: PushForms },
    ends: LinkEnds,
    listener: LinkListener,
  ) {
    super(services, ends, listener)
    this.forms = services.forms
  }

  private readonly forms: PushForms

  /** Messages that the other end was too slow for. */
  override get figures(): Readonly<Record<string, number>> {
    const { video, audio, disposable } = this.drops
    const all = video + audio + disposable
    return all === 0 ? {} : { droppedVideo: video + disposable, droppedAudio: audio }
  }

  protected override prepare(session: RtmpClientSession): void {
    for (const name of ['releaseStream', 'FCPublish']) session.call(name, [this.publishName], () => undefined)
  }

  protected override ask(session: RtmpClientSession): void {
    session.publish(this.messageStreamId, this.publishName)
  }

  protected override streamStatus({ code, level, shown }: RemoteStatus): void {
    if (code === 'NetStream.Publish.Start') this.begin()
    else if (code === 'NetStream.Publish.BadName' || (code.startsWith('NetStream.') && level === 'error'))
      this.depart('lost', shown)
    else if (code === 'NetStream.Unpublish.Success') this.depart('lost', shown)
  }

  protected override moved(): void {
    this.seat?.drained()
  }

  /** While something waits, the other end has to take it. */
  protected override isStalled(wire: Wire, nowMs: number): boolean {
    if (wire.queuedBytes === 0 || wire.writtenBytes !== this.writtenBytes) {
      this.writtenBytes = wire.writtenBytes
      this.tookAt = nowMs
    }
    return nowMs - this.tookAt >= this.services.limits.relaySilenceMs
  }

  protected override leave(session: RtmpClientSession): void {
    session.call('FCUnpublish', [this.publishName])
    session.deleteStream(this.messageStreamId)
  }

  protected override release(): void {
    const { seat } = this
    this.seat = undefined
    seat?.leave()
  }

  private get publishName(): string {
    return this.target.name + this.target.query
  }

  private begin(): void {
    const { session } = this
    if (session === undefined || this.isUp) return
    this.goUp()
    const player = this.playerOf(session)
    const seat = this.stream.play(player)
    this.drops = seat.drops
    if (this.isFull) seat.leave()
    else this.seat = seat
  }

  private playerOf(session: RtmpClientSession): Player {
    const tooSlow = (): void => {
      this.isFull = true
      this.fail('lost', 'it takes less than the stream has')
    }
    return {
      form: this.forms.get(this.messageStreamId),
      write: (bytes) => session.sendCut(bytes),
      get outstandingBytes() {
        return session.queuedBytes
      },
      published: () => undefined,
      unpublished: () => undefined,
      overrun: tooSlow,
    }
  }
}
