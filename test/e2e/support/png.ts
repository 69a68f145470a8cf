/** Is there a picture in a screenshot? PNG as Chromium writes it: 8 bits, RGB or RGBA, not interlaced. */
import { inflateSync } from 'node:zlib'

const SIGNATURE_BYTES = 8
const channelsOf: Readonly<Record<number, number>> = { 2: 3, 6: 4 }

/** How many different colours. A blank page has a few, a video many hundreds. */
export function countColours(png: Uint8Array): number {
  const { pixels, channels } = decodePng(Buffer.from(png))
  const colours = new Set<number>()
  for (let at = 0; at + 2 < pixels.length; at += channels)
    colours.add(((pixels[at] ?? 0) << 16) | ((pixels[at + 1] ?? 0) << 8) | (pixels[at + 2] ?? 0))
  return colours.size
}

function decodePng(png: Buffer): { pixels: Uint8Array; channels: number } {
  const parts: Buffer[] = []
  let [width, height, channels] = [0, 0, 0]
  for (let at = SIGNATURE_BYTES; at < png.length;) {
    const length = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + 8)
    const data = png.subarray(at + 8, at + 8 + length)
    if (type === 'IHDR') {
      ;[width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)]
      channels = channelsOf[data[9] ?? 0] ?? 0
      if (data[8] !== 8 || channels === 0 || data[12] !== 0) throw new Error('a PNG of another kind')
    } else if (type === 'IDAT') parts.push(data)
    at += length + 12
  }
  return { pixels: unfilter(inflateSync(Buffer.concat(parts)), width * channels, height, channels), channels }
}

/** Each line begins with the filter it was written with [PNG 9.2]. */
function unfilter(lines: Uint8Array, width: number, height: number, channels: number): Uint8Array {
  const pixels = new Uint8Array(width * height)
  for (let row = 0; row < height; row++) {
    const filter = lines[row * (width + 1)] ?? 0
    for (let column = 0; column < width; column++) {
      const at = row * width + column
      const left = column < channels ? 0 : (pixels[at - channels] ?? 0)
      const up = row === 0 ? 0 : (pixels[at - width] ?? 0)
      const corner = row === 0 || column < channels ? 0 : (pixels[at - width - channels] ?? 0)
      const raw = lines[row * (width + 1) + 1 + column] ?? 0
      pixels[at] = raw + predicted(filter, left, up, corner)
    }
  }
  return pixels
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  return filter === 4 ? paeth(left, up, corner) : 0
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) => Math.abs(estimate - value)) as [
    number,
    number,
    number,
  ]
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}
