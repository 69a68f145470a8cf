import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Presence } from '../../../../src/psyc/entity/presence.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'

const MIB = 1_048_576

/** A description as it comes: bytes. */
function described(text: string): Presence {
  const presence = new Presence()
  presence.change(Packet.of({}, '_request_do_presence', { _description_presence: Buffer.from(text) }))
  return presence
}

test.each([
  ['gone fishing', 'gone fishing'],
  ['x'.repeat(1_001), 'x'.repeat(1_000)],
  [`${'x'.repeat(999)}ü`, 'x'.repeat(999)],
])('a description is cut after a thousand bytes, at a character', (text, kept) => {
  expect(described(text).variables['_description_presence']).toBe(kept)
})

test('a description that was cut does not hold all that came', () => {
  setFlagsFromString('--expose_gc')
  const collect = runInNewContext('gc') as () => void
  const held = (): number => {
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = held()
  const presences = Array.from({ length: 8 }, (_, at) => described(String(at).repeat(4 * MIB)))
  const grown = held() - before
  expect(presences).toHaveLength(8)
  expect(grown).toBeLessThan(8 * MIB)
})
