import { decodeAmf0, encodeAmf0 } from '../../../src/amf/amf0.js'
import { AmfArray, AmfEcmaArray, AmfObject, type AmfValue } from '../../../src/amf/value.js'
import { fromHex, toHex } from '../../../src/util/bytes.js'
import type { AmfError } from '../../../src/util/errors.js'

const PLACES = 1_024

function objectOf(names: readonly string[]): AmfObject {
  return new AmfObject(
    '',
    true,
    0,
    [...names],
    names.map((_, at) => at),
  )
}

function decodeObject(bytes: Uint8Array): AmfObject {
  const [object] = decodeAmf0(bytes)
  if (object instanceof AmfObject) return object
  throw new Error('no object')
}

/** Decode an object of these names so often that all of them are familiar. */
function meet(names: readonly string[]): Uint8Array {
  const bytes = encodeAmf0([objectOf(names)])
  for (let turn = 0; turn <= names.length; turn++) decodeAmf0(bytes)
  return bytes
}

/** Whether two objects of these bytes share their names. */
function isFamiliar(bytes: Uint8Array): boolean {
  return decodeObject(bytes).names === decodeObject(bytes).names
}

const inTurn = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}${at}`)

describe('objects whose names come in an order that came before', () => {
  const cases: [string, readonly string[]][] = [
    ['of some names', ['userName', 'room', 'id', 'isModerator']],
    ['of one name', ['one name']],
    ['without names', []],
    ['of names that are too short', ['x', 'y', '']],
    ['with a name that is too short in between', ['first', 'y', 'last']],
    ['of the longest name', ['n'.repeat(62)]],
    ['of a name that is too long', ['n'.repeat(63), 'behind it']],
    ['of more names than are remembered', inTurn('deep', 40)],
    ['with a name that repeats', ['again', 'again', 'again']],
    ['with names of JavaScript', ['__proto__', 'constructor', 'length']],
    ['with names beyond ASCII', ['größe', 'straße', '名前']],
  ]

  it.each(cases)('are read as at first: %s', (_, names) => {
    const object = objectOf(names)
    const bytes = encodeAmf0([object])
    for (let turn = 0; turn < names.length + 3; turn++) {
      expect(decodeAmf0(bytes)).toEqual([object])
      expect(toHex(encodeAmf0(decodeAmf0(bytes)))).toBe(toHex(bytes))
    }
  })

  it('share a list of names, whatever their class', () => {
    const names = ['left', 'right', 'middle']
    const first = decodeObject(meet(names))
    const [typed, array] = decodeAmf0(
      encodeAmf0([new AmfObject('C', true, 0, names, [1, 2, 3]), new AmfEcmaArray(names, [4, 5, 6])]),
    ) as [AmfObject, AmfEcmaArray]
    expect(typed.names).toBe(first.names)
    expect(array.names).toBe(first.names)
    expect([typed.className, typed.values, array.values]).toEqual(['C', [1, 2, 3], [4, 5, 6]])
  })

  it.each(['set', 'push'] as const)('do not change each other by `%s`', (change) => {
    const bytes = meet(['kept', 'changed'])
    const [one, other] = [decodeObject(bytes), decodeObject(bytes)]
    one[change]('added', true)
    one.set('changed', 'now')
    expect([...one.entries()]).toEqual([
      ['kept', 0],
      ['changed', 'now'],
      ['added', true],
    ])
    for (const untouched of [other, decodeObject(bytes)])
      expect(untouched).toEqual(objectOf(['kept', 'changed']))
  })

  it('may end earlier, go on, or go another way', () => {
    const all = ['alpha', 'beta', 'gamma', 'delta']
    meet(all)
    const others = [all.slice(0, 2), [...all, 'more'], ['alpha', 'beta', 'gamut'], ['alpha', 'bet', 'gamma']]
    for (const names of [...others, ['beta', 'alpha'], ['alpha', 'beta', 'gamma', 'delta', 'x']])
      expect(decodeObject(encodeAmf0([objectOf(names)]))).toEqual(objectOf(names))
    expect(isFamiliar(encodeAmf0([objectOf(all)]))).toBe(true)
  })

  it('stay familiar in turn with others that begin like them', () => {
    const kinds = ['circle', 'square', 'line'].map((kind) => meet(['type', kind, `of ${kind}`]))
    for (const bytes of kinds) expect(isFamiliar(bytes)).toBe(true)
  })

  it('give way to the latest where very many begin like them', () => {
    const kinds = inTurn('kind', 20).map((kind) => meet(['start', kind]))
    expect(kinds.slice(-4).map(isFamiliar)).toEqual([true, true, true, true])
    expect(isFamiliar(kinds[0] ?? new Uint8Array(0))).toBe(false)
  })

  it('are one inside the other, and may lead back', () => {
    const outer = objectOf(['inner', 'list', 'itself'])
    outer.set('inner', objectOf(['inner', 'list', 'itself']))
    outer.set('list', new AmfArray([objectOf(['inner']), objectOf(['inner', 'list'])])).set('itself', outer)
    const bytes = encodeAmf0([outer])
    for (let turn = 0; turn < 6; turn++) {
      const again = decodeObject(bytes)
      expect(again.get('itself')).toBe(again)
      expect(toHex(encodeAmf0([again]))).toBe(toHex(bytes))
    }
  })

  it('are truncated at any byte, inside a familiar name too', () => {
    const bytes = meet(['longer name', 'id', 'x', 'last'])
    for (let end = 1; end < bytes.length; end++)
      expect(() => decodeAmf0(bytes.subarray(0, end))).toThrow(
        expect.objectContaining({ code: 'AMF_TRUNCATED' }) as AmfError,
      )
  })

  it('keep invalid bytes in names as U+FFFD', () => {
    const [bytes, others] = ['030005 6162ff6364 05 000009', '030005 6162fe6364 05 000009'].map(fromHex)
    for (let turn = 0; turn < 4; turn++)
      for (const each of [bytes, others])
        expect(decodeObject(each ?? fromHex(''))).toEqual(new AmfObject('', true, 0, ['ab\ufffdcd'], [null]))
  })
})

describe('the table of shapes', () => {
  it('is not filled by what comes once', () => {
    const bytes = meet(['before', 'and after'])
    for (const name of inTurn('once', 3 * PLACES)) decodeAmf0(encodeAmf0([objectOf([name, 'and', 'more'])]))
    expect(isFamiliar(bytes)).toBe(true)
  })

  it('starts afresh when it is full', () => {
    for (const name of inTurn('met', PLACES)) {
      meet([name, 'behind it']) // halfway through, the table may become full
      expect(isFamiliar(meet([name, 'behind it']))).toBe(true)
    }
  })

  it('leaves a message alone that fills it: ever new names, inside familiar ones', () => {
    meet(['items', 'end of items'])
    const items = inTurn('new name ', 2 * PLACES).flatMap((name) => [objectOf([name]), objectOf([name])])
    const whole: AmfValue = new AmfObject('', true, 0, ['items', 'end of items'], [new AmfArray(items), 1])
    const bytes = encodeAmf0([whole])
    for (let turn = 0; turn < 3; turn++) expect(toHex(encodeAmf0(decodeAmf0(bytes)))).toBe(toHex(bytes))
    expect(isFamiliar(meet(['learned', 'afterwards']))).toBe(true)
  })
})
