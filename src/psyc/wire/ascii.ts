/** The bytes that mean something in the text syntaxes [psyc.md 2.1]. */

export const Byte = {
  Nul: 0,
  Tab: 9,
  Lf: 10,
  Cr: 13,
  Space: 32,
  Hash: 0x23,
  Dot: 0x2e,
  Colon: 0x3a,
  Equals: 0x3d,
  Pipe: 0x7c,
  OpenBrace: 0x7b,
  CloseBrace: 0x7d,
} as const

/** 1 for the bytes that a keyword may hold: letters, digits, underscore. */
export const keywordBytes: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[0-9A-Za-z_]/.test(String.fromCharCode(byte)) && byte < 0x80 ? 1 : 0,
)

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

/** More digits than this are refused, so that a length is always an exact number [psyc.md 2.8]. */
export const LENGTH_DIGITS = 15
