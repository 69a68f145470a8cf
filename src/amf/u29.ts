/**
 * Unsigned 29-bit integers of 1 to 4 bytes [AMF3 §1.3.1]: seven bits a byte, the high bit says that another byte
 * follows; the fourth byte gives all its eight bits.
 */
import type { ByteReader, ByteWriter } from '../util/bytes.js'

export const int29Min = -0x10000000
export const int29Max = 0x0fffffff

/** 0 … 2²⁹ - 1; forms longer than needed are accepted. */
export function readU29(reader: ByteReader): number {
  const first = reader.u8()
  if (first < 0x80) return first
  const second = reader.u8()
  if (second < 0x80) return ((first & 0x7f) << 7) | second
  const third = reader.u8()
  const high = ((first & 0x7f) << 14) | ((second & 0x7f) << 7)
  if (third < 0x80) return high | third
  return ((high | (third & 0x7f)) << 8) | reader.u8()
}

/** The same bits as a signed number, -2²⁸ … 2²⁸ - 1. */
export function toInt29(u29: number): number {
  return (u29 << 3) >> 3
}

/** True for what AMF3 writes as an integer; -0 is a double. */
export function isInt29(value: number): boolean {
  return (value | 0) === value && value >= int29Min && value <= int29Max && !Object.is(value, -0)
}

/** Write the lower 29 bits of `value` in the shortest form; so a negative int29 works too. */
export function writeU29(writer: ByteWriter, value: number): void {
  const bits = value & 0x1fffffff
  if (bits < 0x80) {
    writer.u8(bits)
  } else if (bits < 0x4000) {
    writer.u16((0x80 << 8) | ((bits >> 7) << 8) | (bits & 0x7f))
  } else if (bits < 0x200000) {
    writer.u24(0x808000 | ((bits >> 14) << 16) | (((bits >> 7) & 0x7f) << 8) | (bits & 0x7f))
  } else {
    writer.u24(0x808080 | ((bits >> 22) << 16) | (((bits >> 15) & 0x7f) << 8) | ((bits >> 8) & 0x7f))
    writer.u8(bits & 0xff)
  }
}
