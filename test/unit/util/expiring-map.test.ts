/** A memory that forgets. */
import { ExpiringMap } from '../../../src/util/expiring-map.js'
import { FakeTime } from '../../support/fake-clock.js'

test('entries are found until they are too old', () => {
  const time = new FakeTime()
  const map = new ExpiringMap<number>(time.clock, 10, 1_000)
  map.set('a', 1)
  time.advance(500)
  map.set('b', 2)
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, 2, undefined])
  time.advance(500)
  expect([map.get('a'), map.get('b'), map.size]).toEqual([undefined, 2, 1])
  map.delete('b')
  expect(map.get('b')).toBeUndefined()
})

test('the one set longest ago gives way', () => {
  const map = new ExpiringMap<number>(new FakeTime().clock, 2, 1_000)
  map.set('a', 1)
  map.set('b', 2)
  map.set('a', 3)
  map.set('c', 4)
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([3, undefined, 4])
})
