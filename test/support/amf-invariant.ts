/** What must hold for any bytes given to an AMF decoder; the fuzz targets call it. */
import { decodeAmf0, encodeAmf0 } from '../../src/amf/amf0.js'
import { decodeAmf3, encodeAmf3 } from '../../src/amf/amf3.js'
import { type AmfEncoding, describeValues } from '../../src/amf/describe.js'
import { equalValues } from '../../src/amf/equal.js'
import { AmfArray, type AmfValue } from '../../src/amf/value.js'
import { equalBytes } from '../../src/util/bytes.js'
import { AmfError, LimitError } from '../../src/util/errors.js'

const codecs = {
  amf0: { decode: decodeAmf0, encode: encodeAmf0 },
  amf3: { decode: decodeAmf3, encode: encodeAmf3 },
}

/** undefined for the errors that are documented; any other leaves. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (error instanceof AmfError || error instanceof LimitError) return undefined
    throw error
  }
}

function check(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(`not so: ${sentence}`)
}

/**
 * Bytes end in values or in an AmfError or LimitError. Exact values come back from their encoding, and describe
 * themselves; those of the value model settle after one trip through either encoding.
 */
export function checkAmf(bytes: Uint8Array, encoding: AmfEncoding): void {
  const { decode, encode } = codecs[encoding]
  const values = attempt(() => decode(bytes, { exact: true }))
  const merged = attempt(() => decode(bytes))
  check((values === undefined) === (merged === undefined), 'exact or not, the same bytes decode')
  if (values === undefined || merged === undefined) return
  const again = decode(encode(values), { exact: true })
  check(equalValues(new AmfArray(values), new AmfArray(again)), 'decode → encode → decode is equal')
  JSON.stringify(describeValues(values, encoding))
  checkSettles(merged, encodeAmf0, decodeAmf0, 'amf0')
  checkSettles(merged, encodeAmf3, decodeAmf3, 'amf3')
  checkSettles(merged, (args) => encodeAmf0(args, { avmPlus: true }), decodeAmf0, 'amf0 with 0x11')
}

function checkSettles(
  values: readonly AmfValue[],
  encode: (values: readonly AmfValue[]) => Uint8Array,
  decode: (bytes: Uint8Array) => AmfValue[],
  name: string,
): void {
  if (values.length === 0) return
  const settled = attempt(() => encode(values))
  if (settled === undefined) return
  const decoded = attempt(() => decode(settled)) // the output limit is wider than that of the input
  if (decoded === undefined) return
  const again = attempt(() => encode(decoded))
  check(again !== undefined && equalBytes(again, settled), `values settle after one trip through ${name}`)
}
