/** Which circuit the packets of a multicast tree go by [design 3, 5]; the others are in entity/lanes.test.ts. */
import { laneOf, mayDial } from '../../../../src/psyc/session/lane.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'

const stream = 'psyc://m.example/@live#_stream_cam'
const object = 'psyc://m.example/@live#_so_users'
const fromRoot = { _source: 'psyc://k.example/', _target: 'psyc://p.example/' }

test.each([
  ['_request_context_enter', stream, 'stream', true],
  ['_request_context_leave', stream, 'stream', true],
  ['_echo_context_enter', stream, 'stream', false],
  ['_failure_context_enter', stream, 'stream', false],
  ['_request_context_enter', object, 'talk', true],
  ['_message_private', stream, 'talk', true],
] as const)('%s about %s: %s, dialled for it: %s', (method, context, lane, isDialled) => {
  const packet = Packet.of(fromRoot, method, { _uniform_context: context })
  expect(laneOf(packet)).toBe(lane)
  expect(mayDial(packet, lane)).toBe(isDialled)
})

test('what the master tells a node goes by the circuit that the node has dialled', () => {
  const packet = Packet.of({ _source: stream, _target: 'psyc://p.example/' }, '_notice_context_child')
  expect(laneOf(packet)).toBe('stream')
  expect(mayDial(packet, 'stream')).toBe(false)
})
