/**
 * The byte in front of the AMF0 values of types 15, 16 and 17 [Errata §7.2]. Always 0: the body is AMF0 in which each
 * value may be switched to AMF3 by the marker 0x11.
 */
import { Amf0Marker } from '../../../amf/markers.js'
import { RtmpError } from '../../../util/errors.js'
import { MessageType } from '../message.js'

export const FORMAT_SELECTOR = 0

const withSelector: ReadonlySet<number> = new Set([
  MessageType.DataAmf3,
  MessageType.SharedObjectAmf3,
  MessageType.CommandAmf3,
])

export function hasFormatSelector(type: number): boolean {
  return withSelector.has(type)
}

/**
 * Where the values of a command or data message begin.
 *
 * [DEVIATION Errata §7.2: sloppy senders leave the selector out; the first value is a string, so its marker, plain or
 * behind 0x11, cannot be taken for one. rtmp.md 3.1]
 *
 * @param payload borrowed
 * @throws RtmpError RTMP_BAD_FORMAT_SELECTOR
 */
export function valuesStart(type: number, payload: Uint8Array): number {
  if (!hasFormatSelector(type)) return 0
  const first = payload[0]
  if (first === FORMAT_SELECTOR) return 1
  if (first === undefined || first === Amf0Marker.String || first === Amf0Marker.AvmPlus) return 0
  throw new RtmpError('RTMP_BAD_FORMAT_SELECTOR', `expected format selector 0, got ${first}`)
}
