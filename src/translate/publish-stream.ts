/**
 * One publish of a Flash client, from the command to the end of what it recorded.
 *
 *   asked ── allowed, name free ──▶ live ── unpublish, replaced ──▶ over
 *     └── refused, given up ─────────────────────────────────────────▲
 *
 * Media is held by the session until the name is ours, also at the home of the place when that is another node. What the
 * client gives up before the answer leaves nothing.
 *
 * **Who has a name.** The first to publish it keeps it for as long as it gives a sign of life: whoever else asks gets
 * `NetStream.Publish.BadName`, an encoder that comes back after its line broke as well as a stranger. The holder is
 * asked for that sign by a ping, one for all who want the name; one who sends media has given it at once. One who is
 * silent for `nickPingMs` has lost the name to whoever asked first, as with nicks: it is told
 * `NetStream.Unpublish.Success` should it still hear, the players get `UnpublishNotify` and then `PublishNotify`, and
 * its connection is left to its own time-out. A connection never takes a name from itself, and publishers that cannot be asked (relays, HTTP) keep theirs
 * until they end. `releaseStream` needs to do nothing for this and is only answered.
 */
import type { Publication, Publisher } from '../media/publication.js'
import type { Stream } from '../media/hub.js'
import type { StreamAddress } from '../media/stream-address.js'
import type { NetStream, PublishType } from '../rtmp/session/events.js'
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'
import { relayData } from './publish-data.js'
import { PublishRecording } from './publish-recording.js'
import { statusInfo } from './status.js'
import type { DirectoryClaim } from './stream-directory.js'
import { addressOf, shortened } from './stream-owner.js'
import type { StreamOwner } from './stream-owner.js'
import { StreamReplica } from './stream-replica.js'

export interface PublishWish {
  readonly name: string
  readonly query: string
  readonly type: PublishType
}

export class FlashPublication implements Publisher {
  private publication: Publication | undefined
  /** The name, on all nodes. */
  private name: DirectoryClaim | undefined
  private recording: PublishRecording | undefined
  private isOver = false
  /** Who wants this name and waits for a sign of life, the first first. */
  private readonly claimants = new Set<FlashPublication>()
  private isAsked = false
  /** Whom it waits for. */
  private holder: FlashPublication | undefined
  private onAnswer: () => void = () => undefined

  /** @param onOver it was refused or replaced: the session does not call `end` any more */
  constructor(
    private readonly owner: StreamOwner,
    private readonly netStream: NetStream,
    private readonly wish: PublishWish,
    private readonly onOver: () => void,
  ) {}

  start(): void {
    const { name, query } = this.wish
    const address = addressOf(this.owner, name)
    if (address === undefined) {
      this.refuse('_error_illegal_name_stream')
      return
    }
    this.owner.mayDo('publish', name, query, (decision) => {
      if (this.isOver) return
      if (decision.allowed) this.claim(address)
      else this.refuse(decision.method, decision.message)
    })
  }

  /** A message of the client. Payload shared. */
  media(message: Message): void {
    const { publication } = this
    if (publication === undefined) return
    if (message.type === MessageType.Audio || message.type === MessageType.Video) publication.media(message)
    else relayData(publication, message, this.owner.limits)
  }

  /** The client stops. @param finished called when the recording, if any, is written */
  end(finished: () => void): void {
    this.isOver = true
    this.holder?.claimants.delete(this)
    if (this.publication !== undefined) this.owner.tell('unpublish', shortened(this.wish.name))
    this.publication?.end()
    this.publication = undefined
    this.name?.end()
    if (this.recording === undefined) finished()
    else this.recording.end(finished)
  }

  // Publisher

  replaced(): void {
    if (this.isOver) return
    this.onOver()
    this.end(() => undefined)
    this.netStream.publishEnded()
  }

  rest(ms: number): boolean {
    return this.owner.transport.rest?.(ms) ?? false
  }

  // Inside

  private claim(address: StreamAddress, hasAsked = false): void {
    const stream = this.owner.hub.open(address)
    const holder = stream.publisher
    if (holder === undefined || holder instanceof StreamReplica) {
      this.askForName(address, hasAsked)
      return
    }
    if (hasAsked || !(holder instanceof FlashPublication) || holder.owner === this.owner)
      this.refuse('_error_stream_taken')
    else {
      this.holder = holder
      this.onAnswer = () => this.claim(address, true)
      holder.wantedBy(this, stream)
    }
  }

  /** Nobody has the name here: what other nodes have is for its home to say. */
  private askForName(address: StreamAddress, hasAsked: boolean): void {
    const { names } = this.owner
    if (names === undefined) {
      this.publish(address, hasAsked)
      return
    }
    const name = names.claim(address, {
      granted: () => {
        if (!this.isOver) this.publish(address, hasAsked)
      },
      refused: (method) => {
        if (!this.isOver) this.refuse(method)
      },
      lost: () => {
        if (this.publication !== undefined) this.owner.hub.find(address.key)?.takeOver()
      },
    })
    this.name = name
    if (this.isOver) name.end() // it was refused or given up while it was asked for
  }

  private publish(address: StreamAddress, hasAsked: boolean): void {
    const stream = this.owner.hub.open(address)
    if (stream.publisher instanceof StreamReplica) stream.takeOver()
    const publication = stream.publish(this)
    if (publication === undefined) {
      this.name?.end()
      this.claim(address, hasAsked) // another of this node was faster
      return
    }
    this.publication = publication
    this.begin(stream)
    if (this.isOver) publication.end() // it broke while others were told
  }

  /** Somebody wants the name that this one has. */
  private wantedBy(claimant: FlashPublication, stream: Stream): void {
    const { claimants, owner } = this
    claimants.add(claimant)
    if (this.isAsked) return
    this.isAsked = true
    owner.ping(owner.limits.nickPingMs, (isAlive) => {
      this.isAsked = false
      const waiting = [...claimants]
      claimants.clear()
      if (!isAlive && waiting.length > 0 && stream.publisher === this) stream.takeOver()
      for (const one of waiting) if (!one.isOver) one.onAnswer()
    })
  }

  private begin(stream: Stream): void {
    const { owner, netStream, wish } = this
    owner.act()
    owner.tell('publish', shortened(wish.name))
    if (wish.type !== 'live') {
      this.recording = new PublishRecording(netStream, wish.name, owner.log)
      this.recording.begin(owner.recordings, stream, wish.type)
    }
    netStream.publishStarted()
    this.recording?.announce()
  }

  private refuse(method: string, text = ''): void {
    this.isOver = true
    this.onOver()
    const name = shortened(this.wish.name)
    this.owner.tell('publish refused', name, { method, text })
    this.netStream.publishRefused(statusInfo('publish', method, name, text))
  }
}
