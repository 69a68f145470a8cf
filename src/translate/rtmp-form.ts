/** The forms in which RTMP clients get media: one for each message stream id and way to write data. */
import type { Form } from '../media/form.js'
import { dataToAmf0 } from '../rtmp/wire/message/data.js'
import { chunkStreamIdFor } from '../rtmp/wire/chunk/chunk-stream-id.js'
import { OUT_CHUNK_SIZE, cut, cutLength, cutPositions, writeChunks } from '../rtmp/wire/chunk/encoder.js'
import { MessageType } from '../rtmp/wire/message.js'
import type { ChunkedMessage, Message } from '../rtmp/wire/message.js'
import type { Limits } from '../util/limits.js'
import { bytesToSend } from '../util/bytes.js'

export class RtmpForms {
  private readonly forms = new Map<string, Form>()

  constructor(private readonly limits: Limits) {}

  /** @param objectEncoding 0: data that came as AMF3 is converted, or left out where AMF0 has no word for it */
  get(messageStreamId: number, objectEncoding: 0 | 3): Form {
    const name = `rtmp ${messageStreamId}${objectEncoding === 3 ? ' amf3' : ''}`
    let form = this.forms.get(name)
    if (form === undefined)
      this.forms.set(name, (form = new RtmpForm(name, messageStreamId, objectEncoding, this.limits)))
    return form
  }
}

class RtmpForm implements Form {
  constructor(
    readonly name: string,
    private readonly messageStreamId: number,
    private readonly objectEncoding: 0 | 3,
    private readonly limits: Limits,
  ) {}

  cut(message: Message): Uint8Array | undefined {
    const chunked = this.chunked(message)
    return chunked && cut(chunked, OUT_CHUNK_SIZE)
  }

  cutAll(messages: readonly Message[]): Uint8Array {
    const chunked: ChunkedMessage[] = []
    let length = 0
    for (const message of messages) {
      const one = this.chunked(message)
      if (one === undefined) continue
      chunked.push(one)
      length += cutLength(one, OUT_CHUNK_SIZE)
    }
    const bytes = bytesToSend(length)
    let at = 0
    for (const one of chunked) at = writeChunks(bytes, at, one, OUT_CHUNK_SIZE)
    return bytes
  }

  split(message: Message, bytes: Uint8Array): readonly Uint8Array[] {
    const chunked = this.chunked(message)
    if (chunked === undefined) return [bytes]
    const positions = cutPositions(chunked, OUT_CHUNK_SIZE)
    return positions.map((at, index) => bytes.subarray(at, positions[index + 1]))
  }

  /** The message as these players get it; undefined when it cannot be said in their encoding. */
  private chunked(message: Message): ChunkedMessage | undefined {
    const isForeign = message.type === MessageType.DataAmf3 && this.objectEncoding === 0
    const known = isForeign ? dataToAmf0(message, this.limits) : message
    if (known === undefined) return undefined
    const { type, timestamp, payload } = known
    const { messageStreamId } = this
    const chunkStreamId = chunkStreamIdFor(type, messageStreamId)
    return { type, timestamp, messageStreamId, payload, chunkStreamId }
  }
}
