/** The node: where packets go, and what comes back when they cannot. */
import { Packet } from '../../../../src/psyc/wire/packet.js'
import type { Origin } from '../../../../src/psyc/entity/node.js'
import { PsycLab } from '../../../support/psyc-lab.js'
import type { LabPeer } from '../../../support/psyc-lab.js'

const hosts = { 'a.example': ['127.0.0.2'], 'b.example': ['127.0.0.3'] }

function labWithNode(syntax: 'modern' | 'legacy' = 'modern'): { lab: PsycLab; peer: LabPeer } {
  const lab = new PsycLab({ hosts })
  const peer = lab[syntax]({ address: '127.0.0.2' })
  const end = syntax === 'modern' ? '|' : '.'
  peer.send(`:_source␉psyc://a.example/\n\n_notice_circuit_established\n${end}\n`)
  return { lab, peer }
}

describe('delivery', () => {
  test('nobody is called from within a send, and order is kept', () => {
    const lab = new PsycLab()
    const [a, b] = [lab.entity('$a'), lab.entity('$b')]
    const trace: string[] = []
    a.onPacket = (packet) => {
      trace.push(`a gets ${packet.method}`)
      lab.node.send(Packet.of({ _target: b.uniform.text }, '_notice_from_a'))
      trace.push('a has sent')
    }
    b.onPacket = (packet) => trace.push(`b gets ${packet.method}`)
    lab.node.send(Packet.of({ _target: a.uniform.text }, '_notice_1'))
    lab.node.send(Packet.of({ _target: b.uniform.text }, '_notice_2'))
    expect(trace).toEqual([])
    lab.settle()
    expect(trace).toEqual(['a gets _notice_1', 'a has sent', 'b gets _notice_2', 'b gets _notice_from_a'])
  })

  test('an entity that throws does not lose the packets of others', () => {
    const lab = new PsycLab()
    const [a, b] = [lab.entity('$a'), lab.entity('$b')]
    a.onPacket = () => {
      throw new Error('a bug')
    }
    for (const entity of [a, b]) lab.node.send(Packet.of({ _target: entity.uniform.text }, '_notice_x'))
    lab.settle()
    expect(b.packets).toHaveLength(1)
    expect(lab.logged.filter(({ level }) => level === 'error')).toHaveLength(1)
  })

  test('channels and other spellings reach the entity', () => {
    const { lab, peer } = labWithNode()
    const place = lab.entity('@chat')
    peer.send(
      ':_source␉psyc://a.example/~x\n:_target␉PSYC://GW.example:4404/@Chat#_so_users\n\n_notice_x\n|\n',
    )
    expect(place.take()).toEqual(['_notice_x psyc://a.example/~x'])
    expect(place.origins[0]).toEqual({
      rootKey: 'psyc://a.example/',
      isLocal: false,
      understandsState: false,
      understandsRoute: false,
      syntax: '1.0',
      openedAt: 1_000,
    })
  })

  test('trust, internals and unknown routing of a peer are stripped, talk is _message [psyc.md 3.4]', () => {
    const { lab, peer } = labWithNode()
    const place = lab.entity('@chat')
    peer.send(
      ':_source␉psyc://a.example/~x\n:_target␉psyc://gw.example/@chat\n:_bogus␉1\n:_target_forward␉x\n' +
        ':_source_identification␉psyc://gw.example/~root\n\n:_trust␉9\n:_INTERNAL_x␉1\n:_nick␉x\n_converse_public\nhi\n|\n',
    )
    const packet = place.packets[0]
    expect(packet?.method).toBe('_message_public')
    expect(packet?.routing.map(({ name }) => name)).toEqual(['_source', '_target'])
    expect(packet?.entity.map(({ name }) => name)).toEqual(['_nick'])
  })

  test('packets to a node take its latest circuit, and the next one when that ends', () => {
    const { lab, peer: first } = labWithNode()
    const second = lab.modern({ address: '127.0.0.2', port: 40001 })
    second.send(':_source␉psyc://a.example/\n\n_notice_circuit_established\n|\n')
    const send = (): void => {
      lab.node.send(Packet.of({ _target: 'psyc://a.example/~x' }, '_notice_x'))
      lab.settle()
    }
    send()
    expect([first.takeMethods(), second.takeMethods()]).toEqual([[], ['_notice_x']])
    second.breaks()
    send()
    expect([first.takeMethods(), second.takeMethods()]).toEqual([['_notice_x'], []])
  })

  test('a registered resource cannot be taken, and is free again after', () => {
    const lab = new PsycLab()
    const entity = lab.entity('$a')
    expect(() => lab.entity('$A')).toThrow('taken')
    lab.node.unregister(entity)
    expect(() => lab.entity('$A')).not.toThrow()
  })

  test('a missing entity may be made on demand', () => {
    const { lab, peer } = labWithNode()
    lab.node.onMissingEntity(({ resource }) => (resource === '@new' ? lab.entity('@new') : undefined))
    const toNew = ':_source␉psyc://a.example/~x\n:_target␉psyc://gw.example/@new\n\n_message\nhi\n|\n'
    peer.send(toNew + toNew)
    expect(peer.takeMethods()).toEqual([])
    expect(lab.node.entity('psyc://gw.example/@new')).toBeDefined()
  })
})

