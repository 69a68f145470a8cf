import { Presence } from '../../../../src/psyc/entity/presence.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'

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
