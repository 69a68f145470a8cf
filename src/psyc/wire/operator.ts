/** The glyphs that begin a modifier [psyc.md 2.4]. */
import type { Operator } from './packet.js'

const glyphs: readonly Operator[] = [':', '=', '+', '-', '@', '?', '!']

const byByte: readonly (Operator | undefined)[] = Array.from({ length: 256 }, (_, byte) =>
  glyphs.find((glyph) => glyph.charCodeAt(0) === byte),
)

export function operatorOfByte(byte: number | undefined): Operator | undefined {
  return byByte[byte ?? 0]
}
