import { CastLedger } from '../../../../src/psyc/state/cast-ledger.js'

test('before a run is known everything is new', () => {
  const ledger = new CastLedger()
  expect([ledger.take(7), ledger.take(7), ledger.known, ledger.isMissing(6)]).toEqual([
    true,
    true,
    undefined,
    false,
  ])
})

test('each cast once, in whatever order they come', () => {
  const ledger = new CastLedger()
  ledger.begin(3)
  expect([3, 4, 4, 7, 5, 7, 6, 6].map((counter) => ledger.take(counter))).toEqual([
    ...[false, true, false, true, true, false, true, false],
  ])
  expect(ledger.known).toBe(7)
})

test('what a run has reached without us is missing', () => {
  const ledger = new CastLedger()
  ledger.reached(3)
  ledger.reached(6)
  ledger.reached(5)
  expect([ledger.known, ledger.isMissing(4), ledger.isMissing(6), ledger.isMissing(7)]).toEqual([
    3,
    true,
    true,
    false,
  ])
  expect([ledger.take(5), ledger.take(4), ledger.known]).toEqual([true, true, 5])
})

test('what will not come any more is given up: no farther', () => {
  const ledger = new CastLedger()
  ledger.begin(3)
  ledger.reached(9)
  ledger.giveUp(6)
  expect([ledger.known, ledger.take(5), ledger.take(7), ledger.known]).toEqual([6, false, true, 7])
})

test('a new run forgets the old one', () => {
  const ledger = new CastLedger()
  ledger.begin(3)
  ledger.take(9)
  ledger.begin(1)
  expect([ledger.known, ledger.isMissing(5), ledger.take(1), ledger.take(2)]).toEqual([1, false, false, true])
})

test('whoever jumps far makes us hold a thousand counters', () => {
  const ledger = new CastLedger()
  ledger.begin(0)
  for (const counter of [900, 2_000, 999_999_999_999_999]) ledger.take(counter)
  expect(ledger.known).toBe(999_999_999_998_999)
  expect(ledger.isMissing(1_999)).toBe(false)
})

describe('who was told of too much', () => {
  test('waits for the casts again that have not been', () => {
    const ledger = new CastLedger()
    ledger.begin(3)
    for (const counter of [4, 5, 8, 9]) ledger.take(counter)
    ledger.retract(8)
    expect([ledger.known, ledger.isMissing(6), ledger.take(8), ledger.take(9)]).toEqual([
      5,
      true,
      false,
      true,
    ])
    ledger.retract(9)
    expect([ledger.take(9), ledger.take(10)]).toEqual([false, true])
  })

  test('knows what it has had before it was made to leap', () => {
    const ledger = new CastLedger()
    ledger.begin(0)
    ledger.take(5_000)
    ledger.take(5_001)
    ledger.reached(999_999_999_999_999)
    ledger.retract(5_003)
    expect([4_999, 5_000, 5_001, 5_002, 5_003].map((at) => ledger.take(at))).toEqual([
      ...[false, false, false],
      ...[true, true],
    ])
    expect([ledger.take(5_003), ledger.take(5_004)]).toEqual([false, true])
  })

  test('knows as well what it has not had when the truth lies inside the leap', () => {
    const ledger = new CastLedger()
    ledger.begin(10)
    ledger.reached(1_500)
    ledger.retract(600)
    expect([ledger.known, ledger.take(11), ledger.known]).toEqual([10, true, 11])
    expect([ledger.take(600), ledger.take(601)]).toEqual([true, true])
  })

  test('forgets the oldest of many leaps', () => {
    const ledger = new CastLedger()
    ledger.begin(0)
    for (let at = 1; at <= 100; at++) ledger.reached(at * 2_000)
    ledger.retract(1)
    expect(ledger.known).toBe(1)
    expect(ledger.take(2)).toBe(true)
  })
})
