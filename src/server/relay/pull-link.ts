/** A stream of another server, played there and published here. */
import type { Publication, Publisher } from '../../media/publication.js'
import type { RtmpClientSession } from '../../rtmp/session/client-session.js'
import { CLIENT_FLASH_VERSION } from '../../rtmp/session/constants.js'
import { MessageType } from '../../rtmp/wire/message.js'
import type { Message } from '../../rtmp/wire/message.js'
import { relayData } from '../../translate/publish-data.js'
import { Link } from './link.js'
import type { RemoteStatus } from './remote-status.js'
import type { Wire } from './wire.js'
import { handlerOf } from './push-form.js'

/** What a server tells its players about playing; ours tells its own. */
const forPlayersOnly: ReadonlySet<string> = new Set(['|RtmpSampleAccess', 'onStatus', 'onPlayStatus'])

/** The publisher is gone; the play goes on and waits for the next. */
const endings: ReadonlySet<string> = new Set([
  'NetStream.Play.UnpublishNotify',
  'NetStream.Play.Stop',
  'NetStream.Play.Complete',
])

export class PullLink extends Link implements Publisher {
  protected override readonly way = 'pull'
  protected override readonly flashVersion = CLIENT_FLASH_VERSION
  protected override readonly connectProperties = { audioCodecs: 4_095, videoCodecs: 255, videoFunction: 1 }
  private publication: Publication | undefined
  private mediaAt = 0
  private gapMs = Number.POSITIVE_INFINITY

  /** Publisher: somebody with a better right has the name. */
  replaced(): void {
    this.publication = undefined
    this.end()
  }

  rest(ms: number): boolean {
    return this.session?.rest(ms) ?? false
  }

  protected override ask(session: RtmpClientSession): void {
    const { name, query } = this.target
    session.play(this.messageStreamId, name + query, LIVE)
  }

  protected override streamStatus({ code, level, shown }: RemoteStatus): void {
    if (code === 'NetStream.Play.Start') this.goUp()
    else if (endings.has(code)) this.streamEnded()
    else if (code.startsWith('NetStream.') && level === 'error') this.depart('lost', shown)
  }

  protected override streamEnded(): void {
    const { publication } = this
    this.publication = undefined
    publication?.end()
  }

  protected override media(message: Message): void {
    this.goUp()
    const { limits } = this.services
    const isData = message.type === MessageType.Data || message.type === MessageType.DataAmf3
    if (isData) {
      const handler = handlerOf(message, limits)
      if (handler === undefined || forPlayersOnly.has(handler)) return
    }
    this.publication ??= this.publish()
    if (this.publication === undefined) this.depart('taken', 'somebody publishes that name here')
    else if (isData) relayData(this.publication, message, limits)
    else {
      this.noteFlow()
      this.publication.media(message)
    }
  }

  /** Of a stream that flows; one that has not begun, or of a message now and then, may be silent for any time. */
  protected override isStalled(_wire: Wire, nowMs: number): boolean {
    if (this.publication === undefined || this.gapMs > FLOW_GAP_MS) return false
    return nowMs - this.heardAt >= this.services.limits.relaySilenceMs
  }

  private noteFlow(): void {
    const nowMs = this.services.timers.clock.now()
    this.gapMs = nowMs - this.mediaAt
    this.mediaAt = nowMs
  }

  protected override leave(session: RtmpClientSession): void {
    session.deleteStream(this.messageStreamId)
  }

  protected override release(): void {
    this.streamEnded()
    this.services.marks.forget(this)
  }

  private publish(): Publication | undefined {
    const { services, ends, peerRoute, stream } = this
    if (stream.isPublished) return undefined
    services.marks.note(this, ends.here, { way: 'push', route: peerRoute })
    return stream.publish(this)
  }
}

const FLOW_GAP_MS = 5_000 // ours: between two messages of a stream that flows
const LIVE = -1_000 // play's start for "live only" [rtmp.md 3.7]
