/** An FLV that a client sends, by HTTP or WebSocket, as the publication of a stream. */
import type { Readable } from 'node:stream'
import { FlvReader } from '../media/flv-reader.js'
import type { FlvSink } from '../media/flv-reader.js'
import type { Publication, Publisher } from '../media/publication.js'
import type { Stream } from '../media/stream.js'
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'
import { relayData } from '../translate/publish-data.js'
import { GatewayError } from '../util/errors.js'
import type { Limits } from '../util/limits.js'
import type { Log } from '../util/log.js'
import { guarded } from './guard.js'
import { SHUTDOWN } from './http-flv-answers.js'
import type { Holder, Unfinished } from './unfinished.js'

/** What the client is told, once. */
export interface PublisherAnswer {
  /** All of it has been published. */
  accept(): void
  /** It may be sending still. @param status as of HTTP */
  refuse(status: number, sentence: string): void
}

export class FlvPublisher implements Publisher, FlvSink, Holder {
  private readonly reader: FlvReader
  private publication: Publication | undefined

  constructor(
    private readonly source: Readable,
    private readonly answer: PublisherAnswer,
    private readonly limits: Limits,
    private readonly log: Log,
    private readonly unfinished: Unfinished,
    /** As `ReadRests.rest`. What is written to the client is the end of the publication: nothing else is lost by it. */
    readonly rest: (ms: number) => boolean,
  ) {
    this.reader = new FlvReader(this, limits)
  }

  /** Publish what comes from the source until it ends, breaks off or makes no sense. What was whole before that counts. */
  start(stream: Stream): void {
    const { source, reader } = this
    this.publication = stream.publish(this)
    if (this.publication === undefined) {
      this.answer.refuse(409, `${stream.address.name} is already published.`)
      return
    }
    source.on('data', (bytes: Uint8Array) => this.take(() => reader.receive(bytes)))
    source.once('end', () => {
      this.take(() => reader.end())
      if (this.stop()) this.answer.accept()
    })
    source.once('close', () => this.stop())
    source.once('close', this.unfinished.watch(this))
  }

  /** The node ends. */
  shutDown(): void {
    if (this.stop()) this.answer.refuse(503, SHUTDOWN)
  }

  // --- Publisher

  replaced(): void {
    if (this.stop()) this.answer.refuse(409, 'Somebody else publishes the stream now.')
  }

  // --- Holder

  get unfinishedBytes(): number {
    return this.reader.unfinishedBytes
  }

  fail({ message }: Error): void {
    if (this.stop()) this.answer.refuse(503, message)
  }

  // --- FlvSink

  message(message: Message): void {
    const { publication } = this
    const isMedia = message.type === MessageType.Audio || message.type === MessageType.Video
    if (publication === undefined) return
    if (isMedia) publication.media(message)
    else this.data(publication, message)
  }

  /** A script tag that cannot be read, or names no handler, means nothing to anybody: it is left out, as players do. */
  private data(publication: Publication, message: Message): void {
    try {
      relayData(publication, message, this.limits)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
    }
  }

  private take(read: () => void): void {
    if (this.publication === undefined) return
    let refusal: [status: number, sentence: string] | undefined
    const isSound = guarded(this.log, () => {
      try {
        read()
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error
        refusal = [400, error.message]
      }
    })
    if (!isSound) refusal = [500, 'This should not have happened.']
    if (refusal !== undefined && this.stop()) this.answer.refuse(...refusal)
  }

  /** @returns whether it was publishing until now */
  private stop(): boolean {
    const { publication } = this
    this.publication = undefined
    publication?.end()
    return publication !== undefined
  }
}
