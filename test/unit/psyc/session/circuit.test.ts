/** What a circuit does with packets, silence and slow peers, once it is open. */
import { Packet } from '../../../../src/psyc/wire/packet.js'
import { PsycLab } from '../../../support/psyc-lab.js'

const ping = ':_tag␉1\n\n_request_ping\n|\n'

describe('faults of a packet are answered, and the circuit goes on', () => {
  test.each([
    ['a compact method', '\nm\nhi\n|\n', '_error_invalid_method_compact'],
    ['a compact variable', '\n:n␉x\n_message\n|\n', '_error_invalid_method_compact'],
    ['a compact routing variable', ':s␉psyc://x/\n\n_message\n|\n', '_error_invalid_method_compact'],
    [
      'two sources',
      ':_source␉psyc://a/\n:_source␉psyc://b/\n\n_message\n|\n',
      '_error_illegal_protocol_variable_routing',
    ],
    [
      'an operator in the routing header',
      '+_target␉psyc://gw.example/\n\n_message\n|\n',
      '_error_illegal_protocol_operator',
    ],
    [
      'source and context',
      ':_source␉psyc://10.1.2.3:-40000/\n:_context␉psyc://10.1.2.3:-40000/@x\n\n_message\n|\n',
      '_error_invalid_source',
    ],
  ])('%s [psyc.md 8]', (_name, bytes, method) => {
    const peer = new PsycLab().modern()
    peer.send(bytes + ping)
    expect(peer.takeMethods()).toEqual([method, '_echo_ping'])
    expect(peer.state).toBe('open')
  })
})

describe('bytes that are no packet are answered, and the circuit closes [psyc.md 2.8]', () => {
  test.each([
    ['|\n', '\n_message-public\nx\n|\n', '_error_illegal_method'],
    ['|\n', '\n:_x y␉z\n_message\n|\n', '_error_syntax_length_value'],
    ['|\n', '\n:_x 2␉zzz\n_message\n|\n', '_error_syntax_length_value'],
    ['|\n', '\n:\n|\n', '_error_illegal_protocol_variable'],
    ['|\n', '5\n_message_public\nhello\n|\n', '_error_syntax_delimiter'],
    ['|\n', '99999999999\n', '_error_exceeded_limit'],
    ['.\n', '\n_message-public\nx\n.\n', '_error_illegal_method'],
  ])('%j %j', (greeting, bytes, method) => {
    const lab = new PsycLab()
    const peer = lab.connect()
    peer.send(greeting)
    peer.take()
    const first = greeting === '|\n' ? ping : '\n_request_ping\n.\n'
    peer.send(first + bytes + ping)
    expect(peer.takeMethods()).toEqual(['_echo_ping', method])
    expect(peer.state).toBe('ended')
    expect(lab.warnings()).toHaveLength(1)
  })
})

test('routing state: = is kept for the circuit, : overrides once, empty = forgets [psyc.md 4.1]', () => {
  const lab = new PsycLab()
  const [a, b] = [lab.entity('$a'), lab.entity('$b')]
  const peer = lab.modern()
  peer.send('=_target␉psyc://gw.example/$a\n\n_notice_1\n|\n\n_notice_2\n|\n')
  peer.send(':_target␉psyc://gw.example/$b\n\n_notice_3\n|\n\n_notice_4\n|\n=_target␉\n\n_request_ping\n|\n')
  const methods = (entity: typeof a): string[] => entity.packets.map(({ method }) => method)
  expect(methods(a)).toEqual(['_notice_1', '_notice_2', '_notice_4'])
  expect(methods(b)).toEqual(['_notice_3'])
  expect(peer.takeMethods()).toEqual(['_echo_ping'])
})

test('an empty packet is answered at most once a minute [psyc.md 2.13]', () => {
  const lab = new PsycLab()
  const peer = lab.modern()
  peer.send('|\n|\n')
  expect(peer.take()).toBe('|\n')
  lab.wait(59_000)
  peer.send('|\n')
  expect(peer.take()).toBe('')
  lab.wait(1_000)
  peer.send('|\n')
  expect(peer.take()).toBe('|\n')
  expect(lab.time.timers.size).toBe(0)
})

describe('keep-alive among our own kind [design 3]', () => {
  const offer = ':_list_understand_modules␉| _context| _keepalive\n\n_request_features\n|\n'

  test('our silence of 5 s is broken by an empty packet, unasked', () => {
    const lab = new PsycLab()
    const peer = lab.modern()
    peer.send(offer)
    peer.take()
    lab.wait(4_999)
    expect(peer.take()).toBe('')
    lab.wait(1)
    expect(peer.take()).toBe('|\n')
    lab.wait(3_000)
    peer.send(ping)
    peer.take()
    lab.wait(4_999)
    expect(peer.take()).toBe('')
    lab.wait(1)
    expect(peer.take()).toBe('|\n')
  })

  test('20 s without a byte: dead', () => {
    const lab = new PsycLab()
    const peer = lab.modern()
    peer.send(offer)
    lab.wait(19_000)
    peer.send('|\n')
    lab.wait(19_999)
    expect(peer.state).toBe('open')
    lab.wait(1)
    expect(peer.state).toBe('aborted')
    expect(lab.time.timers.size).toBe(0)
  })
})

