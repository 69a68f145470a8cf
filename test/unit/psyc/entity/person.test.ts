/** Persons: linking, speaking, memberships, and what their clients get. */
import { createHash, createHmac } from 'node:crypto'
import { Packet } from '../../../../src/psyc/wire/packet.js'
import { Person } from '../../../../src/psyc/entity/person.js'
import type { PersonLink } from '../../../../src/psyc/entity/person.js'
import { isProven } from '../../../../src/psyc/entity/password.js'
import { PsycLab } from '../../../support/psyc-lab.js'
import type { LabPeer, RecordingEntity } from '../../../support/psyc-lab.js'

function linked(lab: PsycLab, nick = 'alice', port = 40000): LabPeer {
  const peer = lab.modern({ address: '127.0.0.1', port })
  peer.send(`:_target␉psyc://gw.example/~${nick}\n:_tag␉l\n\n_request_link\n|\n`)
  expect(peer.takeMethods()).toEqual(['_notice_link'])
  return peer
}

/** A link of this program that writes down what it gets. */
function recorder(): PersonLink & { take: () => string[] } {
  const packets: Packet[] = []
  return {
    deliver: (packet) => packets.push(packet),
    take: () =>
      packets.splice(0).map(({ method, source, context }) => `${method} ${source ?? context ?? ''}`),
  }
}

/** A place that answers as places do. */
function answering(place: RecordingEntity, lab: PsycLab): RecordingEntity {
  place.onPacket = (packet) => {
    const echo = packet.method
      .replace('_request_context_', '_echo_context_')
      .replace('_request_', '_echo_place_')
    const routing = { _source: place.uniform.text, _target: packet.source, _tag_relay: packet.tag }
    if (echo !== packet.method) lab.node.send(Packet.of(routing, echo))
  }
  return place
}

const hash = (data: string): string => createHash('sha1').update(data).digest('hex')
const hmac = (key: string, data: string): string => createHmac('sha1', key).update(data).digest('hex')

