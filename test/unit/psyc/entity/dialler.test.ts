/** Calling other nodes: what waits, in which syntax, when again, and what comes back [design 3; psyc.md 2.11, 3.6]. */
import { Packet } from '../../../../src/psyc/wire/packet.js'
import { DialLab } from '../../../support/dial-lab.js'

const bob = 'psyc://b.example/~bob'
const hosts = { 'b.example': ['10.1.2.3'] }

describe('a packet for a node without a circuit', () => {
  test('waits until the peer has greeted and told what it can; order is kept', () => {
    const lab = new DialLab()
    lab.say(bob, '_message_1')
    lab.say('psyc://b.example/@room', '_message_2')
    expect(lab.attempts.map(({ to }) => to)).toEqual([{ host: 'b.example', port: 4404, isEncrypted: false }])
    const peer = lab.attempt.opens()
    expect(peer.takeMethods()).toEqual(['_notice_circuit_established', '_request_features'])
    peer.says('|\n')
    peer.says(':_source␉psyc://b.example/\n\n_notice_circuit_established\n|\n')
    lab.say(bob, '_message_3')
    expect(peer.takeMethods()).toEqual([])
    peer.says(':_list_understand_modules␉| _state\n\n_notice_features\n|\n')
    lab.say(bob, '_message_4')
    expect(peer.takeMethods()).toEqual(['_message_1', '_message_2', '_message_3', '_message_4'])
    expect(lab.attempts).toHaveLength(1)
    expect(lab.failures()).toEqual([])
    lab.wait(60_000)
    expect(lab.time.timers.size).toBe(0)
  })

  test('goes out a second after a greeting that tells nothing', () => {
    const lab = new DialLab()
    lab.say(bob)
    const peer = lab.attempt.opens()
    peer.says('|\n')
    lab.wait(999)
    expect(peer.takeMethods()).toEqual(['_notice_circuit_established', '_request_features'])
    lab.wait(1)
    expect(peer.takeMethods()).toEqual(['_message_private'])
  })

  test.each([
    ['psyc://b.example:4405/~bob', { host: 'b.example', port: 4405, isEncrypted: false }],
    ['psyc://b.example:4405c/~bob', { host: 'b.example', port: 4405, isEncrypted: false }],
    ['psyc://b.example:s/~bob', { host: 'b.example', port: 9404, isEncrypted: true }],
    ['psyc://b.example:9405s/~bob', { host: 'b.example', port: 9405, isEncrypted: true }],
    ['psyc://10.1.2.3/~bob', { host: '10.1.2.3', port: 4404, isEncrypted: false }],
  ])('%s is called at %j', (target, to) => {
    const lab = new DialLab()
    lab.say(target)
    expect(lab.attempt.to).toEqual(to)
  })

  test.each([
    ['psyc://b.example:-4404/~bob', '_invalid_port_connect'],
    ['psyc://b.example:0/~bob', '_invalid_port_connect'],
    ['psyc://b.example:70000/~bob', '_invalid_port_connect'],
    ['psyc://b.example:4404d/~bob', '_invalid_transport_connect'],
  ])('%s is never called: %s', (target, reason) => {
    const lab = new DialLab()
    lab.say(target)
    expect(lab.attempts).toEqual([])
    expect(lab.failures()).toEqual([`${reason} _message_private`])
  })
})

