/** Payloads out of what was read. */

/**
 * bytes[at, at + length) as media that is kept for a while: a view when it is at least half of the memory that it keeps
 * alive, the whole read or more, else a copy. Never a Buffer, whatever the source gave.
 */
export function mediaPayload(bytes: Uint8Array, at: number, length: number): Uint8Array {
  const { buffer, byteOffset } = bytes
  return 2 * length >= buffer.byteLength
    ? new Uint8Array(buffer, byteOffset + at, length)
    : copied(bytes, at, length)
}

/** bytes[at, at + length), owned. */
export function copied(bytes: Uint8Array, at: number, length: number): Uint8Array {
  const copy = new Uint8Array(length)
  copy.set(bytes.subarray(at, at + length))
  return copy
}
