import { Liveness } from '../../../../src/rtmp/session/liveness.js'
import { FakeTime } from '../../../support/fake-clock.js'

test('a clock with fractions of a ms, whose sums are rounded: one ping, then the end', () => {
  const time = new FakeTime()
  const seen: string[] = []
  const liveness = new Liveness(
    time.timers,
    30_000,
    () => seen.push('ping'),
    () => seen.push('lost'),
  )
  time.clock.set(3776.3409053583264) // 30 000 ms later less than 30 000 ms have passed
  liveness.heard()
  time.advance(40_000)
  expect(seen).toEqual(['ping'])
  time.advance(40_000)
  expect(seen).toEqual(['ping', 'lost'])
  liveness.stop()
  expect(time.timers.size).toBe(0)
})
