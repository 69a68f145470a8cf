/**
 * Aggregate [RTMP §7.1.6]: several audio, video and data messages in one, like the tags of an FLV file.
 *
 *   repeat: type u8 | length u24 | timestamp u24 | timestamp's top byte u8 | message stream ID u24 | payload | 11 + length u32
 *
 * The message stream is that of the aggregate, and so is the time: the first part has the timestamp of the aggregate,
 * the others keep their distance to it.
 */
import { ByteReader } from '../../../util/bytes.js'
import { RtmpError } from '../../../util/errors.js'
import { add32 } from '../../../util/serial32.js'
import type { Message } from '../message.js'
import { MessageType } from '../message.js'

const unpacked: ReadonlySet<number> = new Set([
  MessageType.Audio,
  MessageType.Video,
  MessageType.Data,
  MessageType.DataAmf3,
])

function tooShort(offset: number): never {
  throw new RtmpError('RTMP_BAD_AGGREGATE', 'the last part of the aggregate is cut off', offset)
}

/**
 * @param aggregate its payload stays shared: the parts are views of it
 * @param onPart called for every audio, video and data message in order; parts of other types are skipped
 * @throws RtmpError RTMP_BAD_AGGREGATE  a part does not fit, or is an aggregate itself; the parts before it were given
 */
export function unpackAggregate(aggregate: Message, onPart: (part: Message) => void): void {
  const { payload, messageStreamId } = aggregate
  const reader = new ByteReader(payload, tooShort)
  let shift: number | undefined
  while (reader.remaining > 0) {
    const offset = reader.offset
    const type = reader.u8()
    if (type === MessageType.Aggregate)
      throw new RtmpError('RTMP_BAD_AGGREGATE', 'an aggregate inside an aggregate', offset)
    const length = reader.u24()
    const ownTimestamp = (reader.u24() | (reader.u8() << 24)) >>> 0
    reader.u24() // its own message stream ID, overruled
    const part = reader.subarray(length)
    reader.u32() // distance back to the start of the part: for reading files backwards
    shift ??= add32(aggregate.timestamp, -ownTimestamp)
    if (unpacked.has(type))
      onPart({ type, timestamp: add32(ownTimestamp, shift), messageStreamId, payload: part })
  }
}
