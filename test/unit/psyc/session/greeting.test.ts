/** How a circuit opens, byte for byte, in both syntaxes. */
import { PsycLab } from '../../../support/psyc-lab.js'

test('0.9: dot, established, status, and the root once more without its slash [psyced.md 3.1, 3.5]', () => {
  const peer = new PsycLab().connect()
  peer.send('.\n')
  expect(peer.take()).toBe(`.
:_source␉psyc://gw.example/

:_target_peer␉psyc://10.1.2.3:-40000/
:_implementation␉lab/1
_notice_circuit_established
Hello [_target_peer].
Circuit to [_source] running [_implementation] established.
.
:_source␉psyc://gw.example/

:_available_hashes␉sha1
:_available_characters␉UTF-8
:_available_protocols␉PSYC/0.9 TCP IP/4;PSYC/1.0 TCP IP/4
:_understand_modules␉_context
:_using_characters␉UTF-8
:_using_protocols␉PSYC/0.9 TCP IP/4
:_using_modules␉_context
_status_circuit
Available protocols: [_available_protocols].
.
:_source␉psyc://gw.example

_status_circuit
.
`)
  expect(peer.writes).toBe(1)
})

test('1.0: the empty packet and established [psyc.md 2.13]', () => {
  const peer = new PsycLab().connect()
  peer.send('|\n')
  expect(peer.take()).toBe(`|
:_source␉psyc://gw.example/
174
:_target_peer 23␉psyc://10.1.2.3:-40000/
:_implementation␉lab/1
_notice_circuit_established
Hello [_target_peer].
Circuit to [_source] running [_implementation] established.
|
`)
})

test('features are answered with both lists and the tag, in the routing header [psyc.md 2.13]', () => {
  const peer = new PsycLab().modern()
  peer.send(':_list_understand_modules␉| _state| _context\n:_tag␉4f2a\n\n_request_features\n|\n')
  const answer = peer.take()
  expect(answer).toMatch(/:_list_understand_modules␉\| _context\| _state\| _route\|10 _keepalive\n/)
  expect(answer).toContain(':_tag_relay␉4f2a\n')
  expect(answer).toContain('\n_notice_features\n|\n')
  expect([...peer.circuit.peerModules].sort()).toEqual(['_context', '_state'])
  expect(peer.circuit.understandsState).toBe(true)
})

test.each([
  [
    '.\n:_source␉psyc://10.1.2.3:-40000/\n\n:_understand_modules␉_context;_state\n_status_circuit\n.\n',
    ['_context', '_state'],
  ],
  ['.\n\n:_list_understand_modules␉_context\n:␉_encrypt\n_status_circuit\n.\n', ['_context', '_encrypt']],
])('modules of 0.9 are read in either form: %j', (bytes, modules) => {
  const peer = new PsycLab().connect()
  peer.send(bytes)
  expect([...peer.circuit.peerModules]).toEqual(modules)
  expect(peer.circuit.understandsState).toBe(false)
})

test('the draft of the wiki is greeted too [psyc.md 2.13]', () => {
  const lab = new PsycLab({ hosts: { 'peer.example': ['10.1.2.3'] } })
  const peer = lab.modern()
  peer.send(':_source␉psyc://peer.example/\n:_tag␉1\n\n_request_circuit\n|\n')
  expect(peer.take()).toContain(':_tag_relay␉1\n')
  expect(peer.circuit.root?.text).toBe('psyc://peer.example/')
})

test('psyced 1.0 is granted authorization and asked for it once [psyc.md 2.13]', () => {
  const lab = new PsycLab({ hosts: { 'peer.example': ['10.1.2.3'] } })
  const peer = lab.modern()
  const request =
    ':_tag␉z1\n\n:_uniform_source␉psyc://peer.example/\n:_uniform_target␉psyc://gw.example/\n_request_authorization\n|\n'
  peer.send(request)
  expect(peer.takeMethods()).toEqual(['_status_authorization', '_request_authorization'])
  peer.send(request)
  expect(peer.takeMethods()).toEqual(['_status_authorization'])
})