describe('syntax: 1.0 first, 0.9 when that is refused', () => {
  const refusal = '.\n\n_error_syntax_initialization\nA circuit begins with a dot.\n.\n'

  test.each<[string, (lab: DialLab) => void]>([
    ['an error in 0.9', (lab) => void lab.attempt.opens().says(refusal)],
    ['an error in 1.0', (lab) => void lab.attempt.opens().says('\n_error_syntax_initialization\n|\n')],
    ['a greeting and an error', (lab) => void lab.attempt.opens().says('|\n\n_error_dispatch\n|\n')],
    ['no PSYC at all', (lab) => void lab.attempt.opens().says('SSH-2.0-x\r\n')],
    ['a close', (lab) => lab.attempt.opens().closes()],
    ['a reset', (lab) => lab.attempt.opens().breaks()],
    [
      'silence of 5 s',
      (lab) => {
        lab.attempt.opens()
        lab.wait(5_000)
      },
    ],
  ])('refused by %s; the packet arrives, and 0.9 is remembered', (_name, refuse) => {
    const lab = new DialLab()
    lab.say(bob)
    refuse(lab)
    expect(lab.attempts).toHaveLength(2)
    const peer = lab.attempt.opens()
    expect(peer.take()).toMatch(/^\.\n:_source␉psyc:\/\/gw\.example\/\n/)
    peer.greetsOld()
    expect(peer.takeMethods()).toEqual(['_message_private'])
    peer.closes()
    lab.wait(10_000)
    lab.say(bob)
    expect(lab.attempt.opens().take()).toMatch(/^\.\n/)
    expect(lab.attempts).toHaveLength(3)
    expect(lab.failures()).toEqual([])
  })

  test('0.9 is forgotten after an hour', () => {
    const lab = new DialLab()
    lab.say(bob)
    lab.attempt.opens().closes()
    const peer = lab.attempt.opens().greetsOld()
    peer.closes()
    lab.wait(3_600_000)
    lab.say(bob)
    expect(lab.attempt.opens().take()).toMatch(/^\|\n/)
  })

  test('a peer that was slow to answer in 1.0 and says in 0.9 that it can is called in 1.0 once more', () => {
    const lab = new DialLab()
    lab.say(bob)
    lab.attempt.opens()
    lab.wait(5_000)
    const peer = lab.attempt.opens()
    peer.says(
      '.\n:_source␉psyc://b.example/\n\n:_available_protocols␉PSYC/0.9 TCP IP/4;PSYC/1.0 TCP IP/4\n_status_circuit\n.\n',
    )
    expect(peer.circuit?.isClosed).toBe(true)
    lab.wait(300)
    expect(lab.attempts).toHaveLength(3)
    const again = lab.attempt.opens()
    expect(again.take()).toMatch(/^\|\n/)
    expect(again.greets().takeMethods()).toEqual(['_message_private'])
  })

  test('refused in both: a failure, and the next call is in 1.0 again', () => {
    const lab = new DialLab()
    lab.say(bob)
    lab.attempt.opens().closes()
    lab.attempt.opens().closes()
    lab.wait(6_000)
    expect(lab.failures()).toEqual(['_disconnect _message_private'])
    expect(lab.attempts.length).toBeGreaterThan(2)
    expect(lab.attempt.opens().take()).toMatch(/^\|\n/)
  })

  test('dialRemembered: of so many nodes the syntax is remembered, the oldest is forgotten first', () => {
    const lab = new DialLab({ limits: { dialRemembered: 1 } })
    for (const host of ['b.example', 'c.example']) {
      lab.say(`psyc://${host}/~x`)
      lab.attempt.opens().closes()
      lab.attempt.opens().greetsOld(`psyc://${host}/`).closes()
    }
    lab.wait(10_000)
    const firstByteTo = (host: string): string => {
      lab.say(`psyc://${host}/~x`)
      return lab.attempt.opens().take().charAt(0)
    }
    expect([firstByteTo('c.example'), firstByteTo('b.example')]).toEqual(['.', '|'])
  })
})

