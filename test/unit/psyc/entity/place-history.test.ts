import { PlaceHistory } from '../../../../src/psyc/entity/place-history.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'

const message = (text: string): Packet => Packet.of({}, '_message_public', {}, text)

function said(...lines: string[]): PlaceHistory {
  const history = new PlaceHistory(3, 1_000)
  for (const line of lines) history.add(message(line))
  return history
}

const texts = (packets: readonly Packet[]): string[] => packets.map(({ bodyText }) => bodyText)

test('the last of what was said', () => {
  const history = said('a', 'b', 'c', 'd')
  expect(history.size).toBe(3)
  expect(texts(history.last(99))).toEqual(['b', 'c', 'd'])
  expect(texts(history.last(1))).toEqual(['d'])
})

test.each([
  [2, ['b', 'B c']],
  [1, ['B c']],
  [0, []],
  [-1, []],
])('%d of what holds a word, in any case', (amount, found) => {
  expect(texts(said('b', 'x', 'B c').matching('b', amount))).toEqual(found)
  expect(said('b', 'x', 'B c').last(amount)).toHaveLength(Math.max(amount, 0))
})

test('what is too big for all of it together drives out the older, and is itself not kept', () => {
  const history = said('a', 'b')
  history.add(message('x'.repeat(1_000)))
  expect(history.size).toBe(1)
  history.add(message('x'.repeat(1_001)))
  expect(history.size).toBe(0)
})