test.each([
  [
    'a target that is not here',
    'psyc://peer.example/',
    'psyc://other.example/',
    ['_error_invalid_uniform_target'],
  ],
  [
    'a source that lies',
    'psyc://evil.example/',
    'psyc://gw.example/',
    ['_error_invalid_uniform_source', '_error_rejected_relay_incoming'],
  ],
  ['no source', '', 'psyc://gw.example/', ['_error_invalid_uniform_source']],
])('authorization is refused for %s', (_name, source, target, methods) => {
  const lab = new PsycLab({ hosts: { 'peer.example': ['10.1.2.3'], 'evil.example': ['10.6.6.6'] } })
  const peer = lab.modern()
  peer.send(`\n:_uniform_source␉${source}\n:_uniform_target␉${target}\n_request_authorization\n|\n`)
  expect(peer.takeMethods()).toEqual(methods)
})

test.each([
  ['GET / HTTP/1.0\r\n\r\n', '\n_error_syntax_initialization\n'],
  ['|:_source\tx\n', '\n_error_syntax_initialization\n'],
  [':_source\tpsyc://x/\n', '\n_error_syntax_initialization\n'],
])('no circuit begins with %j [psyc.md 2.11]', (bytes, error) => {
  const peer = new PsycLab().connect()
  peer.send(bytes)
  expect(peer.take()).toContain(error)
  expect(peer.state).toBe('ended')
})

test.each([['.\n'], ['|\n']])(
  'who does not greet is given up after 90 s, who does is not: %j [psyc.md 2.12]',
  (greeting) => {
    const lab = new PsycLab()
    const silent = lab.connect()
    const half = lab.connect({ port: 40001 })
    const good = lab.connect({ port: 40002 })
    half.send(greeting.slice(0, 1))
    good.send(greeting)
    lab.wait(89_999)
    expect([silent.state, half.state, good.state]).toEqual(['open', 'open', 'open'])
    lab.wait(1)
    expect([silent.state, half.state, good.state]).toEqual(['aborted', 'aborted', 'open'])
    expect(lab.time.timers.size).toBe(0)
  },
)

test('an XMLSocket ends its first packet in NUL and gets NULs [design 3]', () => {
  const lab = new PsycLab()
  const peer = lab.connect()
  peer.send('.\n\0')
  const greeting = peer.take()
  expect(greeting.split('\0')).toHaveLength(2)
  expect(greeting.endsWith('.\n\0')).toBe(true)
  peer.send(':_tag␉7\n\n_request_ping\n.\n\0')
  expect(peer.take()).toMatch(/_echo_ping\n\.\n\0$/)
})

test('the NUL of an XMLSocket may come late: what went out before is one message', () => {
  const peer = new PsycLab().connect()
  peer.send('|\n')
  expect(peer.take()).not.toContain('\0')
  peer.send('\0')
  expect(peer.take()).toBe('\0')
})

test('module negotiation: compression closes, encryption is refused, others are ignored [psyc.md 2.12]', () => {
  const lab = new PsycLab()
  const [encrypts, compresses] = [lab.legacy(), lab.legacy({ port: 40001 })]
  encrypts.send(':_using_modules␉_encrypt\n.\n')
  expect(encrypts.takeMethods()).toEqual(['_failure_unsupported_module_encrypt'])
  compresses.send(':_using_modules␉_compress\n.\n')
  expect(compresses.takeMethods()).toEqual(['_error_compress_unavailable'])
  expect([encrypts.state, compresses.state]).toEqual(['open', 'ended'])
})

test('a request to shut down closes behind what is queued [psyc.md 2.12]', () => {
  const peer = new PsycLab().legacy()
  peer.send('\n_request_ping\n.\n\n_request_circuit_shutdown\n.\n\n_request_ping\n.\n')
  expect(peer.takeMethods()).toEqual(['_echo_ping'])
  expect(peer.state).toBe('ended')
  expect(peer.circuit.isClosed).toBe(true)
})