describe('refusals', () => {
  test.each([
    ['psyc://gw.example/@none', '_request_enter', '_error_illegal_uniform'],
    ['psyc://gw.example/@none', '_error_x', undefined],
    ['psyc://gw.example/@none', '_notice_x', undefined],
    ['psyc://gw.example/~none', '_message_private', '_error_unknown_name_user'],
    ['psyc://other.example/@x', '_message', '_failure_unsupported_relay'],
    ['psyc://b.example/@x', '_failure_x', undefined],
    ['/@x', '_message', '_error_illegal_uniform'],
  ])('%s %s → %s [psyc.md 3.3]', (target, method, answer) => {
    const { peer } = labWithNode()
    peer.send(`:_source␉psyc://a.example/~x\n:_target␉${target}\n:_tag␉77\n\n${method}\n|\n`)
    const text = peer.take()
    if (answer === undefined) expect(text).toBe('')
    else {
      expect(text).toContain(`\n${answer}\n`)
      expect(text).toContain(':_target␉psyc://a.example/~x\n')
      expect(text).toContain(':_tag_relay␉77\n')
    }
    expect(peer.state).toBe('open')
  })

  test('what cannot be delivered comes back in the name of its target [psyc.md 3.6]', () => {
    const lab = new PsycLab()
    const sender = lab.entity('~s')
    const routing = { _source: sender.uniform.text, _target: 'psyc://c.example/~x', _tag: 't1' }
    lab.node.send(Packet.of(routing, '_message_private', {}, 'hello'))
    lab.settle()
    const [failure] = sender.packets
    expect(failure?.method).toBe('_failure_unsuccessful_delivery_disconnect')
    expect(failure?.source).toBe('psyc://c.example/~x')
    expect(failure?.sourceRelay).toBe(sender.uniform.text)
    expect(failure?.tagRelay).toBe('t1')
    expect(failure?.text('_method_relay')).toBe('_message_private')
    expect(failure?.text('_data_relay')).toBe('hello')
    expect(sender.origins[0]?.isLocal).toBe(true)
  })

  test('a cast that cannot be delivered comes back to its context; a failure never', () => {
    const lab = new PsycLab()
    const place = lab.entity('@p')
    lab.node.sendTo('psyc://c.example/', Packet.of({ _context: place.uniform.text }, '_message_public'))
    lab.node.sendTo('psyc://c.example/', Packet.of({ _context: place.uniform.text }, '_failure_x'))
    lab.node.send(Packet.of({ _source: place.uniform.text, _target: 'psyc://10.9.9.9:-5/' }, '_notice_x'))
    lab.settle()
    expect(place.take()).toEqual([
      '_failure_unsuccessful_delivery_disconnect psyc://c.example/',
      '_failure_unsuccessful_delivery_invalid_port_connect psyc://10.9.9.9:-5/',
    ])
  })
})

