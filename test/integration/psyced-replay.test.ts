/** What a running psyced has sent, byte for byte, to our node: nothing is misread, and everybody hears what is his. */
import { Packet } from '../../src/psyc/wire/packet.js'
import { PsycLab } from '../support/psyc-lab.js'
import type { LabPeer } from '../support/psyc-lab.js'
import { transcript } from '../support/psyced-transcript.js'
import { TestWorld } from '../support/world.js'

const HELLO = '.\n:_source\tpsyc://localhost/\n\n_notice_circuit_established\n.\n'

function bytesOf(file: string, label: string): string[] {
  return transcript(file)
    .filter((step) => step.from === 'psyced' && step.label === label)
    .map(({ bytes }) => bytes)
}

/** As psyced sent it, in pieces of that size. */
function send(peer: LabPeer, text: string, size: number): void {
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += size) peer.circuit.receive(bytes.subarray(at, at + size))
  peer.lab.settle()
}

test.each([1, 7, 100_000])('a member of a place, in pieces of %i bytes', (size) => {
  const lab = new PsycLab({ root: 'psyc://127.0.0.1:4499/', hosts: { localhost: ['127.0.0.1'] } })
  const heard: string[] = []
  const bob = lab.registry.claim('bob', {
    deliver: ({ method, context }) => heard.push(`${context === undefined ? '' : 'cast '}${method}`),
  })
  if (typeof bob === 'string') throw new Error(bob)
  const psyced = lab.connect({ address: '127.0.0.1' })
  send(psyced, bytesOf('02-server-peer-place.txt', 'gw')[0] ?? '', size)
  bob.speak(
    Packet.of({ _target: 'psyc://localhost/@stage2', _tag: 't1' }, '_request_context_enter', {
      _nick: 'bob',
    }),
  )
  lab.settle()
  heard.length = 0
  send(psyced, bytesOf('02-server-peer-place.txt', 'gw').slice(1).join(''), size)
  expect(psyced.state).toBe('open')
  expect(lab.warnings().filter(({ message }) => message !== 'packet not sent')).toEqual([])
  expect(heard.slice(0, 8)).toEqual([
    '_echo_place_enter',
    'cast _notice_place_enter',
    'cast _message_public',
    'cast _message_public',
    'cast _message_audio',
    'cast _notice_flash_shared_object_change',
    'cast _notice_place_flash',
    'cast _info_flash',
  ])
  // His leave was the end of the casts; what is for him alone still comes.
  const end = heard.lastIndexOf('cast _notice_place_leave')
  expect(heard.slice(end + 1).every((line) => !line.startsWith('cast _message_public'))).toBe(true)
  expect(heard).toContain('_status_place_members')
})

test('a telnet user in a room of ours', () => {
  const world = new TestWorld({
    config: { host: 'gw', apps: { gwroom: { profile: 'chat' } } },
    psycPort: 4468,
    hosts: { localhost: ['127.0.0.1'] },
  })
  const ann = world.flash({ app: 'gwroom', args: ['ann'] })
  ann.call('members')
  ann.take()
  const psyced = world.psyc('0.9', '127.0.0.1')
  psyced.write(HELLO)
  psyced.take()
  const sent = bytesOf('17-telnet-user-and-gateway-room.txt', 'gw').filter((bytes) =>
    bytes.includes('@gwroom'),
  )
  expect(sent).toHaveLength(3)
  for (const bytes of sent) psyced.write(bytes)
  expect(ann.take('call')).toEqual([
    'call userJoined "toni" "psyc://localhost/~toni"',
    'call receiveMessage "toni" "hello gwroom from telnet"',
    'call userLeft "toni" "psyc://localhost/~toni"',
  ])
  const answers = psyced.take()
  expect(answers.map(({ method }) => method)).toEqual([
    '_echo_place_enter_join',
    '_message_public',
    '_notice_place_leave',
  ])
  expect(answers[0]?.vars).toMatchObject({
    _tag_reply: '375662d149690000',
    _source: 'psyc://gw:4468/@gwroom',
  })
  expect(answers[1]?.vars).toMatchObject({
    _context: 'psyc://gw:4468/@gwroom',
    _source_relay: 'psyc://localhost/~toni',
  })
})
