/** Who may speak on a circuit: hosts on addresses of their own, and every kind of lie [psyc.md 3.3; design 3]. */
import { hostOfAddress, isLoopback, isSameAddress } from '../../../../src/psyc/session/address.js'
import { PsycLab } from '../../../support/psyc-lab.js'

const hosts = {
  'a.example': ['127.0.0.2'],
  'b.example': ['127.0.0.3', '127.0.0.2'],
  'c.example': ['127.0.0.4'],
}

function ping(source: string, routing = ''): string {
  return `${source === '' ? '' : `:_source␉${source}\n`}${routing}:_tag␉1\n\n_request_ping\n|\n`
}

test.each([
  ['no source: the far end of the circuit', '', 'psyc://127.0.0.2:-40000/'],
  ['the far end by name', 'psyc://127.0.0.2:-40000/', 'psyc://127.0.0.2:-40000/'],
  ['a resource of the far end', 'psyc://127.0.0.2:-40000/$link/x', 'psyc://127.0.0.2:-40000/$link/x'],
  ['a host that resolves to the address', 'psyc://a.example/~x', 'psyc://a.example/~x'],
  ['a host with a port', 'psyc://a.example:4405/~x', 'psyc://a.example:4405/~x'],
  ['one of a host’s addresses', 'psyc://b.example/~x', 'psyc://b.example/~x'],
  ['the address itself', 'psyc://127.0.0.2/~x', 'psyc://127.0.0.2/~x'],
  ['the address with a port', 'psyc://127.0.0.2:4405/', 'psyc://127.0.0.2:4405/'],
])('believed: %s', (_name, source, answered) => {
  const lab = new PsycLab({ hosts })
  const peer = lab.modern({ address: '127.0.0.2' })
  peer.send(ping(source))
  expect(peer.take()).toContain(`:_target␉${answered}\n`)
  expect(lab.warnings()).toEqual([])
})

test.each([
  ['a host elsewhere', 'psyc://c.example/~x', '_error_rejected_relay_incoming'],
  ['a host that does not resolve', 'psyc://evil.invalid/~x', '_error_invalid_host'],
  ['another address', 'psyc://127.0.0.4/~x', '_error_rejected_relay_incoming'],
  ['a short form of an address', 'psyc://127.2/~x', '_error_rejected_relay_incoming'],
  ['our root', 'psyc://gw.example/', '_error_rejected_relay_incoming'],
  ['our root in other letters', 'psyc://GW.example:4404', '_error_rejected_relay_incoming'],
  ['our entity', 'psyc://gw.example/~alice', '_error_rejected_relay_incoming'],
  ['the far end of another circuit', 'psyc://127.0.0.2:-40001/', '_error_rejected_relay_incoming'],
  ['no uniform', 'alice', '_error_invalid_uniform'],
  ['another scheme', 'xmpp:alice@a.example', '_error_invalid_uniform'],
])('not believed, and closed: %s', (_name, source, method) => {
  const lab = new PsycLab({ hosts })
  const spy = lab.entity('$spy')
  const peer = lab.modern({ address: '127.0.0.2' })
  lab.modern({ address: '127.0.0.2', port: 40001 })
  const toSpy = ':_target␉psyc://gw.example/$spy\n'
  peer.send(ping(source, toSpy) + ping('', toSpy))
  expect(peer.takeMethods()).toEqual([method])
  expect(peer.state).toBe('ended')
  expect(spy.take()).toEqual([])
  expect(lab.warnings()).toHaveLength(1)
})

test.each([
  ['our own context', 'psyc://gw.example/@home'],
  ['a context of a host elsewhere', 'psyc://c.example/@home'],
])('a cast of %s is a lie', (_name, context) => {
  const lab = new PsycLab({ hosts })
  const peer = lab.modern({ address: '127.0.0.2' })
  peer.send(`:_context␉${context}\n\n_message_public\nhi\n|\n`)
  expect(peer.takeMethods()).toEqual(['_error_rejected_relay_incoming'])
  expect(peer.state).toBe('ended')
})

test('a circuit speaks for the first root it names and no other, not even another port [design 3]', () => {
  const lab = new PsycLab({ hosts })
  const peer = lab.modern({ address: '127.0.0.2' })
  peer.send(':_source␉psyc://a.example/\n\n_notice_circuit_established\n|\n')
  peer.send(ping('psyc://a.example/~x') + ping(''))
  expect(peer.take().match(/:_target␉.*/g)).toEqual([
    ':_target␉psyc://a.example/~x',
    ':_target␉psyc://a.example/',
  ])
  peer.send(ping('psyc://a.example:4405/~x'))
  expect(peer.takeMethods()).toEqual(['_error_rejected_relay_incoming'])
})

test('a greeting in our own name: we have called ourselves', () => {
  const lab = new PsycLab({ hosts })
  const peer = lab.legacy({ address: '127.0.0.2' })
  peer.send(':_source␉psyc://gw.example/\n\n_notice_circuit_established\n.\n')
  expect(peer.state).toBe('ended')
})

test('packets wait for the resolver, in order, and are taken when it has answered', () => {
  const lab = new PsycLab({ hosts, slow: ['a.example'] })
  const spy = lab.entity('$spy')
  const peer = lab.modern({ address: '127.0.0.2' })
  const to = ':_target␉psyc://gw.example/$spy\n'
  peer.send(ping('psyc://a.example/~x', to) + ping('', to) + ping('psyc://a.example/~y', to))
  expect(spy.take()).toEqual([])
  lab.answerSlow()
  expect(spy.take()).toEqual([
    '_request_ping psyc://a.example/~x',
    '_request_ping psyc://a.example/',
    '_request_ping psyc://a.example/~y',
  ])
})