describe('linking [psyc.md 6.2]', () => {
  test('an unregistered nick links without a password', () => {
    const lab = new PsycLab()
    const peer = lab.legacy({ address: '127.0.0.1' })
    peer.send(':_target␉psyc://gw.example/~Fippo\n:_tag␉2844\n\n:_nick␉Fippo\n_request_link\n.\n')
    expect(peer.take()).toBe(`:_source␉psyc://gw.example/~Fippo
:_target␉psyc://127.0.0.1:-40000/
:_tag_relay␉2844
:_tag_reply␉2844

:_nick␉fippo
:_location␉psyc://127.0.0.1:-40000/
:_identification␉psyc://gw.example/~fippo
_notice_link
[_location] linked to [_identification].
.
`)
    expect(lab.registry.find('FIPPO')?.displayName).toBe('Fippo')
  })

  test('unless that is not allowed', () => {
    const lab = new PsycLab({ allowsUnregistered: false })
    const peer = lab.modern()
    peer.send(':_target␉psyc://gw.example/~fippo\n\n_request_link\n|\n')
    expect(peer.takeMethods()).toEqual(['_failure_necessary_registration'])
  })

  test('one at a time; again from the same place is the same link', () => {
    const lab = new PsycLab()
    const first = linked(lab)
    const second = lab.modern({ address: '127.0.0.1', port: 40001 })
    const link = ':_target␉psyc://gw.example/~alice\n\n_request_link\n|\n'
    second.send(link)
    expect(second.takeMethods()).toEqual(['_error_status_person_connected'])
    first.send(link)
    expect(first.takeMethods()).toEqual(['_notice_link'])
    expect(lab.registry.find('alice')?.linkCount).toBe(1)
    first.close()
    second.send(link)
    expect(second.takeMethods()).toEqual(['_notice_link'])
  })

  test('a client that links to another person is no client of the first', () => {
    const lab = new PsycLab()
    const peer = linked(lab)
    peer.send(':_source␉psyc://127.0.0.1:-40000/\n:_target␉psyc://gw.example/~bob\n\n_request_link\n|\n')
    expect(lab.registry.find('alice')).toBeUndefined()
    expect(lab.registry.find('bob')?.linkCount).toBe(1)
  })

  test('several persons over one circuit, each with a location of its own [psyced.md 2.4]', () => {
    const lab = new PsycLab()
    const peer = lab.modern({ address: '127.0.0.1' })
    for (const nick of ['fred', 'gina']) {
      peer.send(
        `:_source␉psyc://127.0.0.1:-40000/$link/${nick}\n:_target␉psyc://gw.example/~${nick}\n\n_request_link\n|\n`,
      )
    }
    expect(peer.takeMethods()).toEqual(['_notice_link', '_notice_link'])
    const spy = lab.entity('$spy')
    peer.send(
      ':_source␉psyc://127.0.0.1:-40000/$link/gina\n:_source_identification␉psyc://gw.example/~gina\n' +
        ':_target␉psyc://gw.example/$spy\n\n_notice_x\n|\n',
    )
    peer.send(
      ':_source␉psyc://127.0.0.1:-40000/$link/gina\n:_source_identification␉psyc://gw.example/~fred\n' +
        ':_target␉psyc://gw.example/$spy\n\n_notice_y\n|\n',
    )
    expect(spy.take()).toEqual([
      '_notice_x psyc://gw.example/~gina',
      '_notice_y psyc://127.0.0.1:-40000/$link/gina',
    ])
  })

  test.each([
    ['the password itself on loopback', '127.0.0.1', undefined, () => 'secret', '_notice_link'],
    ['sha1', '10.1.2.3', 'sha1', (nonce: string) => hash(`${nonce}secret`), '_notice_link'],
    [
      'sha1 in capitals',
      '10.1.2.3',
      'sha1',
      (nonce: string) => hash(`${nonce}secret`).toUpperCase(),
      '_notice_link',
    ],
    ['hmac-sha1', '10.1.2.3', 'hmac-sha1', (nonce: string) => hmac('secret', nonce), '_notice_link'],
    ['a wrong password', '127.0.0.1', undefined, () => 'guess', '_error_invalid_password'],
    ['a wrong hash', '10.1.2.3', 'sha1', (nonce: string) => hash(`${nonce}guess`), '_error_invalid_password'],
    ['the hash of no nonce', '10.1.2.3', 'sha1', () => hash('secret'), '_error_invalid_password'],
    ['an unknown hash', '10.1.2.3', 'md5', () => 'x', '_error_invalid_password'],
  ])('a registered nick: %s', (_name, address, method, password, answer) => {
    const lab = new PsycLab()
    lab.store.save('alice', { displayName: 'Alice', password: 'secret' })
    const peer = lab.modern({ address })
    peer.send(':_target␉psyc://gw.example/~alice\n\n_request_link\n|\n')
    const query = peer.take()
    expect(query).toContain('_query_password\n')
    expect(query).toMatch(/:_available_hashes \d+␉sha1;hmac-sha1\n/)
    const nonce = /_nonce \d+␉(\w+)\n/.exec(query)?.[1] ?? ''
    const methodLine = method === undefined ? '' : `:_method␉${method}\n`
    const set = `:_target␉psyc://gw.example/~alice\n\n${methodLine}:_password␉${password(nonce)}\n_set_password\n|\n`
    peer.send(set)
    expect(peer.takeMethods()).toEqual([answer])
    if (answer === '_notice_link') expect(lab.registry.find('alice')?.isRegistered).toBe(true)
  })

  test('a password in the clear over an open network is not even looked at', () => {
    const lab = new PsycLab()
    lab.store.save('alice', { displayName: 'Alice', password: 'secret' })
    const peer = lab.modern({ address: '10.1.2.3' })
    peer.send(':_target␉psyc://gw.example/~alice\n\n:_password␉secret\n_request_link\n|\n')
    expect(peer.takeMethods()).toEqual(['_error_necessary_encryption', '_query_password'])
    const safe = lab.modern({ address: '10.1.2.3', port: 40001, isEncrypted: true })
    safe.send(':_target␉psyc://gw.example/~alice\n\n:_password␉secret\n_request_link\n|\n')
    expect(safe.takeMethods()).toEqual(['_notice_link'])
  })

  test('five wrong passwords close the circuit', () => {
    const lab = new PsycLab()
    lab.store.save('alice', { displayName: 'Alice', password: 'secret' })
    const peer = lab.modern({ address: '127.0.0.1' })
    for (let tries = 1; tries <= 5; tries++) {
      expect(peer.state).toBe('open')
      peer.send(':_target␉psyc://gw.example/~alice\n\n:_password␉guess\n_request_link\n|\n')
    }
    expect(peer.takeMethods()).toHaveLength(5)
    expect(peer.state).toBe('ended')
  })

  test('five wrong passwords from a node end the guessing there, not the circuit of its users', () => {
    const lab = new PsycLab({ hosts: { 'a.example': ['127.0.0.1'] } })
    lab.store.save('alice', { displayName: 'Alice', password: 'secret' })
    const peer = lab.modern({ address: '127.0.0.1' })
    const link = (password: string): void => {
      peer.send(
        `:_source␉psyc://a.example/~x\n:_target␉psyc://gw.example/~alice\n\n:_password␉${password}\n_request_link\n|\n`,
      )
    }
    for (const password of ['1', '2', '3', '4', '5', 'secret']) link(password)
    expect(new Set(peer.takeMethods())).toEqual(new Set(['_error_invalid_password']))
    expect(peer.state).toBe('open')
  })

  test('a registered person has many links, and all get everything', () => {
    const lab = new PsycLab()
    lab.store.save('alice', { displayName: 'Alice', password: 'secret' })
    const peers = [40000, 40001].map((port) => lab.modern({ address: '127.0.0.1', port }))
    for (const peer of peers) {
      peer.send(':_target␉psyc://gw.example/~alice\n\n:_password␉secret\n_request_link\n|\n')
      peer.take()
    }
    lab.node.send(
      Packet.of({ _source: 'psyc://gw.example/$x', _target: 'psyc://gw.example/~alice' }, '_notice_x'),
    )
    lab.settle()
    expect(peers.map((peer) => peer.takeMethods())).toEqual([['_notice_x'], ['_notice_x']])
  })

  test('the way of the specification: a subscription to #_links', () => {
    const lab = new PsycLab()
    lab.store.save('alice', { displayName: 'Alice', password: 'secret' })
    const peer = lab.modern({ address: '127.0.0.1' })
    const enter = ':_target␉psyc://gw.example/~alice#_links\n:_tag␉9\n\n'
    peer.send(`${enter}_request_context_enter\n|\n`)
    expect(peer.takeMethods()).toEqual(['_request_password'])
    peer.send(`${enter}:_password␉secret\n_request_context_enter\n|\n`)
    expect(peer.takeMethods()).toEqual(['_notice_context_enter'])
    peer.send(`${enter}_request_context_leave\n|\n`)
    expect(lab.registry.size).toBe(0)
  })

  test.each(['_request_unlink', '_request_unlink_disconnect', '_request_exit', '_request_do_quit'])(
    '%s',
    (method) => {
      const lab = new PsycLab()
      const peer = linked(lab)
      peer.send(`:_target␉psyc://gw.example/~alice\n\n${method}\n|\n`)
      expect(peer.takeMethods()).toEqual(['_notice_unlink'])
      expect(lab.registry.size).toBe(0)
      expect(lab.node.entity('psyc://gw.example/~alice')).toBeUndefined()
    },
  )

  test('passwords are compared whole', () => {
    const proof = (password: string): boolean =>
      isProven('secret', { method: undefined, password, nonce: undefined }, undefined)
    expect(['secret', 'secretsecret', 'secre', '', 'Secret'].map(proof)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ])
    expect(isProven('', { method: '', password: '', nonce: undefined }, undefined)).toBe(true)
    expect(isProven('x', { method: 'sha1', password: hash('nx'), nonce: 'n' }, undefined)).toBe(false)
  })
})