describe('failures', () => {
  test.each(['_resolve', '_invalid_certificate'] as const)(
    '%s is hopeless: the packets come back at once',
    (reason) => {
      const lab = new DialLab()
      lab.say(bob, '_message_1')
      lab.say(bob, '_request_2')
      lab.attempt.fails(reason)
      expect(lab.failures()).toEqual([`${reason} _message_1`, `${reason} _request_2`])
      lab.wait(60_000)
      expect(lab.attempts).toHaveLength(1)
      expect(lab.time.timers.size).toBe(0)
    },
  )

  test('a request to be fed comes back with the first one: there are other nodes', () => {
    const lab = new DialLab()
    const { text: _source } = lab.sender.uniform
    const about = { _uniform_context: 'psyc://c.example/@live#_stream_cam', _token_route: '0123456789abcdef' }
    const routing = { _source, _target: 'psyc://b.example/', _tag: 'enter' }
    lab.node.send(Packet.of(routing, '_request_context_enter', about))
    lab.say('psyc://b.example/@live#_stream_other')
    expect(lab.attempts).toHaveLength(1)
    lab.attempt.fails()
    expect(lab.failures()).toEqual(['_disconnect enter'])
    lab.wait(200)
    expect(lab.attempts).toHaveLength(2)
  })

  test('of a line: called again after 0.2 s, doubling, while somebody waits; dialWaitMs: each packet 6 s', () => {
    const lab = new DialLab()
    const start = lab.time.clock.now()
    const at: number[] = []
    lab.say(bob, '_message_1')
    for (let passed = 0; passed < 6_000; passed += 10) {
      if (lab.attempts.length > at.length) {
        at.push(lab.time.clock.now() - start)
        lab.attempt.fails()
      }
      if (passed === 3_000) lab.say(bob, '_message_2')
      lab.wait(10)
    }
    expect(lab.failures()).toEqual(['_disconnect _message_1'])
    const gaps = at.map((time, index) => time - (at[index - 1] ?? 0)).slice(1)
    expect(at[0]).toBe(0)
    gaps.forEach((gap, index) => {
      expect(gap).toBeGreaterThanOrEqual(100 * 2 ** index)
      expect(gap).toBeLessThanOrEqual(150 * 2 ** index + 20)
    })
    expect(gaps.length).toBeGreaterThanOrEqual(5)
    lab.wait(3_000)
    expect(lab.failures()).toEqual(['_disconnect _message_2'])
    const { length } = lab.attempts
    lab.wait(120_000)
    expect(lab.attempts).toHaveLength(length)
    expect(lab.time.timers.size).toBe(0)
  })

  test('a node that is never there is called every 15 to 30 s at most, however often somebody asks', () => {
    const lab = new DialLab()
    for (let second = 0; second < 600; second++) {
      lab.say(bob)
      if (lab.attempt.isPending) lab.attempt.fails()
      lab.wait(1_000)
    }
    expect(lab.attempts.length).toBeLessThan(9 + 600 / 15)
    expect(lab.logged.filter(({ message }) => message === 'a node is not reached')).toHaveLength(1)
  })

  test('a node of which there is word is called as after a first failure, not more often', () => {
    const lab = new DialLab()
    const failAll = (): void => {
      if (lab.attempt.isPending) lab.attempt.fails()
    }
    for (let second = 0; second < 120; second++) {
      lab.say(bob)
      failAll()
      lab.wait(1_000)
    }
    failAll()
    const { length } = lab.attempts
    lab.say(bob)
    lab.wait(1_000)
    expect(lab.attempts).toHaveLength(length)
    lab.node.expect('psyc://b.example/')
    lab.settle()
    expect(lab.attempts).toHaveLength(length + 1)
    for (let times = 0; times < 100; times++) {
      failAll()
      lab.node.expect('psyc://b.example/')
      lab.wait(10)
    }
    expect(lab.attempts.length - length).toBeLessThan(2 + 1_000 / 100)
  })

  test('a circuit that breaks at once counts as a failure, one that lived does not', () => {
    const lab = new DialLab()
    const attemptsIn = (ms: number): number => {
      const before = lab.attempts.length
      lab.say(bob)
      lab.wait(ms)
      return lab.attempts.length - before
    }
    for (let round = 0; round < 5; round++) {
      attemptsIn(4_000)
      lab.attempt.opens().greets().breaks()
    }
    expect(attemptsIn(1_500)).toBe(0)
    lab.wait(4_000)
    lab.attempt.opens().greets()
    lab.wait(10_000)
    lab.node.circuits.forEach((circuit) => circuit.reset())
    lab.settle()
    expect(attemptsIn(0)).toBe(1)
  })

  test('a connection that stands still is given up; nothing is left', () => {
    const lab = new DialLab()
    lab.say(bob)
    lab.wait(6_000)
    expect(lab.failures()).toEqual(['_timeout_connect _message_private'])
  })

  test('dialPackets: so many wait, the next comes back at once', () => {
    const lab = new DialLab({ limits: { dialPackets: 2 } })
    for (const method of ['_message_1', '_message_2', '_message_3']) lab.say(bob, method)
    expect(lab.failures()).toEqual(['_exceeded_limit _message_3'])
    lab.attempt.fails('_resolve')
    lab.say(bob, '_message_4')
    expect(lab.failures()).toEqual(['_resolve _message_1', '_resolve _message_2'])
  })

  test('dialBytes: one packet may be larger, a second does not wait behind it', () => {
    const lab = new DialLab({ limits: { dialBytes: 1_000 } })
    const big = Packet.of(
      { _source: lab.sender.uniform.text, _target: bob },
      '_message',
      {},
      'x'.repeat(2_000),
    )
    lab.node.send(big)
    lab.say(bob, '_message_2')
    expect(lab.failures()).toEqual(['_exceeded_limit _message_2'])
  })

  test('dialNodes: so many are called at a time', () => {
    const lab = new DialLab({ limits: { dialNodes: 2 } })
    for (const host of ['b', 'c', 'd']) lab.say(`psyc://${host}.example/~x`, `_message_${host}`)
    expect(lab.attempts).toHaveLength(2)
    expect(lab.failures()).toEqual(['_exceeded_limit _message_d'])
  })

  test('dialNodesPerPerson: one person does not take all calls', () => {
    const lab = new DialLab({ limits: { dialNodesPerPerson: 2 } })
    for (const host of ['b', 'c', 'd']) lab.say(`psyc://${host}.example/`, `_message_${host}`)
    expect(lab.failures()).toEqual(['_exceeded_limit _message_d'])
    lab.attempts[0]?.opens().greets()
    lab.say('psyc://e.example/')
    expect(lab.attempts.map(({ to }) => to.host)).toEqual(['b.example', 'c.example', 'e.example'])
    const { text: _source } = lab.node.root
    for (const host of ['f', 'g', 'h'])
      lab.node.send(Packet.of({ _source, _target: `psyc://${host}.example/@room` }, '_request_context_enter'))
    lab.settle()
    expect(lab.attempts).toHaveLength(6)
  })

  test('a failure is never answered with a failure', () => {
    const lab = new DialLab()
    lab.say(bob, '_failure_x')
    lab.say(bob, '_error_x')
    lab.attempt.fails('_resolve')
    expect(lab.failures()).toEqual([])
  })

  test('what the syntax cannot say comes back when the circuit is there', () => {
    const lab = new DialLab()
    lab.say(bob, '_data_flv')
    lab.attempt.opens().closes()
    lab.attempt.opens().greetsOld()
    expect(lab.failures()).toEqual(['_unrenderable _data_flv'])
  })
})

