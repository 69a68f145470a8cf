/** TLS upon a circuit of 0.9, and what must be encrypted [psyc.md 2.12]. */
import { DialLab } from '../../../support/dial-lab.js'
import type { LabCalled } from '../../../support/dial-lab.js'
import { PsycLab } from '../../../support/psyc-lab.js'

const bob = 'psyc://b.example/~bob'
const hosts = { 'b.example': ['10.1.2.3'] }
const wantsTls = ':_using_modules␉_encrypt\n.\n'
const established = ':_source␉psyc://b.example/\n\n_notice_circuit_established\n.\n'
const ping = ':_source␉psyc://b.example/\n:_tag␉1\n\n_request_ping\n.\n'

/** One that refuses 1.0, was called in 0.9, and offers TLS. */
function called(lab: DialLab): LabCalled {
  lab.say(bob)
  if (lab.attempt.to.isEncrypted) lab.attempt.fails('_disconnect')
  else lab.attempt.opens().closes()
  return lab.attempt.opens().greetsOld('psyc://b.example/', '_context;_encrypt')
}

describe('where we have called', () => {
  test.each([
    ['the same packet', wantsTls],
    ['the packet as psyced sends it, without its variable', '.\n'],
  ])('we ask when it is offered, and send nothing until %s came and TLS is there', (_name, answer) => {
    const lab = new DialLab()
    const peer = called(lab)
    expect(peer.take()).toBe(wantsTls)
    expect(peer.tls.host).toBeUndefined()
    peer.says(answer)
    expect(peer.tls.host).toBe('b.example')
    expect(peer.take()).toBe('')
    peer.tls.comesAbout({ hosts: ['b.example'] })
    expect(peer.takeMethods()).toEqual(['_message_private'])
    expect(peer.circuit?.peer).toMatchObject({ isEncrypted: true, certifiedHosts: ['b.example'] })
    expect(lab.time.timers.size).toBe(0)
  })

  test('what the peer still sends in the clear counts', () => {
    const lab = new DialLab()
    const peer = called(lab)
    peer.says(`:_source␉${bob}\n:_target␉psyc://gw.example/~sender\n\n_message_private\nhi\n.\n${wantsTls}`)
    expect(lab.sender.take()).toEqual([`_message_private ${bob}`])
    expect(peer.tls.host).toBe('b.example')
  })

  test('a certificate that is not valid proves nothing, and is better than none', () => {
    const lab = new DialLab()
    const peer = called(lab).says(wantsTls)
    peer.tls.comesAbout({ hosts: undefined, problem: 'CERT_HAS_EXPIRED' })
    expect(peer.takeMethods()).toEqual(['_message_private'])
    expect(lab.logged.find(({ fields }) => fields['problem'] === 'CERT_HAS_EXPIRED')).toBeDefined()
  })

  test('no answer, or no TLS: given up after tlsMs', () => {
    const lab = new DialLab()
    const peer = called(lab)
    lab.wait(10_000)
    expect(peer.state).toBe('aborted')
  })

  test('not when it is off', () => {
    const lab = new DialLab({ encryption: 'off' })
    expect(called(lab).takeMethods()).toEqual(['_message_private'])
  })

  test('an empty packet at another time is a keep-alive', () => {
    const lab = new DialLab()
    lab.say(bob)
    lab.attempt.opens().closes()
    const peer = lab.attempt.opens().greetsOld().says('.\n')
    expect(peer.tls.host).toBeUndefined()
  })
})

