/** Whose a nick is in a room. */
import { parseUniform } from '../../../src/psyc/wire/uniform.js'
import { RoomNames, RoomNamesBook } from '../../../src/translate/room-names.js'
import { shownAs } from '../../../src/translate/shown.js'
import { PsycLab } from '../../support/psyc-lab.js'

const [first, second, third] = ['a', 'b', 'c'].map((host) => parseUniform(`psyc://${host}.example/~joe`)) as [
  ReturnType<typeof parseUniform>,
  ReturnType<typeof parseUniform>,
  ReturnType<typeof parseUniform>,
]

function room(): { here: Set<string>; names: RoomNames } {
  const here = new Set([first, second, third].map(({ key }) => key))
  return { here, names: new RoomNames((key) => here.has(key)) }
}

test('it is the first one’s, and nobody’s when he is gone', () => {
  const { here, names } = room()
  expect([first, second, first].map((person) => names.isOthers('joe', person))).toEqual([false, true, false])
  here.delete(first.key)
  names.left(first)
  expect(names.isOthers('joe', second)).toBe(true) // he goes on by the name that all know
  expect([third, second].map((person) => names.isOthers('joe', person))).toEqual([false, true])
})

test('a holder who is not in the room has no claim against one who is', () => {
  const { here, names } = room()
  here.delete(first.key)
  expect([first, second, first].map((person) => names.isOthers('joe', person))).toEqual([false, false, true])
})

test('a place that tells of somebody who is away does not take his nick', () => {
  const { here, names } = room()
  const { registry } = new PsycLab()
  const show = (uniform: string): string =>
    shownAs(parseUniform(uniform), 'joe', registry, undefined, names).nick
  here.delete(first.key)
  expect([first.text, 'psyc://a.example/@chat', first.text].map(show)).toEqual(['joe', 'joe', 'joe'])
  here.add(first.key)
  expect(show('psyc://a.example/@chat')).toBe('chat@a.example')
})

test('another nick is another name', () => {
  const { names } = room()
  expect(names.isOthers('joe', first)).toBe(false)
  expect(names.isOthers('jim', first)).toBe(false)
  expect(names.isOthers('jim', second)).toBe(true)
})

test('strangers by the thousand are forgotten', () => {
  const { names } = room()
  names.isOthers('joe', first)
  for (let number = 0; number < 5_000; number++)
    names.isOthers(`n${number}`, parseUniform(`psyc://x.example/~n${number}`))
  expect(names.isOthers('joe', second)).toBe(true)
  const { given, holders } = names as unknown as Record<'given' | 'holders', Map<string, unknown>>
  expect([given.size <= 65, holders.size <= 65]).toEqual([true, true])
})

test('a room is one for all its clients, and new when all are gone', () => {
  const book = new RoomNamesBook()
  const place = parseUniform('psyc://gw.example/@chat')
  const isHere = (): boolean => true
  const names = book.open(place, isHere)
  expect(book.open(place, isHere)).toBe(names)
  book.close(place)
  expect(book.open(place, isHere)).toBe(names)
  book.close(place)
  book.close(place)
  expect(book.open(place, isHere)).not.toBe(names)
})

test.each([
  ['psyc://b.example:4405/~joe', 'Joe', 'Joe@b.example:4405'],
  ['psyc://a.example/~eve', 'joe', 'eve@a.example'],
  ['psyc://b.example/~joe', '\u200bjoe', '\u200bjoe@b.example'],
])('%s as %s is shown as %s', (uniform, nick, shown) => {
  const { registry } = new PsycLab()
  const { names } = room()
  expect(shownAs(first, 'joe', registry, undefined, names).nick).toBe('joe')
  expect(shownAs(parseUniform(uniform), nick, registry, undefined, names).nick).toBe(shown)
})
