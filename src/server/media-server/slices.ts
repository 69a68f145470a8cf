/** Pictures that come in several slices, each with the head of an FLV video message, joined to one message. */

/** What is needed of node-media-server's packets. `data` is an FLV payload. */
export interface Slice {
  readonly flags: number
  readonly dts: number
  readonly data: Buffer
}

const HEADER = 2 // node-media-server's flags of a packet: a sequence header of pictures,
const KEY = 3 // part of a keyframe,
const INTER = 4 // or of another one
const EX_HEADER = 0x80
const CODED_FRAMES = 1 // with a composition time, three bytes longer than without
const AVC_HEAD = 5

/**
 * Sound that comes between the slices of a picture, and a header that comes after its delimiter, go ahead of it.
 *
 * @param open the slices of a picture that has not ended
 * @param packets of one RTP packet
 * @param isEnd the RTP marker: if these are slices, the picture ends with them
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
    const isPicture = isSlice(packet) || packet.flags === HEADER
    if (isPicture && packet.dts !== slices[0]?.dts) finish()
    if (isSlice(packet)) slices.push(packet)
    else whole.push(packet)
  }
  if (isEnd && packets.some(isSlice)) finish()
  return { whole, open: slices }
}

function isSlice({ flags }: Slice): boolean {
  return flags === KEY || flags === INTER
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
