/** Ours against amf-codec (AMF0) and amfjs (AMF3), both ways, where those are right [rtmp.md 9.2, 9.3]. */
import fc from 'fast-check'
import { decodeAmf0, encodeAmf0 } from '../../src/amf/amf0.js'
import { decodeAmf3, encodeAmf3 } from '../../src/amf/amf3.js'
import { equalValues } from '../../src/amf/equal.js'
import { int29Max, int29Min } from '../../src/amf/u29.js'
import { AmfArray, AmfDate, AmfObject, type AmfValue } from '../../src/amf/value.js'
import { toHex } from '../../src/util/bytes.js'
import { amfCodecPeer, amfjsObject, amfjsPeer3 } from '../support/amf-peers.js'

fc.configureGlobal({ seed: 18, numRuns: 200 })

/**
 * Trees of plain values. No name that a JavaScript object treats in a way of its own: `__proto__` and its kind (amfjs
 * skips all that begin with two underscores), and numbers, which it sorts to the front.
 */
const name = fc.stringMatching(/^[a-zäλ😀][a-z_äλ😀]{0,9}$/u)
const text = fc.string({ unit: 'binary', maxLength: 60 })
const { plain } = fc.letrec<{ plain: unknown }>((tie) => ({
  plain: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, undefined, true, false),
    fc.integer({ min: int29Min + 1, max: int29Max }),
    fc.double({ noNaN: true }).map((value) => (value === 0 ? 0 : value)), // amfjs writes -0 as 0
    text,
    fc.date({ noInvalidDate: true }),
    fc.array(tie('plain'), { maxLength: 5 }),
    fc.array(fc.tuple(name, tie('plain')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
  ),
}))

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Date) && !Array.isArray(value)

function toOurs(value: unknown): AmfValue {
  if (Array.isArray(value)) return new AmfArray(value.map(toOurs))
  if (value instanceof Date) return new AmfDate(value.getTime())
  if (!isRecord(value)) return value as AmfValue
  return new AmfObject('', true, 0, Object.keys(value), Object.values(value).map(toOurs))
}

/**
 * amfjs takes only its own class for an object. Its encoder forgets that names share the table of strings with values,
 * so it is right only where no text comes twice: each gets a number. And it shifts integers of four bytes wrongly: those
 * become fractions.
 */
function toAmfjs(value: unknown, count = { texts: 0 }): unknown {
  if (Array.isArray(value)) return value.map((item) => toAmfjs(item, count))
  if (typeof value === 'string') return `${value}#${count.texts++}`
  if (Number.isInteger(value) && (value as number) >>> 0 > 0x1fffff) return (value as number) + 0.5
  if (!isRecord(value)) return value
  return amfjsObject(mapValues(value, (item) => toAmfjs(item, count)))
}

function fromAmfjs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromAmfjs)
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(mapValues(value, fromAmfjs)).filter(([name]) => name !== '__class'),
  )
}

function mapValues(
  record: Record<string, unknown>,
  map: (value: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
}

describe('AMF0 and amf-codec', () => {
  it('write the same bytes', () => {
    fc.assert(
      fc.property(fc.array(plain, { maxLength: 4 }), (values) => {
        expect(toHex(encodeAmf0(values.map(toOurs)))).toBe(toHex(amfCodecPeer.encode(values)))
      }),
    )
  })

  it('read the same values', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const bytes = encodeAmf0([toOurs(value)])
        expect(amfCodecPeer.decode(bytes)).toEqual([value])
        expect(decodeAmf0(bytes)).toEqual([toOurs(value)])
      }),
    )
  })
})

describe('AMF3 and amfjs', () => {
  it('ours reads what it writes', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const theirs = toAmfjs(value)
        const [decoded] = decodeAmf3(amfjsPeer3.encode([theirs]))
        return equalValues(decoded, toOurs(fromAmfjs(theirs)))
      }),
    )
  })

  it('it reads what ours writes', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(amfjsPeer3.decode(encodeAmf3([toOurs(value)])).map(fromAmfjs)).toEqual([value])
      }),
    )
  })
})
