/**
 * Which chunk stream we send on. One per kind of message, so that a long one of one kind need not be finished before
 * another kind is sent. Peers must not rely on it and ours does not [rtmp.md 2.5]; the values are those of FMS.
 */
import { MessageType } from '../message.js'

export const ChunkStreamId = {
  /** Spec: protocol control messages [RTMP §5.4]. */
  Control: 2,
  /** Commands of the connection. */
  Command: 3,
  SharedObject: 3,
  Audio: 4,
  /** onStatus of a message stream. */
  StreamStatus: 5,
  Video: 6,
  Data: 7,
} as const

const byType: ReadonlyMap<number, number> = new Map([
  [MessageType.Audio, ChunkStreamId.Audio],
  [MessageType.Video, ChunkStreamId.Video],
  [MessageType.Aggregate, ChunkStreamId.Video],
  [MessageType.Data, ChunkStreamId.Data],
  [MessageType.DataAmf3, ChunkStreamId.Data],
  [MessageType.SharedObject, ChunkStreamId.SharedObject],
  [MessageType.SharedObjectAmf3, ChunkStreamId.SharedObject],
  [MessageType.SetChunkSize, ChunkStreamId.Control],
  [MessageType.Abort, ChunkStreamId.Control],
  [MessageType.Acknowledgement, ChunkStreamId.Control],
  [MessageType.UserControl, ChunkStreamId.Control],
  [MessageType.WindowAcknowledgementSize, ChunkStreamId.Control],
  [MessageType.SetPeerBandwidth, ChunkStreamId.Control],
])

/** Media of a second and further message streams: three chunk streams for each, from here on. */
const FURTHER = 8
/** Numbers that another server gave its streams may be any u32; chunk streams end at 65 599. */
const FURTHER_MOST = 1_024
const furtherKinds: readonly number[] = [ChunkStreamId.Audio, ChunkStreamId.Video, ChunkStreamId.Data]

/**
 * The chunk stream for a message type. Commands of a message stream other than 0 have one of their own, and the media of
 * each message stream too: chunks of two streams may come between each other's when a slow player gets them one by one.
 */
export function chunkStreamIdFor(type: number, messageStreamId: number): number {
  const id = byType.get(type)
  const isFurther = messageStreamId > 1 && messageStreamId <= FURTHER_MOST
  const kind = isFurther && id !== undefined ? furtherKinds.indexOf(id) : -1
  if (kind >= 0) return FURTHER + (messageStreamId - 2) * furtherKinds.length + kind
  if (id !== undefined) return id
  return messageStreamId === 0 ? ChunkStreamId.Command : ChunkStreamId.StreamStatus
}