describe('speaking', () => {
  test.each([
    ['no source', ''],
    ['the person as source', ':_source␉psyc://gw.example/~alice\n'],
    [
      'location and identification',
      ':_source␉psyc://127.0.0.1:-40000/\n:_source_identification␉psyc://gw.example/~alice\n',
    ],
    ['identification alone', ':_source_identification␉psyc://gw.example/~alice\n'],
  ])('in the person’s name by %s', (_name, routing) => {
    const lab = new PsycLab()
    const spy = lab.entity('$spy')
    linked(lab).send(
      `${routing}:_target␉psyc://gw.example/$spy\n:_source_relay␉psyc://gw.example/~root\n\n_message\nhi\n|\n`,
    )
    expect(spy.packets[0]?.source).toBe('psyc://gw.example/~alice')
    expect(spy.packets[0]?.sourceRelay).toBeUndefined()
    expect(spy.origins[0]?.isLocal).toBe(true)
  })

  test('as itself by its location', () => {
    const lab = new PsycLab()
    const spy = lab.entity('$spy')
    linked(lab).send(
      ':_source␉psyc://127.0.0.1:-40000/\n:_target␉psyc://gw.example/$spy\n\n_message\nhi\n|\n',
    )
    expect(spy.take()).toEqual(['_message psyc://127.0.0.1:-40000/'])
  })

  test('not as somebody else, nor after it has unlinked', () => {
    const lab = new PsycLab()
    const [alice, bob] = [linked(lab), linked(lab, 'bob', 40001)]
    bob.send(':_source␉psyc://gw.example/~alice\n:_target␉psyc://gw.example/$x\n\n_message\n|\n')
    expect(bob.state).toBe('ended')
    alice.send(':_target␉psyc://gw.example/~alice\n\n_request_unlink\n|\n')
    alice.send(':_source␉psyc://gw.example/~alice\n:_target␉psyc://gw.example/$x\n\n_message\n|\n')
    expect(alice.state).toBe('ended')
  })

  test('private talk is delivered and echoed, between clients of either kind', () => {
    const lab = new PsycLab()
    const [alice, bob] = [linked(lab), linked(lab, 'bob', 40001)]
    alice.send(':_target␉psyc://gw.example/~bob\n:_tag␉5\n\n:_nick␉alice\n_message_private\nhello\n|\n')
    expect(bob.take()).toBe(
      `:_source␉psyc://gw.example/~bob
:_target␉psyc://127.0.0.1:-40001/
:_source_relay␉psyc://gw.example/~alice
:_tag␉5

:_nick␉alice
_message_private
hello
|
`.replace(/(:_target.*\n)(:_source_relay.*\n)/, '$2$1'),
    )
    expect(alice.take()).toBe(`:_source␉psyc://gw.example/~alice
:_source_relay␉psyc://gw.example/~bob
:_target␉psyc://127.0.0.1:-40000/
:_tag_relay␉5

:_nick␉bob
_message_echo_private
hello
|
`)
  })

  test('nobody there: unknown, or registered and absent', () => {
    const lab = new PsycLab()
    lab.store.save('carol', { displayName: 'Carol', password: 'x' })
    const peer = linked(lab)
    for (const nick of ['bob', 'carol']) {
      peer.send(`:_target␉psyc://gw.example/~${nick}\n\n_message_private\nhello\n|\n`)
    }
    peer.send(':_target␉psyc://gw.example/~carol\n\n_request_presence\n|\n')
    expect(peer.takeMethods()).toEqual([
      '_error_unknown_name_user',
      '_status_person_absent',
      '_status_presence_absent',
    ])
  })
})