test('more than 64 waiting packets stop the reading, not the circuit', () => {
  const lab = new PsycLab({ hosts, slow: ['a.example'] })
  const spy = lab.entity('$spy')
  const peer = lab.modern({ address: '127.0.0.2' })
  peer.send(ping('psyc://a.example/~x', ':_target␉psyc://gw.example/$spy\n').repeat(200))
  expect(peer.isPaused).toBe(true)
  lab.answerSlow()
  expect(peer.isPaused).toBe(false)
  expect(spy.packets).toHaveLength(200)
})

test('waiting packets of more than psycUnprovenBytes stop the reading, and are counted as unfinished', () => {
  const lab = new PsycLab({ hosts, slow: ['a.example'], limits: { psycUnprovenBytes: 1000 } })
  const spy = lab.entity('$spy')
  const peer = lab.modern({ address: '127.0.0.2' })
  const large = `:_source␉psyc://a.example/~x\n:_target␉psyc://gw.example/$spy\n\n_notice_x\n${'x'.repeat(600)}\n|\n`
  peer.send(large)
  expect(peer.isPaused).toBe(false)
  expect(peer.circuit.unfinishedBytes).toBeGreaterThanOrEqual(600)
  peer.send(large.repeat(4))
  expect(peer.isPaused).toBe(true)
  expect(peer.circuit.unfinishedBytes).toBeGreaterThanOrEqual(3000)
  lab.answerSlow()
  expect(peer.isPaused).toBe(false)
  expect(peer.circuit.unfinishedBytes).toBe(0)
  expect(spy.packets).toHaveLength(5)
})

test('bytes that go on coming while reading is stopped are bounded', () => {
  const lab = new PsycLab({
    hosts,
    slow: ['a.example'],
    limits: { psycUnprovenPackets: 1, psycQueueBytes: 1000 },
  })
  const peer = lab.modern({ address: '127.0.0.2' })
  for (let at = 0; at < 40; at++) peer.send(ping('psyc://a.example/~x'))
  expect(peer.state).toBe('aborted')
})

test('no answer of the resolver in 10 s: the host is invalid; a late answer changes nothing', () => {
  const lab = new PsycLab({ hosts, slow: ['a.example'] })
  const peer = lab.modern({ address: '127.0.0.2' })
  peer.send(ping('psyc://a.example/~x'))
  lab.wait(10_000)
  expect(peer.takeMethods()).toEqual(['_error_invalid_host'])
  expect(peer.state).toBe('ended')
  lab.answerSlow()
  expect(peer.take()).toBe('')
  expect(lab.time.timers.size).toBe(0)
})

test('the circuit may close while the resolver works', () => {
  const lab = new PsycLab({ hosts, slow: ['a.example'] })
  const peer = lab.modern({ address: '127.0.0.2' })
  peer.send(ping('psyc://a.example/~x'))
  peer.close()
  lab.answerSlow()
  expect(lab.time.timers.size).toBe(0)
  expect(lab.node.circuit('psyc://a.example/')).toBeUndefined()
})

test('a certificate proves its hosts and no others', () => {
  const lab = new PsycLab({ hosts })
  const tls = { address: '127.0.0.9', isEncrypted: true, certifiedHosts: ['a.example'] }
  const honest = lab.modern(tls)
  honest.send(ping('psyc://a.example:9404s/~x'))
  expect(honest.takeMethods()).toEqual(['_echo_ping'])
  const liar = lab.modern({ ...tls, port: 40001 })
  liar.send(ping('psyc://c.example/~x'))
  expect(liar.takeMethods()).toEqual(['_error_invalid_host_certificate'])
})

test('a TLS name on a plain circuit is dropped, and the circuit stays', () => {
  const lab = new PsycLab({ hosts })
  const peer = lab.modern({ address: '127.0.0.2' })
  peer.send(ping('psyc://a.example:9404s/~x') + ping(''))
  expect(peer.takeMethods()).toEqual(['_error_invalid_uniform_transport', '_echo_ping'])
})

test('nodes that are not admitted are refused', () => {
  const lab = new PsycLab({ hosts, admits: (root) => root.host !== 'a.example' })
  const peer = lab.modern({ address: '127.0.0.2' })
  peer.send(ping('psyc://a.example/~x'))
  expect(peer.takeMethods()).toEqual(['_error_rejected_relay_incoming'])
})

test.each([
  ['::ffff:10.1.2.3', '10.1.2.3', true],
  ['::1', '0:0:0:0:0:0:0:1', true],
  ['2001:DB8::1', '2001:db8:0:0::1', true],
  ['fe80::1%eth0', 'fe80::1', true],
  ['10.1.2.3', '10.1.2.30', false],
])('addresses %s and %s', (a, b, isSame) => {
  expect(isSameAddress(a, b)).toBe(isSame)
})

test.each([
  ['10.1.2.3', '10.1.2.3', false],
  ['::ffff:127.0.0.1', '127.0.0.1', true],
  ['::1', 'ip6-0-0-0-0-0-0-0-1', true],
  ['', 'unknown', false],
  ['gw.example/~root', 'gw.example--root', false],
])('address %j as a host', (address, host, loopback) => {
  expect(hostOfAddress(address)).toBe(host)
  expect(isLoopback(address)).toBe(loopback)
})