describe('whom we have called', () => {
  test('speaks for that root alone; its greeting by another name ends the call', () => {
    const lab = new DialLab({ hosts })
    lab.say('psyc://alias.example/~bob')
    const peer = lab.attempt.opens()
    peer.says('|\n:_source␉psyc://b.example/\n\n_notice_circuit_established\n|\n')
    expect(peer.state).toBe('ended')
  })

  test('is believed from its first packet on, without a look-up', () => {
    const lab = new DialLab()
    lab.say(bob)
    const peer = lab.attempt.opens().greets()
    peer.says(`:_source␉${bob}\n:_target␉${lab.sender.uniform.text}\n\n_message_private\nhi\n|\n`)
    expect(lab.sender.take()).toEqual([`_message_private ${bob}`])
    peer.says(':_source␉psyc://c.example/~x\n\n_message_private\nhi\n|\n')
    expect(peer.takeMethods().at(-1)).toBe('_error_rejected_relay_incoming')
  })

  test.each(['_error_rejected_relay_incoming', '_error_invalid_host'])(
    'does not believe us (%s): no other syntax is tried, the sender and the log hear of it',
    (method) => {
      const lab = new DialLab()
      lab.say(bob)
      const peer = lab.attempt.opens()
      peer.says(
        `|\n:_source␉psyc://b.example/\n\n_notice_circuit_established\n|\n\n${method}\nWho are you?\n|\n`,
      )
      expect(lab.failures()).toEqual(['_block _message_private'])
      expect(lab.attempts).toHaveLength(1)
      expect(lab.logged.filter(({ fields }) => fields['body'] === 'Who are you?')).toHaveLength(1)
    },
  )

  test('is silent in both syntaxes: a time-out', () => {
    const lab = new DialLab({ limits: { dialWaitMs: 11_000 } })
    lab.say(bob)
    for (let count = 0; count < 2; count++) {
      lab.attempt.opens()
      lab.wait(5_000)
    }
    lab.wait(1_000)
    expect(lab.failures()).toEqual(['_timeout_connect _message_private'])
  })

  test('is this very node: closed, told once, and not called again', () => {
    const lab = new DialLab()
    lab.say('psyc://alias.example/~bob')
    const peer = lab.attempt.opens()
    peer.says('|\n:_source␉psyc://gw.example/\n\n_notice_circuit_established\n|\n')
    expect(peer.state).toBe('aborted')
    lab.say('psyc://alias.example/~bob', '_message_2')
    expect(lab.failures()).toEqual(['_self _message_private', '_self _message_2'])
    expect(lab.attempts).toHaveLength(1)
    expect(lab.warnings()).toHaveLength(1)
  })
})

