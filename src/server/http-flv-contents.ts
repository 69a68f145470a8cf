/** What the header of a live FLV promises. */
import { AmfEcmaArray, AmfObject } from '../amf/value.js'
import type { FlvContents } from '../media/flv-writer.js'
import { decodeData } from '../rtmp/wire/message/data.js'
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'
import { GatewayError } from '../util/errors.js'
import { defaultLimits } from '../util/limits.js'

/** What a stream remembers for late players. */
export interface Remembered {
  readonly metadata: ReadonlyMap<string, Message>
  readonly headers: ReadonlyMap<unknown, Message>
}

/**
 * By the sequence headers there are and what the metadata names; both kinds when that is nothing. A player that was
 * promised sound waits for it before it shows a picture, while sound that was not promised is played all the same.
 */
export function contentsOf({ metadata, headers }: Remembered): FlvContents {
  const types = new Set(Array.from(headers.values(), ({ type }) => type))
  const names = namesIn(metadata.get('onMetaData'))
  const audio = types.has(MessageType.Audio) || names.has('audiocodecid')
  const video = types.has(MessageType.Video) || names.has('videocodecid')
  return audio || video ? { audio, video } : { audio: true, video: true }
}

function namesIn(message: Message | undefined): ReadonlySet<string> {
  if (message === undefined) return new Set()
  try {
    const [values] = decodeData(message, defaultLimits).args
    return new Set(values instanceof AmfObject || values instanceof AmfEcmaArray ? values.names : [])
  } catch (error) {
    if (error instanceof GatewayError) return new Set()
    throw error
  }
}
