/**
 * Set Peer Bandwidth [RTMP §5.4.5]: do not have more than that unacknowledged. Answered with a Window
 * Acknowledgement Size when it differs from the last one sent.
 *
 *   window size u32, bytes | limit type u8: 0 hard, 1 soft, 2 dynamic
 */
import { ByteWriter } from '../../../util/bytes.js'
import { controlReader } from './control-reader.js'

const limitTypes = ['hard', 'soft', 'dynamic'] as const
export type PeerBandwidthLimit = (typeof limitTypes)[number]

export interface SetPeerBandwidth {
  readonly windowSize: number
  readonly limitType: PeerBandwidthLimit
}

/** An unknown limit type counts as dynamic. @param payload borrowed @throws RtmpError RTMP_BAD_CONTROL */
export function decodeSetPeerBandwidth(payload: Uint8Array): SetPeerBandwidth {
  const reader = controlReader(payload)
  return { windowSize: reader.u32(), limitType: limitTypes[reader.u8()] ?? 'dynamic' }
}

/** @returns owned */
export function encodeSetPeerBandwidth({ windowSize, limitType }: SetPeerBandwidth): Uint8Array {
  const writer = new ByteWriter(5)
  writer.u32(windowSize)
  writer.u8(limitTypes.indexOf(limitType))
  return writer.finish()
}
