/**
 * Places of a node with everybody who may come to them: a psyced with its users, PSYC clients linked and not linked, a
 * second node of our kind. Circuits carry bytes; only the sockets are missing.
 */
import { Place } from '../../src/psyc/entity/place.js'
import { Person } from '../../src/psyc/entity/person.js'
import type { Packet } from '../../src/psyc/wire/packet.js'
import { parseUniform } from '../../src/psyc/wire/uniform.js'
import type { Circuit } from '../../src/psyc/session/circuit.js'
import type { CircuitSink } from '../../src/psyc/session/peer.js'
import { FakeTime } from '../support/fake-clock.js'
import { ManualTurn } from '../../src/util/turn.js'
import { PsycLab } from '../support/psyc-lab.js'

function withPlace(lab: PsycLab, name: string): Place {
  const place = new Place(lab.node, parseUniform(lab.node.uniformText(`@${name}`)), { owners: [] })
  lab.node.register(place)
  lab.node.onPeerLost((rootKey, isClient) => {
    if (isClient) place.removeRoute(rootKey, '_disconnect')
  })
  return place
}

/** The packets of a 0.9 transcript, each as its lines. */
function packets09(text: string): string[][] {
  return text
    .split('\n.\n')
    .map((packet) => packet.split('\n').filter((line) => line !== ''))
    .filter((lines) => lines.length > 0)
}

describe('a psyced user comes to our place [psyced.md 4.5, 4.6]', () => {
  function psyced(lab: PsycLab) {
    const peer = lab.connect({ address: '10.0.0.7', port: 38224 })
    peer.send(`.
:_source␉psyc://psyced.example/
:_target_peer␉psyc://gw.example/

:_implementation␉psyced/0.99
_notice_circuit_established
Hello [_target_peer].
.
:_source␉psyc://psyced.example/

:_understand_modules␉_context
:_using_modules␉_context
_status_circuit
Available protocols: [_available_protocols].
.
`)
    peer.take()
    return peer
  }

  test('enters, talks, hears others once, and leaves, by the bytes of the transcript', () => {
    const lab = new PsycLab({ hosts: { 'psyced.example': ['10.0.0.7'] } })
    withPlace(lab, 'gwroom')
    const peer = psyced(lab)
    peer.send(
      ':_target␉psyc://gw.example/@gwroom\n:_source␉psyc://psyced.example/~toni\n:_tag␉375662d149690000\n\n' +
        ':_nick␉toni\n_request_enter_join\n.\n',
    )
    const [echo] = packets09(peer.take())
    expect(echo).toEqual(
      expect.arrayContaining([
        ':_source␉psyc://gw.example/@gwroom',
        ':_target␉psyc://psyced.example/~toni',
        ':_tag_reply␉375662d149690000',
        ':_nick␉toni',
        ':_nick_place␉gwroom',
        ':_list_members␉psyc://psyced.example/~toni',
        ':_list_members_nicks␉toni',
        '_echo_place_enter_join',
      ]),
    )
    peer.send(
      ':_target␉psyc://gw.example/@gwroom\n:_source␉psyc://psyced.example/~toni\n\n:_nick␉toni\n' +
        '_message_public\nhello gwroom from telnet\n.\n',
    )
    const [cast] = packets09(peer.take())
    expect(cast).toEqual(
      expect.arrayContaining([
        ':_context␉psyc://gw.example/@gwroom',
        ':_source_relay␉psyc://psyced.example/~toni',
        ':_nick␉toni',
        ':_nick_place␉gwroom',
        '_message_public',
        'hello gwroom from telnet',
      ]),
    )
    expect(cast?.some((line) => line.startsWith(':_target'))).toBe(false)
    peer.send(
      ':_target␉psyc://gw.example/@gwroom\n:_source␉psyc://psyced.example/~toni\n:_tag␉54ade9f148f7b800\n\n' +
        ':_nick␉toni\n_request_leave\n.\n',
    )
    const [left, ...more] = packets09(peer.take())
    expect([left?.slice().sort(), more]).toEqual([
      [
        ':_context␉psyc://gw.example/@gwroom',
        ':_nick_place␉gwroom',
        ':_nick␉toni',
        ':_source_relay␉psyc://psyced.example/~toni',
        ':_tag_relay␉54ade9f148f7b800',
        ':_tag_reply␉54ade9f148f7b800',
        ':_target␉psyc://psyced.example/~toni',
        '_notice_place_leave',
      ],
      [],
    ])
    expect(lab.warnings()).toEqual([])
  })

  test('two of its users are one copy', () => {
    const lab = new PsycLab({ hosts: { 'psyced.example': ['10.0.0.7'] } })
    withPlace(lab, 'gwroom')
    const peer = psyced(lab)
    for (const nick of ['toni', 'erik']) {
      peer.send(
        `:_source␉psyc://psyced.example/~${nick}\n:_target␉psyc://gw.example/@gwroom\n:_tag␉1\n\n:_nick␉${nick}\n_request_enter\n.\n`,
      )
    }
    peer.take()
    peer.send(
      ':_source␉psyc://psyced.example/~toni\n:_target␉psyc://gw.example/@gwroom\n\n_message_public\nhi\n.\n',
    )
    expect(peer.takeMethods()).toEqual(['_message_public'])
  })
})

