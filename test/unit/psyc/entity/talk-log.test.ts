/** What other nodes may have missed: bounds of a place, and of all together. */
import { TalkLog, TalkMemory } from '../../../../src/psyc/entity/talk-log.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'

const limits = { placeMissed: 3, placeMissedBytes: 10_000, missedBytes: 20_000 }

function cast(counter: number, bytes = 1): Packet {
  return Packet.of({ _counter: String(counter) }, '_message_public', {}, 'x'.repeat(bytes))
}

function log(memory: TalkMemory, ...counters: number[]): TalkLog {
  const made = new TalkLog(memory)
  for (const counter of counters) made.append(cast(counter))
  return made
}

const counters = (of: TalkLog, after = 0): (number | undefined)[] =>
  of.after(after).map(({ counter }) => counter)

test('what was cast after a counter, in order', () => {
  const some = log(new TalkMemory(limits), 2, 5, 6)
  expect([counters(some), counters(some, 2), counters(some, 4), counters(some, 6)]).toEqual([
    [2, 5, 6],
    [5, 6],
    [5, 6],
    [],
  ])
  expect(some.hasForgotten(0)).toBe(false)
})

test('placeMissed: one more drives out the oldest, and that is known', () => {
  const some = log(new TalkMemory(limits), 2, 5, 6, 9)
  expect([counters(some), some.hasForgotten(1), some.hasForgotten(2)]).toEqual([[5, 6, 9], true, false])
})

test('placeMissedBytes: a long one drives out as many as it needs, and one that is too long itself', () => {
  const some = log(new TalkMemory(limits), 1, 2)
  some.append(cast(3, 9_400))
  expect(counters(some)).toEqual([3])
  some.append(cast(4, 10_001))
  expect([counters(some), some.hasForgotten(3)]).toEqual([[], true])
})

test('missedBytes: of all places, the oldest gives way', () => {
  const memory = new TalkMemory(limits)
  const [quiet, loud, other] = [log(memory, 1), log(memory), log(memory)]
  loud.append(cast(1, 8_900))
  other.append(cast(1, 8_900))
  expect([quiet, loud, other].map((of) => counters(of))).toEqual([[1], [1], [1]])
  quiet.append(cast(2, 200))
  expect([quiet, loud, other].map((of) => counters(of))).toEqual([[2], [1], [1]])
  other.append(cast(2))
  quiet.append(cast(3))
  expect([quiet, loud, other].map((of) => counters(of))).toEqual([[2, 3], [], [1, 2]])
  expect([quiet, loud, other].map((of) => of.hasForgotten(0))).toEqual([true, true, false])
})

test('a place that is over leaves room for the others', () => {
  const memory = new TalkMemory(limits)
  const [first, second] = [log(memory), log(memory)]
  first.append(cast(1, 8_900))
  second.append(cast(1, 8_900))
  first.clear()
  second.append(cast(2))
  const third = log(memory)
  third.append(cast(1, 8_900))
  expect([counters(second), counters(third)]).toEqual([[1, 2], [1]])
})
