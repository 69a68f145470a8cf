/** RTMP messages as the chunk stream carries them [RTMP §5.3, §7.1]. */

export const MessageType = {
  SetChunkSize: 1,
  Abort: 2,
  Acknowledgement: 3,
  UserControl: 4,
  WindowAcknowledgementSize: 5,
  SetPeerBandwidth: 6,
  Audio: 8,
  Video: 9,
  DataAmf3: 15,
  SharedObjectAmf3: 16,
  CommandAmf3: 17,
  Data: 18,
  SharedObject: 19,
  Command: 20,
  Aggregate: 22,
} as const
export type MessageType = (typeof MessageType)[keyof typeof MessageType]

export interface Message {
  /** A `MessageType`, or a number that nobody defined. */
  readonly type: number
  /** ms, u32, wraps. */
  readonly timestamp: number
  readonly messageStreamId: number
  /** Shared: immutable from now on, may be kept. */
  readonly payload: Uint8Array
}

/** A message with the chunk stream it came on or goes out on. */
export interface ChunkedMessage extends Message {
  readonly chunkStreamId: number
}