describe('a peer that does not read', () => {
  test('is given up after 60 s without progress', () => {
    const lab = new PsycLab()
    const peer = lab.modern()
    peer.isReading = false
    peer.send(ping)
    lab.wait(50_000)
    peer.queuedBytes -= 1
    lab.wait(10_000)
    expect(peer.state).toBe('open')
    lab.wait(60_000)
    expect(peer.state).toBe('aborted')
    expect(lab.time.timers.size).toBe(0)
  })

  test('is the business of who owns the connection once the circuit is closed', () => {
    const lab = new PsycLab()
    const peer = lab.modern()
    peer.isReading = false
    peer.send(ping)
    peer.circuit.close()
    lab.settle()
    expect([peer.state, lab.time.timers.size]).toEqual(['ended', 0])
  })

  test('and one that reads in time is not', () => {
    const lab = new PsycLab()
    const peer = lab.modern()
    peer.isReading = false
    peer.send(ping)
    peer.queuedBytes = 0
    lab.wait(120_000)
    expect(peer.state).toBe('open')
    expect(lab.time.timers.size).toBe(0)
  })

  test('is given up when its queue is full, though one packet may be larger', () => {
    const lab = new PsycLab({ limits: { psycQueueBytes: 1_000 } })
    const peer = lab.modern()
    peer.isReading = false
    const large = Packet.of({ _target: peer.circuit.location.text }, '_notice_x', {}, 'x'.repeat(2_000))
    lab.node.send(large)
    lab.settle()
    expect(peer.state).toBe('open')
    lab.node.send(large)
    lab.settle()
    expect(peer.state).toBe('aborted')
  })
})

test('the packets of one turn leave in one write', () => {
  const peer = new PsycLab().modern()
  const before = peer.writes
  peer.send(ping.repeat(10))
  expect(peer.writes - before).toBe(1)
  expect(peer.takeMethods()).toHaveLength(10)
})

test('what comes after the close is ignored, and closing twice is one close', () => {
  const lab = new PsycLab()
  const peer = lab.modern()
  const lost: string[] = []
  lab.node.onPeerLost((rootKey) => lost.push(rootKey))
  peer.close()
  peer.close()
  peer.breaks()
  peer.send(ping)
  expect(peer.take()).toBe('')
  expect(lost).toEqual(['psyc://10.1.2.3:-40000/'])
})

test('the same bytes in pieces of any size give the same answers', () => {
  const bytes =
    '|\n:_tag␉1\n\n_request_ping\n|\n:_source␉psyc://10.1.2.3/~x\n:_tag␉2\n\n_request_version\n|\n'
  const answers = [1, 2, 3, 7, 1000].map((size) => {
    const peer = new PsycLab().connect()
    for (let at = 0; at < bytes.length; at += size) peer.send(bytes.slice(at, at + size))
    return peer.take()
  })
  for (const answer of answers) expect(answer).toBe(answers[0])
})

test('a packet that 0.9 cannot say is not sent, and its sender hears so [psyc.md 3.6]', () => {
  const lab = new PsycLab()
  const sender = lab.entity('$sender')
  const peer = lab.legacy()
  lab.node.send(
    Packet.of(
      { _source: sender.uniform.text, _target: peer.circuit.location.text, _tag: 't' },
      '_data_flv',
      {},
      'x',
    ),
  )
  lab.settle()
  expect(peer.take()).toBe('')
  expect(sender.packets[0]?.method).toBe('_failure_unsuccessful_delivery_unrenderable')
  expect(sender.packets[0]?.tagRelay).toBe('t')
})

test('casts of coming and going have their old names on 0.9 [psyc.md 5.1]', () => {
  const lab = new PsycLab()
  const [old, modern] = [lab.legacy({ port: 40001 }), lab.modern()]
  for (const peer of [old, modern]) {
    const cast = Packet.of({ _context: 'psyc://gw.example/@x' }, '_notice_context_enter_subscribe')
    lab.node.sendTo(peer.circuit.location.rootKey, cast)
  }
  lab.settle()
  expect(old.takeMethods()).toEqual(['_notice_place_enter_subscribe'])
  expect(modern.takeMethods()).toEqual(['_notice_context_enter_subscribe'])
})

test('an answer carries its tag under both names on 0.9 [psyc.md 3.5]', () => {
  const peer = new PsycLab().legacy()
  peer.send(':_tag␉77\n\n_request_ping\n.\n')
  const answer = peer.take()
  expect(answer).toContain(':_tag_relay␉77\n')
  expect(answer).toContain(':_tag_reply␉77\n')
})