describe('where we were called', () => {
  function caller(hasCertificate: boolean, lab = new PsycLab({ hosts })) {
    const peer = lab.connect({}, hasCertificate)
    peer.send('.\n')
    return { lab, peer, greeting: peer.take() }
  }

  test('it is offered with a certificate only', () => {
    expect(caller(true).greeting).toContain(':_understand_modules␉_context;_encrypt\n')
    expect(caller(false).greeting).toContain(':_understand_modules␉_context\n')
  })

  test.each([
    ['the module is switched on', wantsTls],
    ['older programs request it', '\n_request_circuit_encrypt\n.\n'],
  ])('%s: answered, secured as the server, and the circuit goes on where it was', (_name, bytes) => {
    const { lab, peer } = caller(true)
    peer.send(established)
    peer.send(bytes)
    expect(peer.take()).toBe(wantsTls)
    expect(peer.tls?.host).toBeNull()
    lab.node.circuits[0]?.complain('_notice_x')
    lab.settle()
    expect(peer.take()).toBe('')
    peer.tls?.comesAbout({ hosts: ['b.example'] })
    expect(peer.takeMethods()).toEqual(['_notice_x'])
    peer.send(ping)
    expect(peer.takeMethods()).toEqual(['_echo_ping'])
    expect(peer.circuit.isPrivate).toBe(true)
  })

  test('what follows in the clear is void, whole or in parts: nobody puts words before what the peer encrypts', () => {
    const { lab, peer } = caller(true)
    peer.send(established)
    peer.send(`${wantsTls}${ping}:_source␉psyc://b.example/~evil\n`)
    peer.tls?.comesAbout()
    expect(peer.takeMethods()).toEqual([])
    const spy = lab.entity('$spy')
    peer.send(':_source␉psyc://b.example/~x\n:_target␉psyc://gw.example/$spy\n\n_notice_x\n.\n')
    expect(spy.take()).toEqual(['_notice_x psyc://b.example/~x'])
  })

  test('without a certificate of ours it is refused, and so it is a second time', () => {
    const { peer } = caller(false)
    peer.send(wantsTls)
    expect(peer.takeMethods()).toEqual(['_failure_unsupported_module_encrypt'])
    const other = caller(true).peer
    other.send(wantsTls)
    other.tls?.comesAbout()
    other.take()
    other.send(wantsTls)
    expect(other.takeMethods()).toEqual(['_failure_unsupported_module_encrypt'])
  })

  test('a client certificate proves its hosts, and no others', () => {
    const { peer } = caller(true, new PsycLab({ hosts: {} }))
    peer.send(wantsTls)
    peer.tls?.comesAbout({ hosts: ['*.example'] })
    peer.take()
    peer.send(ping)
    expect(peer.takeMethods()).toEqual(['_echo_ping'])
    peer.send(ping.replace('b.example', 'a.b.example'))
    expect(peer.takeMethods()).toEqual(['_error_rejected_relay_incoming'])
  })
})

describe('where encryption is required', () => {
  test('1.0 is called by TLS; who cannot is called in 0.9, and must offer it', () => {
    const lab = new DialLab({ encryption: 'require' })
    const peer = called(lab)
    expect(lab.attempts.map(({ to }) => to.isEncrypted)).toEqual([true, false])
    peer.says(wantsTls).tls.comesAbout({ hosts: ['b.example'] })
    expect(peer.takeMethods().at(-1)).toBe('_message_private')
  })

  test.each([
    ['nobody offers it', (peer: LabCalled) => peer.greetsOld()],
    [
      'the certificate is not valid',
      (peer: LabCalled) => {
        peer.greetsOld('psyc://b.example/', '_encrypt').says(wantsTls)
        peer.tls.comesAbout({ hosts: undefined, problem: 'SELF_SIGNED' })
      },
    ],
  ])('%s: the packets come back', (_name, act) => {
    const lab = new DialLab({ encryption: 'require' })
    lab.say(bob)
    lab.attempt.fails('_disconnect')
    const peer = lab.attempt.opens()
    act(peer)
    expect(peer.state).toBe('aborted')
    expect(lab.failures()).toEqual(['_invalid_certificate _message_private'])
    expect(peer.takeMethods()).not.toContain('_message_private')
  })

  test('who calls us in the clear speaks for no node; clients of the same machine and TLS are welcome', () => {
    const lab = new PsycLab({ hosts, encryption: 'require' })
    const peer = lab.modern()
    peer.send(':_source␉psyc://b.example/\n\n_notice_circuit_established\n|\n')
    expect(peer.takeMethods()).toEqual(['_error_rejected_relay_incoming'])
    const secure = lab.modern({ port: 40_001, isEncrypted: true })
    secure.send(':_source␉psyc://b.example/\n:_tag␉1\n\n_request_ping\n|\n')
    expect(secure.takeMethods()).toEqual(['_echo_ping'])
  })

  test('who calls us in 0.9 may greet in the clear and is believed when it is encrypted', () => {
    const lab = new PsycLab({ hosts, encryption: 'require' })
    const peer = lab.connect({}, true)
    peer.send(`.\n${established}`)
    expect(peer.circuit.root).toBeUndefined()
    peer.send(wantsTls)
    peer.tls?.comesAbout()
    peer.take()
    peer.send(ping)
    expect(peer.takeMethods()).toEqual(['_echo_ping'])
    expect(peer.circuit.root?.text).toBe('psyc://b.example/')
  })
})