describe('claims of this program’s own connections', () => {
  test('a name is one link’s, or many links’ with the password', () => {
    const lab = new PsycLab({ limits: { linksPerPerson: 2 } })
    lab.store.save('carol', { displayName: 'Carol', password: 'x' })
    const { registry } = lab
    const claim = (name: string, isAuthenticated = false): unknown => {
      const claimed = registry.claim(name, recorder(), { isAuthenticated })
      return claimed instanceof Person ? claimed.nick : claimed
    }
    expect(claim('Bob')).toBe('bob')
    expect(claim('bob')).toBe('taken')
    expect(claim('carol')).toBe('registered')
    expect([claim('carol', true), claim('carol', true), claim('carol', true)]).toEqual([
      'carol',
      'carol',
      'full',
    ])
    expect([claim(''), claim('a b'), claim('a#b')]).toEqual(['illegal', 'illegal', 'illegal'])
    expect(registry.size).toBe(2)
  })

  test('no more persons than the limit', () => {
    const { registry } = new PsycLab({ limits: { persons: 1 } })
    expect(registry.claim('a', recorder())).toBeInstanceOf(Person)
    expect(registry.claim('b', recorder())).toBe('full')
  })

  test('what comes for the person goes to every link, as it came', () => {
    const lab = new PsycLab()
    const link = recorder()
    lab.registry.claim('bob', link)
    linked(lab).send(':_target␉psyc://gw.example/~bob\n\n_request_invoke\n|\n')
    expect(link.take()).toEqual(['_request_invoke psyc://gw.example/~alice'])
  })
})

