/** The vectors of test/vectors/amf, see its README. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AmfEncoding, Descriptor } from '../../src/amf/describe.js'
import { concat, fromHex } from '../../src/util/bytes.js'

export interface AmfVector {
  readonly id: string
  readonly encoding: AmfEncoding
  readonly bytes: Uint8Array
  readonly values: readonly Descriptor[]
  readonly isCanonical: boolean
  /** Of errors.json. */
  readonly error: string
}

interface VectorEntry {
  readonly id: string
  readonly encoding: AmfEncoding
  readonly hex?: string
  readonly hexParts?: readonly { readonly hex: string; readonly repeat?: number }[]
  readonly values?: readonly Descriptor[]
  readonly canonical?: boolean
  readonly error?: string
}

export function amfVectors(name: 'amf0' | 'amf3' | 'errors'): AmfVector[] {
  const path = join(process.cwd(), 'test/vectors/amf', `${name}.json`)
  const file = JSON.parse(readFileSync(path, 'utf8'), expandRepeats) as { vectors: readonly VectorEntry[] }
  return file.vectors.map((entry) => ({
    id: entry.id,
    encoding: entry.encoding,
    bytes: bytesOf(entry),
    values: entry.values ?? [],
    isCanonical: entry.canonical ?? false,
    error: entry.error ?? '',
  }))
}

function bytesOf({ hex = '', hexParts = [{ hex }] }: VectorEntry): Uint8Array {
  return concat(hexParts.map((part) => fromHex(part.hex.repeat(part.repeat ?? 1))))
}

/** `vRepeat: {s, n}` is `v` with a long text. */
function expandRepeats(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('vRepeat' in value)) return value
  const { vRepeat, ...rest } = value as { vRepeat: { s: string; n: number } }
  return { ...rest, v: vRepeat.s.repeat(vRepeat.n) }
}