describe('PSYC clients', () => {
  test.each([
    ['without a source', ''],
    ['by the far end of the circuit', ':_source␉psyc://127.0.0.1:-40000/\n'],
  ])('that are not linked enter as themselves, %s', (_name, source) => {
    const lab = new PsycLab()
    const place = withPlace(lab, 'room')
    const peer = lab.modern({ address: '127.0.0.1' })
    peer.send(
      `${source}:_target␉psyc://gw.example/@room\n:_tag␉1\n\n:_nick␉visitor\n_request_context_enter\n|\n`,
    )
    expect(peer.takeMethods()).toEqual(['_echo_context_enter'])
    peer.send(`${source}:_target␉psyc://gw.example/@room\n\n_message_public\nhi\n|\n`)
    expect(peer.take()).toContain(':_source_relay␉psyc://127.0.0.1:-40000/\n')
    peer.breaks()
    expect(place.members.size).toBe(0)
  })

  test('that are linked talk with the people of this program in one room', () => {
    const lab = new PsycLab()
    const place = withPlace(lab, 'room')
    const heard: string[] = []
    const bob = lab.registry.claim('bob', {
      deliver: (packet: Packet) =>
        heard.push(`${packet.method} ${packet.text('_nick') ?? ''} ${packet.bodyText}`),
    })
    if (!(bob instanceof Person)) throw new Error(bob)
    bob.say(place.uniform.text, '_request_context_enter', { _nick: 'bob' })
    lab.settle()
    heard.length = 0
    const alice = lab.legacy({ address: '127.0.0.1' })
    alice.send(':_target␉psyc://gw.example/~alice\n\n_request_link\n.\n')
    alice.send(':_target␉psyc://gw.example/~alice\n\n_request_input\n/join @room\n.\n')
    alice.send(':_target␉psyc://gw.example/~alice\n\n_request_input\nhello room\n.\n')
    expect(alice.takeMethods()).toEqual(['_notice_link', '_echo_place_enter_join', '_message_echo_public'])
    bob.say(place.uniform.text, '_message_public', {}, 'hello alice')
    lab.settle()
    expect(alice.take()).toContain('_message_public\nhello alice\n')
    alice.close()
    expect(heard.map((line) => line.split(' ')[0])).toEqual([
      expect.stringMatching(/^_notice_(place|context)_enter/),
      '_message_public',
      '_message_public',
      expect.stringMatching(/^_notice_(place|context)_leave_logout/),
    ])
    expect(place.members.size).toBe(1)
  })
})

describe('two nodes of our kind', () => {
  /** Bytes of one end become `receive` of the other at the end of the turn. */
  function pipe(turn: ManualTurn): {
    ends: [CircuitSink, CircuitSink]
    join: (a: Circuit, b: Circuit) => void
  } {
    const circuits: (Circuit | undefined)[] = [undefined, undefined]
    const sink = (other: 0 | 1): CircuitSink => ({
      queuedBytes: 0,
      send: (bytes) => turn.atEnd(() => circuits[other]?.receive(bytes)),
      end: () => turn.atEnd(() => circuits[other]?.end()),
      abort: () => turn.atEnd(() => circuits[other]?.reset()),
      pause: () => undefined,
      resume: () => undefined,
    })
    return {
      ends: [sink(1), sink(0)],
      join: (a, b) => {
        circuits[0] = a
        circuits[1] = b
      },
    }
  }

  function twoNodes(version: '1.0' | '0.9') {
    const shared = { time: new FakeTime(), turn: new ManualTurn() }
    const hosts = { 'a.example': ['127.0.0.2'], 'b.example': ['127.0.0.3'] }
    const a = new PsycLab({ root: 'psyc://a.example/', hosts, ...shared })
    const b = new PsycLab({ root: 'psyc://b.example/', hosts, ...shared })
    const { ends, join } = pipe(shared.turn)
    const accepted = b.node.accept(ends[1], { address: '127.0.0.2', port: 40000, isEncrypted: false })
    const peer = { address: '127.0.0.3', port: 4404, isEncrypted: false }
    const dialled = a.node.dialled(ends[0], peer, {
      root: parseUniform('psyc://b.example/'),
      version,
      lane: 'talk',
    })
    join(dialled, accepted)
    a.settle()
    return { a, b, dialled, accepted }
  }

  test.each(['1.0', '0.9'] as const)('know each other by one circuit, %s', (version) => {
    const { a, b, dialled, accepted } = twoNodes(version)
    expect([dialled.root?.key, accepted.root?.key]).toEqual(['psyc://b.example/', 'psyc://a.example/'])
    expect([dialled.understandsState, accepted.understandsState]).toEqual([
      version === '1.0',
      version === '1.0',
    ])
    expect([...a.warnings(), ...b.warnings()]).toEqual([])
  })

  test.each(['1.0', '0.9'] as const)('people of one are in places of the other, %s', (version) => {
    const { a, b, accepted } = twoNodes(version)
    const place = withPlace(b, 'room')
    const heard: string[] = []
    const persons = ['ann', 'abe'].map((nick) =>
      a.registry.claim(nick, { deliver: ({ method }) => heard.push(`${nick} ${method}`) }),
    )
    for (const person of persons) {
      if (!(person instanceof Person)) throw new Error(person)
      person.say('psyc://b.example/@room', '_request_enter', { _nick: person.nick })
      a.settle()
    }
    heard.length = 0
    ;(persons[0] as Person).say('psyc://b.example/@room', '_message_public', {}, 'hello')
    a.settle()
    expect(heard).toEqual(['ann _message_public', 'abe _message_public'])
    accepted.close()
    a.settle()
    a.wait(31_000)
    expect(heard.slice(2).sort()).toEqual([
      'abe _notice_place_leave_netburp',
      'ann _notice_place_leave_netburp',
    ])
    expect(place.members.size).toBe(2)
  })

  test('keep an idle circuit alive, each by itself', () => {
    const { a, dialled, accepted } = twoNodes('1.0')
    a.wait(120_000)
    expect([dialled.isClosed, accepted.isClosed]).toEqual([false, false])
  })
})
