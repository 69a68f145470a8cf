/** One camera as publisher of a stream: checked FLV tags in, a publication that is tried again while the name is taken. */
import { FlvReader } from '../../media/flv-reader.js'
import { flvHeader } from '../../media/flv-writer.js'
import type { Hub } from '../../media/hub.js'
import type { Publication } from '../../media/publication.js'
import type { StreamAddress } from '../../media/stream-address.js'
import { MessageType } from '../../rtmp/wire/message.js'
import type { Message } from '../../rtmp/wire/message.js'
import { GatewayError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import type { Clock } from '../../util/timers.js'

const TRY_MS = 2_000 // ours: how often a name that is taken is asked for again

/** What a late start needs, since a camera says it once. */
type Remembered = 'metadata' | 'audio' | 'video'

export class CameraStream {
  private readonly reader: FlvReader
  private readonly remembered = new Map<Remembered, Message>()
  private publication: Publication | undefined
  private triedAt = -Infinity

  constructor(
    readonly address: StreamAddress,
    private readonly hub: Hub,
    private readonly clock: Clock,
    limits: Limits,
    private readonly log: Log,
    private readonly isHeader: (message: Message) => boolean,
  ) {
    this.reader = new FlvReader({ message: (message) => this.message(message) }, limits)
    this.reader.receive(flvHeader({ audio: true, video: true }))
  }

  get isPublished(): boolean {
    return this.publication !== undefined
  }

  /**
   * Whole tags, shared.
   * @throws GatewayError  they are none: call no more
   */
  take(bytes: Uint8Array): void {
    this.reader.receive(bytes)
  }

  end(): void {
    const { publication } = this
    this.publication = undefined
    publication?.end()
  }

  private message(message: Message): void {
    const kind = this.kindOf(message)
    if (kind !== undefined) this.remembered.set(kind, message)
    if (this.publication === undefined && (!this.publish() || kind !== undefined)) return
    if (kind === 'metadata') this.publication?.metadata('onMetaData', message)
    else this.publication?.media(message)
  }

  private kindOf(message: Message): Remembered | undefined {
    if (message.type === MessageType.Data) return 'metadata'
    if (!this.isHeader(message)) return undefined
    return message.type === MessageType.Audio ? 'audio' : 'video'
  }

  /** @returns whether it has begun, with all that is remembered */
  private publish(): boolean {
    if (this.clock.now() - this.triedAt < TRY_MS) return false
    this.triedAt = this.clock.now()
    const { address } = this
    this.publication = this.hub.open(address).publish({
      replaced: () => {
        this.publication = undefined
        this.triedAt = this.clock.now()
      },
    })
    const { app, instance, name } = address
    const isPublished = this.publication !== undefined
    if (isPublished) this.log.info({ app, instance, name }, 'a camera is published')
    else this.log.warn({ app, instance, name }, 'a camera waits: somebody else publishes under its name')
    for (const [kind, message] of this.remembered) {
      if (kind === 'metadata') this.publication?.metadata('onMetaData', message)
      else this.publication?.media(message)
    }
    return isPublished
  }
}

/** Whether the error says that the camera's bytes are wrong. */
export function isBadMedia(error: unknown): boolean {
  return error instanceof GatewayError
}
