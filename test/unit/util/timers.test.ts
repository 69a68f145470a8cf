import { TimerQueue } from '../../../src/util/timers.js'
import type { Timer } from '../../../src/util/timers.js'
import { ManualTurn } from '../../../src/util/turn.js'
import { FakeClock, FakeTime } from '../../support/fake-clock.js'

describe('TimerQueue', () => {
  test('runs what is due, by time and then by the order made', () => {
    const time = new FakeTime()
    const ran: string[] = []
    for (const [name, ms] of [
      ['c', 30],
      ['a', 10],
      ['b', 20],
      ['b2', 20],
    ] as const)
      time.timers.after(ms, () => ran.push(name))
    time.advance(20)
    expect([ran, time.timers.size, time.timers.next()]).toEqual([['a', 'b', 'b2'], 1, 1_030])
    time.advance(10)
    expect([ran, time.timers.size, time.timers.next()]).toEqual([['a', 'b', 'b2', 'c'], 0, undefined])
  })

  test('what a run adds for now runs too; what it cancels does not', () => {
    const time = new FakeTime()
    const ran: string[] = []
    const doomed: Timer[] = []
    time.timers.after(10, () => {
      ran.push('first')
      doomed.forEach((timer) => timer.cancel())
      time.timers.after(0, () => ran.push('added'))
    })
    doomed.push(time.timers.after(10, () => ran.push('doomed')))
    time.advance(10)
    expect([ran, time.timers.size]).toEqual([['first', 'added'], 0])
  })

  test('cancelling twice, or after it ran, counts once', () => {
    const time = new FakeTime()
    const one = time.timers.after(1, () => undefined)
    const two = time.timers.after(2, () => undefined)
    one.cancel()
    one.cancel()
    expect(time.timers.size).toBe(1)
    time.advance(2)
    two.cancel()
    expect(time.timers.size).toBe(0)
  })

  test('wakes its driver for a deadline earlier than all others only', () => {
    let woken = 0
    const timers = new TimerQueue(new FakeClock(), () => woken++)
    timers.after(10, () => undefined)
    timers.after(20, () => undefined)
    timers.after(10, () => undefined)
    expect(woken).toBe(1)
    timers.after(5, () => undefined)
    expect(woken).toBe(2)
  })

  test('a run that throws is done with, and the others go on at the next advance', () => {
    const time = new FakeTime()
    const ran: string[] = []
    time.timers.after(1, () => {
      throw new Error('bug')
    })
    time.timers.after(1, () => ran.push('next'))
    expect(() => time.advance(1)).toThrow('bug')
    time.timers.advance()
    expect([ran, time.timers.size]).toEqual([['next'], 0])
  })

  test('many that come and go in any order run as a sorted list would', () => {
    const time = new FakeTime()
    const ran: number[] = []
    const expected: { due: number; id: number }[] = []
    let seed = 7
    const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648
    for (let id = 0; id < 2_000; id++) {
      const due = Math.floor(random() * 100)
      const timer = time.timers.after(due, () => ran.push(id))
      if (random() < 0.7) timer.cancel()
      else expected.push({ due, id })
    }
    expect(time.timers.size).toBe(expected.length)
    time.advance(100)
    expect(ran).toEqual(expected.sort((a, b) => a.due - b.due || a.id - b.id).map(({ id }) => id))
  })
})

describe('ManualTurn', () => {
  test('runs in the order asked; what is asked meanwhile comes in the same end', () => {
    const turn = new ManualTurn()
    const ran: string[] = []
    turn.atEnd(() => {
      ran.push('a')
      turn.atEnd(() => ran.push('c'))
    })
    turn.atEnd(() => ran.push('b'))
    turn.end()
    turn.end()
    expect(ran).toEqual(['a', 'b', 'c'])
  })
})
