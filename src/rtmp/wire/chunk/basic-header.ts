/**
 * Chunk basic header [RTMP §5.3.1.1], 1 to 3 bytes: fmt in the top two bits, the chunk stream ID in one of three forms.
 *
 *   fmt u2 | 2..63 u6                               the ID itself
 *   fmt u2 | 0 u6  | ID - 64 u8                     64..319
 *   fmt u2 | 1 u6  | ID - 64 u16 LITTLE-endian      64..65599
 *
 * Any form that can hold an ID may be used for it; we write the shortest.
 */

/** The fmt field: how much of the message header follows. */
export const ChunkType = { Full: 0, SameStream: 1, SameLength: 2, Continue: 3 } as const
export type ChunkType = (typeof ChunkType)[keyof typeof ChunkType]

const TWO_BYTE_FORM = 0
const THREE_BYTE_FORM = 1

/** @param first the first byte of the header @returns 1, 2 or 3 */
export function basicHeaderLength(first: number): number {
  const low = first & 0x3f
  if (low === TWO_BYTE_FORM) return 2
  return low === THREE_BYTE_FORM ? 3 : 1
}

export function chunkTypeOf(first: number): ChunkType {
  return (first >> 6) as ChunkType // two bits of a byte: 0..3
}

/** @param bytes borrowed; hold the whole basic header at `at` */
export function readChunkStreamId(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) & 0x3f
  if (low > THREE_BYTE_FORM) return low
  const second = bytes[at + 1] ?? 0
  return low === TWO_BYTE_FORM ? 64 + second : 64 + second + 256 * (bytes[at + 2] ?? 0)
}

/** @returns how many bytes `writeBasicHeader` takes for this ID */
export function basicHeaderLengthFor(chunkStreamId: number): number {
  if (chunkStreamId < 64) return 1
  return chunkStreamId < 320 ? 2 : 3
}

/** @returns the offset behind the header */
export function writeBasicHeader(
  into: Uint8Array,
  at: number,
  fmt: ChunkType,
  chunkStreamId: number,
): number {
  const length = basicHeaderLengthFor(chunkStreamId)
  const top = fmt << 6
  const rest = chunkStreamId - 64
  if (length === 1) into[at] = top | chunkStreamId
  else {
    into[at] = top | (length === 2 ? TWO_BYTE_FORM : THREE_BYTE_FORM)
    into[at + 1] = rest & 0xff
    if (length === 3) into[at + 2] = rest >> 8
  }
  return at + length
}
