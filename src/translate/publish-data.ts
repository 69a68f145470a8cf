/** Data messages of a publisher: what is remembered for those who come, and what only passes [rtmp.md 3.8]. */
import { Amf0Marker } from '../amf/markers.js'
import type { Publication } from '../media/publication.js'
import { decodeData, encodeData } from '../rtmp/wire/message/data.js'
import type { DataMessage } from '../rtmp/wire/message/data.js'
import { valuesStart } from '../rtmp/wire/message/format-selector.js'
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'
import { concat } from '../util/bytes.js'
import type { Limits } from '../util/limits.js'
import { utf8Length } from '../util/utf8.js'

const SET_DATA_FRAME = '@setDataFrame'
const CLEAR_DATA_FRAME = '@clearDataFrame'

/** State of the stream although nobody said `@setDataFrame`: players need them before the first picture. */
const remembered: ReadonlySet<string> = new Set(['onMetaData', '|RtmpSampleAccess'])

/**
 * `@setDataFrame` stores and passes on without its first word, `@clearDataFrame` forgets, anything else (onCuePoint,
 * onFI, onTextData, what the app made up) is `NetStream.send` and goes to the players as it is.
 * @throws RtmpError, AmfError the message cannot be read
 */
export function relayData(publication: Publication, message: Message, limits: Limits): void {
  const data = decodeData(message, limits)
  const { handler, args } = data
  const [first] = args
  const name = typeof first === 'string' ? first : ''
  if (handler === SET_DATA_FRAME) {
    if (name !== '') publication.metadata(name, withoutFirstWord(message, data, name))
  } else if (handler === CLEAR_DATA_FRAME) publication.metadata(name, undefined)
  else if (remembered.has(handler)) publication.metadata(handler, message)
  else publication.data(message)
}

/** The message with its first argument as handler. The bytes of the values stay as they came. */
function withoutFirstWord(message: Message, { handler, args }: DataMessage, name: string): Message {
  const { type, payload } = message
  const start = valuesStart(type, payload)
  if (payload[start] === Amf0Marker.String) {
    const rest = payload.subarray(start + STRING_HEAD + utf8Length(handler))
    return { ...message, payload: concat([payload.subarray(0, start), rest]) }
  }
  const isAmf3 = type === MessageType.DataAmf3
  const encoded = encodeData(
    { handler: name, args: args.slice(1) },
    isAmf3 ? MessageType.DataAmf3 : MessageType.Data,
  )
  return { ...message, payload: encoded }
}

const STRING_HEAD = 3 // marker and u16 length [AMF0 §2.4]