describe('casts', () => {
  test('reach the receivers of their context, over a circuit of its own root only [psyc.md 3.3]', () => {
    const { lab, peer } = labWithNode()
    const got: string[] = []
    const receiver = {
      receive: (packet: Packet, origin: Origin) => got.push(`${packet.method} ${origin.rootKey}`),
    }
    lab.node.subscribe('psyc://a.example/@p', receiver)
    peer.send(':_context␉psyc://a.example/@P\n:_source_relay␉psyc://b.example/~y\n\n_message_public\n|\n')
    peer.send(':_context␉psyc://a.example/@p\n:_target␉psyc://gw.example/\n\n_status_state\n|\n')
    peer.send(':_context␉psyc://a.example/@other\n\n_message_public\n|\n')
    expect(got).toEqual(['_message_public psyc://a.example/', '_status_state psyc://a.example/'])
    expect(lab.node.drops.casts).toBe(1)
    lab.node.unsubscribe('psyc://a.example/@p', receiver)
    peer.send(':_context␉psyc://a.example/@p\n\n_message_public\n|\n')
    expect(got).toHaveLength(2)
    expect(lab.node.drops.casts).toBe(2)
  })

  test('with a target go to that entity alone; to a foreign target nowhere [psyc.md 3.2]', () => {
    const { lab, peer } = labWithNode()
    const person = lab.entity('~p')
    peer.send(':_context␉psyc://a.example/@p\n:_target␉psyc://gw.example/~p\n\n_message_public\n|\n')
    peer.send(':_context␉psyc://a.example/@p\n:_target␉psyc://b.example/~p\n\n_message_public\n|\n')
    expect(person.take()).toEqual(['_message_public psyc://a.example/@p'])
    expect(peer.take()).toBe('')
    expect(lab.node.drops.casts).toBe(1)
  })

  test('of a parent in a tree are for this node alone, and persons get only what is admitted [design 5]', () => {
    const { lab, peer } = labWithNode()
    const context = 'psyc://b.example/@p'
    const person = lab.entity('~p')
    const got: string[] = []
    const receiver = (name: string) => ({
      receive: ({ method }: Packet, { parentKey }: Origin) => got.push(`${name} ${method} ${parentKey}`),
    })
    lab.node.subscribe(context, receiver('person'))
    lab.node.subscribe(context, { ...receiver('replica'), admits: ({ counter }) => counter === 7 })
    lab.node.allowParent(context, 'psyc://a.example/')
    peer.send(`:_context␉${context}\n:_counter␉7\n\n_message_public\n|\n`)
    peer.send(`:_context␉${context}\n:_counter␉9\n\n_message_public\n|\n`)
    peer.send(`:_context␉${context}\n:_target␉psyc://gw.example/~p\n\n_message_public\n|\n`)
    expect(got).toEqual([
      'person _message_public psyc://a.example/',
      'replica _message_public psyc://a.example/',
      'replica _message_public psyc://a.example/',
    ])
    expect([person.take(), lab.node.drops.casts]).toEqual([[], 1])
  })

  test('of our own contexts reach local persons, our receivers, and nodes once', () => {
    const { lab, peer } = labWithNode()
    const person = lab.entity('~p')
    const got: string[] = []
    lab.node.subscribe('psyc://gw.example/@p', { receive: ({ method }) => got.push(method) })
    const cast = Packet.of({ _context: 'psyc://gw.example/@p' }, '_message_public')
    for (const member of ['psyc://gw.example/~p', 'psyc://gw.example/', 'psyc://a.example/'])
      lab.node.sendTo(member, cast)
    lab.settle()
    expect([person.take().length, got.length, peer.takeMethods().length]).toEqual([1, 1, 1])
  })

  test('a lost circuit is told to the receivers it fed and those of an unreachable node', () => {
    const { lab, peer } = labWithNode()
    const lost: string[] = []
    for (const name of ['psyc://a.example/@p', 'psyc://b.example/@q']) {
      lab.node.subscribe(name, { receive: () => undefined, lost: () => lost.push(name) })
    }
    peer.breaks()
    expect(lost).toEqual(['psyc://a.example/@p'])
  })
})

test('who is lost and who is back is told once per node, and at once for clients', () => {
  const lab = new PsycLab({ hosts })
  const news: string[] = []
  const stop = lab.node.onPeerLost((rootKey, isClient, how) =>
    news.push(`lost ${rootKey} ${isClient} ${how}`),
  )
  lab.node.onPeerBack((rootKey) => news.push(`back ${rootKey}`))
  const established = ':_source␉psyc://a.example/\n\n_notice_circuit_established\n|\n'
  const [one, two] = [lab.modern({ address: '127.0.0.2' }), lab.modern({ address: '127.0.0.2', port: 40001 })]
  one.send(established)
  two.send(established)
  one.close()
  two.breaks()
  stop()
  lab.modern({ address: '127.0.0.2', port: 40002 }).send(established)
  expect(news).toEqual([
    'back psyc://a.example/',
    'lost psyc://127.0.0.2:-40000/ true finished',
    'lost psyc://127.0.0.2:-40001/ true lost',
    'lost psyc://a.example/ false lost',
    'back psyc://a.example/',
  ])
})