describe('memberships [psyc.md 5.2, 5.7]', () => {
  test.each([
    ['_request_enter', 'close', '_request_leave_logout'],
    ['_request_context_enter', 'close', '_request_context_leave_logout'],
    ['_request_enter', 'breaks', '_request_leave_disconnect'],
  ] as const)('%s, then %s: %s', (enter, end, leave) => {
    const lab = new PsycLab()
    const place = answering(lab.entity('@p'), lab)
    const peer = linked(lab)
    peer.send(`:_target␉psyc://gw.example/@p\n\n${enter}\n|\n`)
    expect(place.packets[0]?.tag).toMatch(/^\w{16}$/)
    expect(lab.registry.find('alice')?.memberships.contexts.map(({ text }) => text)).toEqual([
      'psyc://gw.example/@p',
    ])
    place.take()
    peer[end]()
    expect(place.take()).toEqual([`${leave} psyc://gw.example/~alice`])
    expect(lab.registry.size).toBe(0)
  })

  test('only a confirmation with the right tag counts', () => {
    const lab = new PsycLab()
    const place = lab.entity('@p')
    const peer = linked(lab)
    const echo = (tag: string | undefined, source = place.uniform.text): void => {
      lab.node.send(
        Packet.of(
          { _source: source, _target: 'psyc://gw.example/~alice', _tag_relay: tag },
          '_echo_place_enter',
        ),
      )
      lab.settle()
    }
    const count = (): number | undefined => lab.registry.find('alice')?.memberships.contexts.length
    echo('77')
    peer.send(':_target␉psyc://gw.example/@p\n:_tag␉77\n\n_request_enter\n|\n')
    echo(undefined)
    echo('78')
    echo('77', 'psyc://gw.example/@other')
    expect(count()).toBe(0)
    echo('77')
    expect(count()).toBe(1)
  })

  test('a request of the person’s own makes it a member, and its leave ends that', () => {
    const lab = new PsycLab()
    answering(lab.entity('@p'), lab)
    const person = lab.registry.claim('bob', recorder()) as Person
    const answers: (string | undefined)[] = []
    for (const act of ['enter', 'leave']) {
      person.request('psyc://gw.example/@p', `_request_context_${act}`, {}, 1_000, (answer) =>
        answers.push(answer?.method),
      )
      lab.settle()
      answers.push(String(person.memberships.contexts.length))
    }
    expect(answers).toEqual(['_echo_context_enter', '1', '_echo_context_leave', '0'])
  })

  test('an enter that is confirmed when the person is gone makes nobody a member', () => {
    const lab = new PsycLab()
    const place = lab.entity('@p')
    const link = recorder()
    const person = lab.registry.claim('bob', link) as Person
    person.request('psyc://gw.example/@p', '_request_context_enter', {}, 1_000, () => undefined)
    lab.settle()
    const tag = place.packets[0]?.tag
    person.removeLink(link, 'lost')
    const echo = { _source: place.uniform.text, _target: person.uniform.text, _tag_relay: tag }
    lab.node.send(Packet.of(echo, '_echo_context_enter'))
    lab.settle()
    expect(person.memberships.contexts).toEqual([])
    expect(place.packets.at(-1)?.method).toBe('_request_context_leave')
  })

  test('casts reach the clients; one’s own words as an echo [psyc.md 5.4]', () => {
    const lab = new PsycLab()
    const peer = linked(lab)
    for (const speaker of ['alice', 'bob']) {
      const routing = { _context: 'psyc://gw.example/@p', _source_relay: `psyc://gw.example/~${speaker}` }
      lab.node.sendTo('psyc://gw.example/~alice', Packet.of(routing, '_message_public', {}, 'hi'))
    }
    lab.settle()
    expect(peer.takeMethods()).toEqual(['_message_echo_public', '_message_public'])
  })

  test('a kick ends it', () => {
    const lab = new PsycLab()
    answering(lab.entity('@p'), lab)
    const peer = linked(lab)
    peer.send(':_target␉psyc://gw.example/@p\n\n_request_enter\n|\n')
    const routing = { _source: 'psyc://gw.example/@p', _target: 'psyc://gw.example/~alice' }
    lab.node.send(Packet.of(routing, '_notice_place_leave_banned'))
    lab.settle()
    expect(lab.registry.find('alice')?.memberships.contexts).toEqual([])
  })

  describe('of a foreign place', () => {
    /** @param told what the echo of the enter says besides */
    function inForeignPlace(told = ''): { lab: PsycLab; client: LabPeer; home: LabPeer } {
      const lab = new PsycLab({ hosts: { 'a.example': ['10.0.0.2'] } })
      const home = lab.modern({ address: '10.0.0.2' })
      home.send(':_source␉psyc://a.example/\n\n_notice_circuit_established\n|\n')
      const client = linked(lab)
      client.send(':_target␉psyc://a.example/@p\n:_tag␉5\n\n_request_enter\n|\n')
      expect(home.takeMethods()).toEqual(['_request_enter'])
      const cast = ':_context␉psyc://a.example/@p\n\n_message_public\nhi\n|\n'
      home.send(cast)
      home.send(
        `:_source␉psyc://a.example/@p\n:_target␉psyc://gw.example/~alice\n:_tag_relay␉5\n\n${told}_echo_place_enter\n|\n`,
      )
      home.send(cast)
      expect(client.takeMethods()).toEqual(['_echo_place_enter', '_message_public'])
      return { lab, client, home }
    }

    test('casts reach its members here', () => {
      const { lab, client, home } = inForeignPlace()
      client.close()
      expect(home.takeMethods()).toEqual(['_request_leave_logout'])
      home.send(':_context␉psyc://a.example/@p\n\n_message_public\nhi\n|\n')
      expect(lab.node.drops.casts).toBe(2)
    })

    test.each([
      ['of an earlier self, which comes late, does not', 7, 1],
      ['of its own does', 8, 0],
    ])('it is in it until it leaves: a leave %s end that', (_, counter, contexts) => {
      const { lab, home } = inForeignPlace(':_amount_casts␉7\n')
      home.send(
        `:_context␉psyc://a.example/@p\n:_source_relay␉psyc://gw.example/~alice\n:_counter␉${counter}\n\n_notice_context_leave_disconnect\n|\n`,
      )
      expect(lab.registry.find('alice')?.memberships.contexts).toHaveLength(contexts)
    })

    test('a lost home is asked again for 30 s, then the person is out [design 3]', () => {
      const { lab, client, home } = inForeignPlace()
      home.breaks()
      lab.wait(27_000)
      expect(client.takeMethods()).toEqual([])
      lab.wait(3_000)
      expect(client.takeMethods()).toEqual(['_notice_place_leave_netburp'])
      expect(lab.time.timers.size).toBe(0)
    })

    test('a home that is back in time is entered again', () => {
      const { lab, client, home } = inForeignPlace()
      home.breaks()
      const back = lab.modern({ address: '10.0.0.2', port: 40009 })
      back.send(':_source␉psyc://a.example/\n\n_notice_circuit_established\n|\n')
      lab.wait(1_000)
      const request = back.take()
      expect(request).toContain('_request_enter_again\n')
      const tag = /:_tag␉(\w+)/.exec(request)?.[1] ?? ''
      back.send(
        `:_source␉psyc://a.example/@p\n:_target␉psyc://gw.example/~alice\n:_tag_relay␉${tag}\n\n_echo_place_enter_again\n|\n`,
      )
      back.send(':_context␉psyc://a.example/@p\n\n_message_public\nhi\n|\n')
      expect(client.takeMethods()).toEqual(['_message_public'])
      expect(lab.time.timers.size).toBe(0)
    })
  })
})

