import { SequenceLog } from '../../../src/util/sequence-log.js'

function numbers(count: number): SequenceLog<number> {
  const log = new SequenceLog<number>()
  for (let at = 0; at < count; at++) log.append(at)
  return log
}

test('entries keep their numbers, whatever is forgotten before them', () => {
  const log = numbers(1_000)
  for (const sequence of [1, 200, 255, 256, 257, 499, 500, 501, 998, 999]) {
    log.trim(sequence)
    expect([log.start, log.end, log.first]).toEqual([sequence, 1_000, sequence])
    expect([sequence - 1, sequence, 999, 1_000].map((at) => log.at(at))).toEqual([
      ...[undefined, sequence, 999, undefined],
    ])
    expect(log.from(sequence)).toHaveLength(1_000 - sequence)
    expect(log.from(0)).toEqual(log.from(sequence))
  }
  log.append(1_000)
  expect(log.from(999)).toEqual([999, 1_000])
})

test('nothing is left of what is forgotten, and one does not forget what is to come', () => {
  const log = numbers(10)
  log.trim(3)
  log.trim(2)
  expect([log.start, log.at(2), log.at(-5)]).toEqual([3, undefined, undefined])
  log.trim(99)
  expect([log.start, log.end, log.first, log.from(0)]).toEqual([10, 10, undefined, []])
  log.append(10)
  expect(log.at(10)).toBe(10)
})
