/**
 * A second chunk reader, as plain as the text allows: all bytes at hand, no limits, no state between calls. It is the
 * judge of the real one and shares no code with it.
 */
export interface NaiveMessage {
  csid: number
  type: number
  streamId: number
  timestamp: number
  payload: number[]
}

interface Header {
  timestamp: bigint
  delta: bigint
  length: number
  type: number
  streamId: number
  extended: bigint | null
  payload: number[]
}

const WRAP = 2n ** 32n

/** Every message that `bytes` complete; null when they break a rule. */
export function readNaively(bytes: Uint8Array, initialChunkSize = 128): NaiveMessage[] | null {
  const messages: NaiveMessage[] = []
  const headers = new Map<number, Header>()
  let rest = [...bytes]
  let chunkSize = initialChunkSize
  const number = (digits: number[]): bigint => digits.reduce((sum, digit) => sum * 256n + BigInt(digit), 0n)

  while (rest.length > 0) {
    // basic header
    const fmt = Math.floor(rest[0]! / 64)
    let csid = rest[0]! % 64
    let used = 1
    if (csid < 2) {
      used = csid + 2
      if (rest.length < used) return messages
      csid = used === 2 ? 64 + rest[1]! : 64 + rest[1]! + rest[2]! * 256
    }
    let header = headers.get(csid)
    if (header === undefined && fmt >= 2) return null

    // message header
    const fieldLength = { 0: 11, 1: 7, 2: 3, 3: 0 }[fmt]!
    if (rest.length < used + fieldLength) return messages
    const fields = rest.slice(used, used + fieldLength)
    used += fieldLength
    header ??= { timestamp: 0n, delta: 0n, length: 0, type: 0, streamId: 0, extended: null, payload: [] }
    const isInside = header.payload.length > 0

    // extended timestamp
    let time = fmt < 3 ? number(fields.slice(0, 3)) : header.delta
    if (fmt < 3) header.extended = null
    const following = rest.slice(used, used + 4)
    if (fmt < 3 && time === 0xffffffn) {
      if (following.length < 4) return messages
      time = header.extended = number(following)
      used += 4
    } else if (fmt === 3 && header.extended !== null) {
      const known = [24n, 16n, 8n, 0n].map((shift) => Number((header.extended! >> shift) % 256n))
      const agrees = following.every((byte, index) => byte === known[index])
      if (!isInside || agrees) {
        if (following.length < 4) return messages
        if (!isInside) time = header.extended = number(following)
        used += 4
      }
    }

    if (isInside && fmt === 0) return null
    if (isInside && fmt === 1 && Number(number(fields.slice(3, 6))) !== header.length) return null

    headers.set(csid, header)
    if (!isInside) {
      header.delta = time
      header.timestamp = fmt === 0 ? time : (header.timestamp + time) % WRAP
      if (fmt < 2) {
        header.length = Number(number(fields.slice(3, 6)))
        header.type = fields[6]!
      }
      if (fmt === 0) header.streamId = Number(number(fields.slice(7).reverse()))
    }

    // payload
    const wanted = Math.min(chunkSize, header.length - header.payload.length)
    if (rest.length < used + wanted) return messages
    header.payload.push(...rest.slice(used, used + wanted))
    rest = rest.slice(used + wanted)
    if (header.payload.length < header.length) continue
    const { type, streamId, timestamp, payload } = header
    header.payload = []
    if (type === 1) {
      if (payload.length < 4) return null
      const size = Number(number(payload.slice(0, 4)))
      if (size === 0 || size >= 2 ** 31) return null
      chunkSize = size
    }
    if (type === 2) {
      if (payload.length < 4) return null
      const aborted = headers.get(Number(number(payload.slice(0, 4))))
      if (aborted !== undefined) aborted.payload = []
    }
    messages.push({ csid, type, streamId, timestamp: Number(timestamp), payload })
  }
  return messages
}
