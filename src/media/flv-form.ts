/** The forms in which files, HTTP and WebSocket players get media: FLV tags, without the file header. */
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'
import { dataToAmf0 } from '../rtmp/wire/message/data.js'
import { bytesToSend, noBytes } from '../util/bytes.js'
import { defaultLimits } from '../util/limits.js'
import { httpChunk, webSocketMessage } from './envelope.js'
import type { Envelope } from './envelope.js'
import { FLV_MOST_TAG_BYTES, flvTagLength, writeFlvTag } from './flv-writer.js'
import type { Form } from './form.js'

const tagTypes: ReadonlySet<number> = new Set([MessageType.Audio, MessageType.Video, MessageType.Data])

/**
 * One tag a message. Metadata and `NetStream.send` become script tags (type 18).
 * [CHOICE: AMF3 data (type 15) is converted to AMF0, or left out where AMF0 has no word for it: no reader of FLV knows
 * tags of type 15, and ffmpeg takes them for a broken file.]
 */
class FlvForm implements Form {
  /** @param envelope around each buffer, however many tags it holds */
  constructor(
    readonly name: string,
    private readonly envelope: Envelope,
  ) {}

  cut(message: Message): Uint8Array | undefined {
    const bytes = this.cutAll([message])
    return bytes.length === 0 ? undefined : bytes
  }

  cutAll(messages: readonly Message[]): Uint8Array {
    const tags: Message[] = []
    let length = 0
    for (const message of messages) {
      const converted = dataToAmf0(message, defaultLimits)
      if (converted === undefined || !canBeTag(converted)) continue
      tags.push(converted)
      length += flvTagLength(converted)
    }
    return length === 0 ? noBytes : this.enclose(tags, length)
  }

  private enclose(tags: readonly Message[], length: number): Uint8Array {
    const { envelope } = this
    const head = envelope.head(length)
    const bytes = bytesToSend(head.length + length + envelope.tail.length)
    bytes.set(head)
    let at = head.length
    for (const tag of tags) at = writeFlvTag(bytes, at, tag)
    bytes.set(envelope.tail, at)
    return bytes
  }
}

function canBeTag({ type, payload }: Message): boolean {
  return tagTypes.has(type) && payload.length <= FLV_MOST_TAG_BYTES
}

/** The tags alone: for files, and for HTTP/1.0. */
export const flvForm: Form = new FlvForm('flv', { head: () => noBytes, tail: noBytes })

/** In chunks of HTTP/1.1. */
export const httpFlvForm: Form = new FlvForm('flv http', httpChunk)

/** In binary messages of WebSocket. */
export const webSocketFlvForm: Form = new FlvForm('flv websocket', webSocketMessage)
