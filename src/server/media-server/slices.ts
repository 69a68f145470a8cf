/** Pictures that come in several slices, each with the head of an FLV video message, joined to one message. */

/** What is needed of node-media-server's packets. `data` is an FLV payload. */
export interface Slice {
  readonly flags: number
  readonly dts: number
  readonly data: Buffer
}

const KEY = 3 // node-media-server's flags of a packet: part of a keyframe
const INTER = 4 // or of another one
const EX_HEADER = 0x80
const CODED_FRAMES = 1 // with a composition time, three bytes longer than without
const AVC_HEAD = 5

/**
 * @param open the slices of a picture that has not ended
 * @param isEnd the RTP marker: the picture ends with these
 * @returns what is whole, in order, and what is still open
 */
export function joinSlices<T extends Slice>(
  open: readonly T[],
  packets: readonly T[],
  isEnd: boolean,
): { whole: T[]; open: T[] } {
  const whole: T[] = []
  let slices = [...open]
  const finish = (): void => {
    const [first] = slices
    if (first !== undefined) whole.push(joined(first, slices))
    slices = []
  }
  for (const packet of packets) {
    const isSlice = packet.flags === KEY || packet.flags === INTER
    if (!isSlice || packet.dts !== slices[0]?.dts) finish()
    if (isSlice) slices.push(packet)
    else whole.push(packet)
  }
  if (isEnd) finish()
  return { whole, open: slices }
}

function joined<T extends Slice>(first: T, slices: readonly T[]): T {
  if (slices.length === 1) return first
  const key = slices.find(({ flags }) => flags === KEY) ?? first
  const head = headLength(first.data)
  const data = Buffer.concat([key.data.subarray(0, head), ...slices.map((each) => each.data.subarray(head))])
  return { ...key, data, size: data.length }
}

function headLength(data: Buffer): number {
  const first = data[0] ?? 0
  return (first & EX_HEADER) !== 0 && (first & 15) === CODED_FRAMES ? AVC_HEAD + 3 : AVC_HEAD
}
