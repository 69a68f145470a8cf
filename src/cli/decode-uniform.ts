/** `decode uniform`: `{"uniform", "parts"}`, or `{"uniform", "error"}` with libpsyc's name for what is wrong. */
import { describeBytes } from '../psyc/wire/describe.js'
import { parseUniform, uniformParts } from '../psyc/wire/uniform.js'
import { PsycError } from '../util/errors.js'
import { decodeUtf8 } from '../util/utf8.js'
import { complete, malformed, reasonOf, wholeDocument } from './decode-document.js'
import type { Document } from './decode-document.js'

/** One line feed at the end is that of the shell. */
export function decodeUniform(bytes: Uint8Array): Document {
  const line = bytes.subarray(0, bytes.length - lineEndLength(bytes))
  const uniform = describeBytes(line)
  try {
    return wholeDocument({ uniform, parts: uniformParts(parseUniform(decodeUtf8(line))) }, complete)
  } catch (error) {
    if (!(error instanceof PsycError)) throw error
    const name = error.code.replace('PSYC_UNIFORM_', 'PSYC_PARSE_UNIFORM_INVALID_')
    return wholeDocument({ uniform, error: name }, malformed(reasonOf(error, 0)))
  }
}

function lineEndLength(bytes: Uint8Array): number {
  if (bytes.at(-1) !== 0x0a) return 0
  return bytes.at(-2) === 0x0d ? 2 : 1
}
