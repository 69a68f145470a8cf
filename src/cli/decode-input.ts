/** Standard input as bytes, bounded. */

/** Bytes of standard input, as they come: hex text counts as text. */
export const MAX_INPUT_BYTES = 64 * 1024 * 1024

export class InputError extends Error {}

/**
 * @returns owned
 * @throws InputError  when there is more than `maxBytes`
 */
export async function readAll(
  input: AsyncIterable<Uint8Array | string>,
  maxBytes = MAX_INPUT_BYTES,
): Promise<Uint8Array> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of input) {
    const bytes =
      typeof piece === 'string'
        ? Buffer.from(piece)
        : Buffer.from(piece.buffer, piece.byteOffset, piece.length)
    length += bytes.length
    if (length > maxBytes)
      throw new InputError(`more than ${maxBytes} bytes on standard input; cut it, e.g. with head -c`)
    pieces.push(bytes)
  }
  return new Uint8Array(Buffer.concat(pieces, length))
}

/**
 * The bytes that hex text means; blanks and line ends may be anywhere.
 * @throws InputError  for anything else, with its offset
 */
export function bytesOfHex(text: Uint8Array): Uint8Array {
  const digits = Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1')
  const wrong = digits.search(/[^0-9a-fA-F\s]/)
  if (wrong >= 0)
    throw new InputError(`no hex digit: ${JSON.stringify(digits.charAt(wrong))} (offset ${wrong})`)
  const compact = digits.replace(/\s+/g, '')
  if (compact.length % 2 !== 0)
    throw new InputError(`half a byte at the end: ${compact.length} hex digits (offset ${digits.length})`)
  return new Uint8Array(Buffer.from(compact, 'hex'))
}