describe('commands of a linked client [psyc.md 6.3]', () => {
  function command(
    input: string,
    method = '_request_input',
    variables = '',
  ): { sent: string[]; answers: string[] } {
    const lab = new PsycLab()
    const place = answering(lab.entity('@p'), lab)
    lab.entity('~bob')
    const bob = lab.node.entity('psyc://gw.example/~bob') as RecordingEntity
    const peer = linked(lab)
    peer.send(':_target␉psyc://gw.example/@p\n\n_request_enter\n|\n')
    place.take()
    peer.take()
    peer.send(`:_target␉psyc://gw.example/~alice\n\n${variables}${method}\n${input}\n|\n`)
    const sent = [...place.packets, ...bob.packets].map((packet) =>
      `${packet.method} ${packet.bodyText}`.trim(),
    )
    return { sent, answers: peer.takeMethods() }
  }

  test.each([
    ['hello all', '_request_input', '', ['_message_public hello all']],
    ['hello all', '_request_input', ':_focus␉psyc://gw.example/~bob\n', ['_message_private hello all']],
    ['/say /x', '_request_input', '', ['_message_public /x']],
    ['/me waves', '_request_input', '', ['_message_public']],
    ['/msg bob how are you', '_request_input', '', ['_message_private how are you']],
    ['/part', '_request_input', '', ['_request_leave']],
    ['leave @p', '_request_execute', '', ['_request_leave']],
    ['join p', '_request_execute', '', ['_request_enter_join']],
    ['/j psyc://gw.example/@p', '_request_input', '', ['_request_enter_join']],
    ['who', '_request_execute', '', ['_request_members']],
    ['history 10', '_request_execute', '', ['_request_history']],
    ['topic', '_request_execute', '', ['_query_topic']],
    ['topic new', '_request_execute', '', ['_request_set_topic']],
    ['kick bob', '_request_execute', '', ['_request_kick']],
    ['dance wildly', '_request_execute', '', ['_request_execute dance wildly']],
    ['', '_request_do_enter', ':_group␉@p\n', ['_request_enter_join']],
    ['', '_request_do_leave', ':_group␉p\n', ['_request_leave']],
    ['hi', '_request_do_message', ':_group␉@p\n', ['_message_public hi']],
    ['hi', '_request_do_message', ':_person␉bob\n', ['_message_private hi']],
  ])('%j by %s %j', (input, method, variables, sent) => {
    expect(command(input, method, variables).sent).toEqual(sent)
  })

  test.each([
    ['/join', '_request_input', '', ['_error_illegal_uniform']],
    ['/join a b c', '_request_input', '', ['_error_illegal_uniform']],
    ['/msg', '_request_input', '', ['_error_illegal_uniform']],
    ['set password xyz', '_request_execute', '', ['_echo_set_password']],
    ['set password alice1', '_request_execute', '', ['_error_illegal_password']],
    ['quit', '_request_execute', '', ['_notice_unlink']],
    ['', '_request_do_register', ':_password␉xyz\n', ['_echo_set_password']],
    ['', '_request_do_presence', ':_degree_availability␉3\n', ['_status_presence_away']],
    ['', '_request_do_presence', ':_degree_availability␉99\n', ['_status_presence_here']],
    ['', '_request_do_unheard', '', ['_failure_unsupported_request']],
    ['', '_request_presence', '', ['_status_presence_here']],
    ['', '_request_status_person', '', ['_status_person_present']],
    ['', '_request_version', '', ['_status_version']],
    ['', '_request_description', '', ['_status_description_person']],
    ['', '_request_description_vCard', '', ['_status_description_person']],
    ['', '_request_description_time', '', ['_status_description_time']],
  ])('%j by %s %j is answered %j', (input, method, variables, answers) => {
    expect(command(input, method, variables).answers).toEqual(answers)
  })

  test('without a place there is nobody to talk to', () => {
    const lab = new PsycLab()
    const peer = linked(lab)
    peer.send(':_target␉psyc://gw.example/~alice\n\n_request_input\nhello?\n|\n')
    expect(peer.takeMethods()).toEqual(['_error_necessary_focus'])
  })

  test.each([
    ['_request_input', '_error_rejected_input_person'],
    ['_request_execute', '_failure_unsupported_execute_person'],
    ['_request_do_enter', '_failure_unsupported_request'],
  ])('of a stranger are refused: %s', (method, refusal) => {
    const lab = new PsycLab()
    linked(lab)
    const stranger = lab.modern({ address: '127.0.0.1', port: 40001 })
    stranger.send(`:_target␉psyc://gw.example/~alice\n\n${method}\nquit\n|\n`)
    expect(stranger.takeMethods()).toEqual([refusal])
    expect(lab.registry.size).toBe(1)
  })
})

test.each([
  ['psyc://127.0.0.1:-40000/', '_notice_authentication'],
  ['psyc://127.0.0.1:-40001/', '_error_invalid_authentication'],
  ['', '_error_invalid_authentication'],
])('authentication of %j: %s [psyc.md 6.4]', (location, answer) => {
  const lab = new PsycLab()
  linked(lab)
  const asker = lab.modern({ address: '10.0.0.9', port: 40001 })
  asker.send(`:_target␉psyc://gw.example/~alice\n\n:_location␉${location}\n_request_authentication\n|\n`)
  expect(asker.takeMethods()).toEqual([answer])
})