describe('requests', () => {
  function ask(lab: PsycLab, target: string, answers: (string | undefined)[]): void {
    const source = 'psyc://gw.example/~s'
    lab.node.request({ _source: source, _target: target }, '_request_x', {}, 1_000, (answer) =>
      answers.push(answer?.method),
    )
    lab.settle()
  }

  test('get the answer with their tag, which reaches nobody else', () => {
    const { lab, peer } = labWithNode()
    const sender = lab.entity('~s')
    const answers: (string | undefined)[] = []
    ask(lab, 'psyc://a.example/~x', answers)
    const tag = /:_tag␉(\w{16})/.exec(peer.take())?.[1] ?? ''
    const answer = `:_source␉psyc://a.example/~x\n:_target␉psyc://gw.example/~s\n:_tag_relay␉${tag}\n\n_echo_x\n|\n`
    peer.send(answer)
    expect(answers).toEqual(['_echo_x'])
    expect(sender.packets).toHaveLength(0)
    peer.send(answer)
    expect(answers).toHaveLength(1)
    expect(sender.packets).toHaveLength(1)
    expect(lab.time.timers.size).toBe(0)
  })

  test('take the old name of the tag from psyced [psyc.md 3.5]', () => {
    const { lab, peer } = labWithNode('legacy')
    const answers: (string | undefined)[] = []
    ask(lab, 'psyc://a.example/~x', answers)
    const tag = /:_tag␉(\w{16})/.exec(peer.take())?.[1] ?? ''
    peer.send(
      `:_source␉psyc://a.example/~x\n:_target␉psyc://gw.example/~s\n:_tag_reply␉${tag}\n\n_echo_x\n.\n`,
    )
    expect(answers).toEqual(['_echo_x'])
  })

  test('end with undefined after their time, or with the failure to deliver', () => {
    const { lab } = labWithNode()
    const answers: (string | undefined)[] = []
    ask(lab, 'psyc://a.example/~x', answers)
    lab.wait(1_000)
    ask(lab, 'psyc://c.example/~x', answers)
    expect(answers).toEqual([undefined, '_failure_unsuccessful_delivery_disconnect'])
    expect(lab.time.timers.size).toBe(0)
  })

  test('of one entity are not answered by packets to another', () => {
    const { lab, peer } = labWithNode()
    const other = lab.entity('~other')
    const answers: (string | undefined)[] = []
    ask(lab, 'psyc://a.example/~x', answers)
    const tag = /:_tag␉(\w{16})/.exec(peer.take())?.[1] ?? ''
    peer.send(
      `:_source␉psyc://a.example/~x\n:_target␉psyc://gw.example/~other\n:_tag_relay␉${tag}\n\n_echo_x\n|\n`,
    )
    expect(answers).toEqual([])
    expect(other.packets).toHaveLength(1)
  })
})

test('member facts: local ones understand state, others by what their circuit offered', () => {
  const { lab, peer } = labWithNode()
  const facts = (key: string): boolean | undefined => lab.node.memberOrigin(key)?.understandsState
  expect([facts('psyc://gw.example/~x'), facts('psyc://a.example/'), facts('psyc://c.example/')]).toEqual([
    true,
    false,
    undefined,
  ])
  peer.send(':_list_understand_modules␉| _state\n\n_request_features\n|\n')
  expect(facts('psyc://a.example/')).toBe(true)
})

describe('the end of the program [design 11]', () => {
  test('is told to every peer; clients are closed, nodes are asked to close and may say what they have', () => {
    const { lab, peer } = labWithNode()
    const client = lab.modern({ address: '127.0.0.9' })
    const entity = lab.entity('$a')
    lab.node.shutdown('maintenance')
    lab.settle()
    expect([client.takeMethods(), peer.takeMethods()]).toEqual([
      ['_warning_server_shutdown'],
      ['_warning_server_shutdown'],
    ])
    expect([client.state, peer.state]).toEqual(['ended', 'open'])
    lab.node.close()
    lab.settle()
    expect(peer.takeMethods()).toEqual(['_request_circuit_shutdown'])
    peer.send(':_source␉psyc://a.example/~x\n:_target␉psyc://gw.example/$a\n\n_notice_x\n|\n')
    expect(entity.take()).toEqual(['_notice_x psyc://a.example/~x'])
    peer.close()
    expect(lab.node.circuits).toEqual([])
    expect(lab.time.timers.size).toBe(0)
  })

  test('a node that does not close is closed after a second', () => {
    const { lab, peer } = labWithNode()
    lab.node.close()
    lab.settle()
    lab.wait(999)
    expect(peer.state).toBe('open')
    lab.wait(1)
    expect(peer.state).toBe('ended')
    expect(lab.time.timers.size).toBe(0)
  })
})

test('a node may say which of its own entities a packet is of; others’ identities are dropped [psyced.md 4.5]', () => {
  const { lab, peer } = labWithNode()
  const place = lab.entity('@chat')
  for (const identity of ['psyc://a.example/~x', 'psyc://b.example/~y']) {
    peer.send(
      `:_source␉psyc://a.example/\n:_source_identification␉${identity}\n:_target␉psyc://gw.example/@chat\n\n_notice_x\n|\n`,
    )
  }
  expect(place.take()).toEqual(['_notice_x psyc://a.example/~x', '_notice_x psyc://a.example/'])
})
