import fc from 'fast-check'
import type { StreamAddress } from '../../src/media/stream-address.js'
import { parseUniform } from '../../src/psyc/wire/uniform.js'
import {
  exactName,
  foldApp,
  foldName,
  foldNick,
  objectChannel,
  parseChannel,
  parsePlaceResource,
  parseStreamAddress,
  placeResource,
  streamAddress,
  streamChannel,
  unexactName,
  unfoldApp,
  unfoldName,
} from '../../src/translate/name.js'

/** Well-formed text of 1 to 20 characters, with those that have a meaning in names more often. */
const name = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  fc.string({ unit: fc.constantFrom(...Array.from('aAzZ09_-=+!/.é É~@#ſK')), minLength: 1, maxLength: 12 }),
)
const instance = fc.oneof(fc.constantFrom('', '_definst_'), name)
const runs = { numRuns: 2000 }

const LEGAL = /^[a-z_+][a-z0-9_+=-]*$/

test('exact names invert, whatever becomes of their case on the way [design 2.1]', () => {
  fc.assert(
    fc.property(name, (text) => {
      const mapped = exactName(text)
      expect(mapped).toMatch(LEGAL)
      expect(unexactName(mapped)).toBe(text)
      expect(unexactName(mapped.toUpperCase())).toBe(text)
    }),
    runs,
  )
})

test('folded names invert up to case', () => {
  fc.assert(
    fc.property(name, (text) => {
      for (const mapped of [foldName(text), foldNick(text)]) {
        expect(mapped).toMatch(LEGAL)
        expect(unfoldName(mapped)).toBe(text.toLowerCase())
      }
      expect(foldApp(text)).toMatch(LEGAL)
      expect(foldApp(text)).not.toContain('-')
      expect(unfoldApp(foldApp(text))).toBe(text.toLowerCase())
    }),
    runs,
  )
})

test('no two names share an exact one, and only case is lost by folding', () => {
  fc.assert(
    fc.property(name, name, (a, b) => {
      expect(exactName(a) === exactName(b)).toBe(a === b)
      expect(foldName(a) === foldName(b)).toBe(a.toLowerCase() === b.toLowerCase())
    }),
    runs,
  )
})

const instanceKey = (text: string): string => (text.toLowerCase() === '_definst_' ? '' : text.toLowerCase())

test('no two (app, instance) share a place, and each place tells its own', () => {
  fc.assert(
    fc.property(name, instance, name, instance, (appA, instanceA, appB, instanceB) => {
      const a = placeResource(appA, instanceA)
      const isSame =
        appA.toLowerCase() === appB.toLowerCase() && instanceKey(instanceA) === instanceKey(instanceB)
      expect(a === placeResource(appB, instanceB)).toBe(isSame)
      expect(parsePlaceResource(a)).toEqual({ app: appA.toLowerCase(), instance: instanceKey(instanceA) })
    }),
    runs,
  )
})

test('the same joined differently is never one place', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...Array.from('a-=2d_')), minLength: 3, maxLength: 10 }),
      fc.nat(),
      fc.nat(),
      (text, i, j) => {
        const cut = (at: number): string => {
          const where = 1 + (at % (text.length - 1))
          return placeResource(text.slice(0, where), text.slice(where))
        }
        const [a, b] = [1 + (i % (text.length - 1)), 1 + (j % (text.length - 1))]
        const isDefault = (where: number): boolean => text.slice(where) === '_definst_'
        if (!isDefault(a) && !isDefault(b)) expect(cut(i) === cut(j)).toBe(a === b)
      },
    ),
    runs,
  )
})

test('channels tell object, persistence and stream', () => {
  fc.assert(
    fc.property(name, fc.boolean(), (text, persistent) => {
      expect(parseChannel(objectChannel(text, persistent))).toEqual({
        kind: 'object',
        name: text,
        persistent,
      })
      expect(parseChannel(streamChannel(text))).toEqual({ kind: 'stream', name: text })
    }),
    runs,
  )
})

function throws(act: () => unknown): boolean {
  try {
    act()
    return false
  } catch {
    return true
  }
}

test('the uniform of a stream tells its address, in lower case but for the name', () => {
  fc.assert(
    fc.property(name, instance, name, (app, inst, stream) => {
      const make = (): StreamAddress =>
        streamAddress('psyc://gw.example/', { app, instance: inst, name: stream })
      fc.pre(!throws(make)) // it would be an unsafe path
      const { key } = make()
      expect(parseStreamAddress(parseUniform(key))).toEqual({
        key,
        app: app.toLowerCase(),
        instance: instanceKey(inst),
        name: stream,
      })
    }),
    runs,
  )
})

test('every mapped name is legal in a uniform, and its key is itself', () => {
  fc.assert(
    fc.property(name, instance, name, (app, inst, object) => {
      const text = `psyc://gw.example/${placeResource(app, inst)}#${objectChannel(object, false)}`
      expect(parseUniform(text).key).toBe(text)
    }),
    { numRuns: 500 },
  )
})