describe('any circuit may carry any packet [psyced.md 3.2]', () => {
  const established = ':_source␉psyc://b.example/\n\n_notice_circuit_established\n|\n'

  test('one that comes in while we are connecting takes what waits, and the attempt is given up', () => {
    const lab = new DialLab({ hosts })
    lab.say(bob)
    const caller = lab.modern()
    caller.send(established)
    expect(caller.takeMethods()).toEqual(['_message_private'])
    expect(lab.attempt.isCancelled).toBe(true)
    expect(lab.time.timers.size).toBe(0)
  })

  test('both call at the same time: both circuits live, and each side stays with the first it could use', () => {
    const lab = new DialLab({ hosts })
    lab.say(bob, '_message_1')
    const called = lab.attempt.opens()
    called.take()
    const caller = lab.modern()
    caller.send(established)
    expect(caller.takeMethods()).toEqual(['_message_1'])
    called.greets()
    lab.say(bob, '_message_2')
    expect([caller.takeMethods(), called.takeMethods()]).toEqual([['_message_2'], []])
    caller.breaks()
    lab.say(bob, '_message_3')
    expect(called.takeMethods()).toEqual(['_message_3'])
    expect(lab.attempts).toHaveLength(1)
  })

  test('a peer that calls much later has lost the old circuit: the new one is taken', () => {
    const lab = new DialLab({ hosts })
    lab.say(bob)
    const called = lab.attempt.opens().greets()
    called.take()
    lab.wait(11_000)
    const caller = lab.modern()
    caller.send(established)
    lab.say(bob, '_message_2')
    expect([caller.takeMethods(), called.takeMethods()]).toEqual([['_message_2'], []])
  })

  test('psyced calls us though we have a circuit to it: greeted at once, and whatever comes is taken [psyced.md 3.3]', () => {
    const lab = new DialLab({ hosts })
    lab.say(bob)
    lab.attempt.opens().closes()
    const called = lab.attempt.opens().greetsOld()
    const psyced = lab.connect({ port: 40_009 })
    psyced.send('.\n:_source␉psyc://b.example/\n\n_notice_circuit_established\n.\n')
    expect(psyced.take().match(/^(\.|:_source.*|_\w+)$/gm)).toEqual([
      '.',
      ':_source␉psyc://gw.example/',
      '_notice_circuit_established',
      '.',
      ':_source␉psyc://gw.example/',
      '_status_circuit',
      '.',
      ':_source␉psyc://gw.example',
      '_status_circuit',
      '.',
    ])
    const packet = `:_source␉${bob}\n:_target␉psyc://gw.example/~sender\n\n_message_private\nhi\n.\n`
    psyced.send(packet)
    called.says(packet)
    expect(lab.sender.take()).toEqual([`_message_private ${bob}`, `_message_private ${bob}`])
  })

  test('what comes back finds the circuit that we opened: lost and back are told as ever', () => {
    const lab = new DialLab({ hosts })
    const news: string[] = []
    lab.node.onPeerBack((rootKey) => news.push(`back ${rootKey}`))
    lab.node.onPeerLost((rootKey, isClient, how) => news.push(`lost ${rootKey} ${isClient} ${how}`))
    lab.say(bob)
    lab.attempt.opens().closes()
    const peer = lab.attempt.opens()
    expect(news).toEqual([])
    peer.greetsOld().breaks()
    expect(news).toEqual(['back psyc://b.example/', 'lost psyc://b.example/ false lost'])
  })
})

test('a peer that asks to close is answered and closed, and called again only by need [psyc.md 2.12]', () => {
  const lab = new DialLab()
  lab.say(bob)
  const peer = lab.attempt.opens().greets()
  peer.take()
  peer.says(':_source␉psyc://b.example/\n\n_request_ping\n|\n\n_request_circuit_shutdown\n|\n')
  expect(peer.takeMethods()).toEqual(['_echo_ping'])
  expect(peer.state).toBe('ended')
  lab.wait(60_000)
  expect(lab.attempts).toHaveLength(1)
  lab.say(bob)
  expect(lab.attempts).toHaveLength(2)
})

test('a call that is under way at the end is ended', () => {
  const lab = new DialLab()
  lab.say(bob)
  const peer = lab.attempt.opens()
  lab.node.close()
  lab.settle()
  expect(peer.state).toBe('ended')
  expect(lab.attempts).toHaveLength(1)
  expect(lab.time.timers.size).toBe(0)
})

test('after the end nobody is called', () => {
  const lab = new DialLab()
  lab.say('psyc://c.example/~x')
  lab.node.shutdown('the end')
  lab.settle()
  expect(lab.attempt.isCancelled).toBe(true)
  lab.say(bob)
  expect(lab.attempts).toHaveLength(1)
  expect(lab.failures()).toEqual(['_disconnect _message_private'])
  expect(lab.time.timers.size).toBe(0)
})
