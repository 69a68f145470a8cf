/** How a stream is written to a server that we publish to: as RTMP clients get it, but metadata is to be kept there. */
import type { Form } from '../../media/form.js'
import { decodeData, encodeData } from '../../rtmp/wire/message/data.js'
import { chunkStreamIdFor } from '../../rtmp/wire/chunk/chunk-stream-id.js'
import { OUT_CHUNK_SIZE, cut } from '../../rtmp/wire/chunk/encoder.js'
import { dataToAmf0 } from '../../rtmp/wire/message/data.js'
import { MessageType } from '../../rtmp/wire/message.js'
import type { Message } from '../../rtmp/wire/message.js'
import { concat } from '../../util/bytes.js'
import { GatewayError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'

const kept = 'onMetaData'
/** Said by the server to its players, so it is not for us to say. */
const notPushed: ReadonlySet<string> = new Set(['|RtmpSampleAccess'])

/** Forms are shared: pushes of one stream to many servers cut each message once. */
export class PushForms {
  private readonly forms = new Map<number, Form>()

  constructor(private readonly limits: Limits) {}

  get(messageStreamId: number): Form {
    let form = this.forms.get(messageStreamId)
    if (form === undefined) this.forms.set(messageStreamId, (form = this.make(messageStreamId)))
    return form
  }

  private make(messageStreamId: number): Form {
    return {
      name: `push ${messageStreamId}`,
      cut: (message) => {
        const published = asPublished(message, this.limits)
        if (published === undefined) return undefined
        const chunkStreamId = chunkStreamIdFor(published.type, messageStreamId)
        return cut({ ...published, messageStreamId, chunkStreamId }, OUT_CHUNK_SIZE)
      },
    }
  }
}

/** @returns undefined for what is not published, or has no form in AMF0 */
export function asPublished(message: Message, limits: Limits): Message | undefined {
  if (message.type === MessageType.Audio || message.type === MessageType.Video) return message
  const data = dataToAmf0(message, limits)
  if (data === undefined) return undefined
  const handler = handlerOf(data, limits)
  if (handler === undefined || notPushed.has(handler)) return undefined
  return handler === kept ? { ...data, payload: concat([setDataFrame, data.payload]) } : data
}

/** The handler of a data message; undefined when it cannot be read. */
export function handlerOf(message: Message, limits: Limits): string | undefined {
  try {
    return decodeData(message, limits).handler
  } catch (error) {
    if (error instanceof GatewayError) return undefined
    throw error
  }
}

const setDataFrame = encodeData({ handler: '@setDataFrame', args: [] }, MessageType.Data)
