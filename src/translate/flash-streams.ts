/**
 * The streams of one Flash client: what it publishes goes to the hub, what it plays comes from there or from a
 * recording [design 5; rtmp.md 3.5-3.8]. Every status is sent when it has become true, before the media it announces.
 */
import type { NetStream, PlayRequest } from '../rtmp/session/events.js'
import type { Message } from '../rtmp/wire/message.js'
import { PlayList } from './play-list.js'
import { FlashPublication } from './publish-stream.js'
import type { PublishWish } from './publish-stream.js'
import { addressOf } from './stream-owner.js'
import type { StreamOwner } from './stream-owner.js'

export class FlashStreams {
  private readonly playing = new Map<NetStream, PlayList>()
  private readonly publishing = new Map<NetStream, FlashPublication>()
  /** One length is read at a time, and so many wait. */
  private lengths: Promise<void> = Promise.resolve()
  private lengthsAsked = 0

  constructor(private readonly owner: StreamOwner) {}

  publish(netStream: NetStream, wish: PublishWish): void {
    const publication = new FlashPublication(this.owner, netStream, wish, () =>
      this.publishing.delete(netStream),
    )
    this.publishing.set(netStream, publication)
    publication.start()
  }

  unpublish(netStream: NetStream, finished: () => void): void {
    const publication = this.publishing.get(netStream)
    this.publishing.delete(netStream)
    publication?.end(finished)
  }

  /** A message of a stream that this client publishes. */
  media(netStream: NetStream, message: Message): void {
    this.publishing.get(netStream)?.media(message)
  }

  play(netStream: NetStream, request: PlayRequest): void {
    let list = this.playing.get(netStream)
    if (list === undefined) {
      list = new PlayList(this.owner, netStream, () => this.playing.delete(netStream))
      this.playing.set(netStream, list)
    }
    if (request.how === 'reset') list.stop()
    list.add(request)
  }

  stop(netStream: NetStream): void {
    const list = this.playing.get(netStream)
    this.playing.delete(netStream)
    list?.stop()
  }

  pause(netStream: NetStream, isPaused: boolean, atMs: number | undefined): void {
    this.playing.get(netStream)?.pause(isPaused, atMs)
  }

  seek(netStream: NetStream, toMs: number): void {
    this.playing.get(netStream)?.seek(toMs)
  }

  receive(netStream: NetStream, kind: 'audio' | 'video', wanted: boolean): void {
    this.playing.get(netStream)?.receive(kind, wanted)
  }

  bufferChanged(netStream: NetStream): void {
    this.playing.get(netStream)?.bufferChanged()
  }

  /** Of a recording, in seconds; 0 for what is live, is not there, or may not be played. */
  lengthOf(name: string, query: string, answered: (seconds: number) => void): void {
    const { recordings, log } = this.owner
    const address = addressOf(this.owner, name)
    if (recordings === undefined || address === undefined) {
      answered(0)
      return
    }
    this.owner.mayDo('play', name, query, ({ allowed }) => {
      if (!allowed || this.lengthsAsked >= this.owner.limits.pendingCalls) {
        answered(0)
        return
      }
      this.lengthsAsked++
      const read = this.lengths.then(() => recordings.lengthOf(address))
      this.lengths = read
        .catch((error: unknown) => {
          log.warn({ err: error, name }, 'the length of a recording cannot be read')
          return 0
        })
        .then((seconds) => {
          this.lengthsAsked--
          answered(seconds)
        })
    })
  }
}
