/** The gotchas of psyced, one by one [psyced.md 9]: none of them may cost a user of this node the circuit or the place. */
import { configOf } from '../../src/server/config.js'
import { BRIDGED, meeting, setting } from '../support/psyced-meeting.js'
import type { Meeting } from '../support/psyced-meeting.js'

const PLACE = 'psyc://psyced.example/@lobby'

/** A packet of Ann's own, by the tunnel. @returns the methods that came back */
function tunnel({ ann }: Meeting, method: string, body = '', entity = '', target = PLACE): string[] {
  ann.take()
  const content = `${entity}${method}\n${body === '' ? '' : `${body}\n`}`
  ann.tell('psyc', '|\n')
  ann.tell('psyc', `:_target\t${target}\n:_tag\tt1\n\n${content}|\n`)
  return ann
    .take('call psyc')
    .flatMap((line) => [...line.matchAll(/\\n(_\w+)\\n/g)].map(([, name]) => name ?? ''))
    .filter((name) => !name.startsWith('_notice_circuit') && name !== '_notice_link')
}

/** All is as it was: one circuit, everybody in, talk goes through. */
function expectUnharmed(met: Meeting): void {
  const { psyced, ann, toni } = met
  expect(psyced.double.croaked).toEqual([])
  expect(psyced.open).toHaveLength(1)
  expect(
    psyced.double.places
      .get('lobby')
      ?.members.map(({ nick }) => nick)
      .sort(),
  ).toEqual(['ann', 'toni'])
  toni.take()
  expect(ann.call('sendMessage', 'still here')).toBe('result undefined')
  expect(toni.take()).toEqual(['ann says: still here'])
}

const gotchas: readonly (readonly [string, (met: Meeting) => void])[] = [
  [
    '1 an error to a place evicts all: it is not sent',
    (met) => {
      for (const method of ['_error_x', '_failure_x', '_error']) expect(tunnel(met, method)).toEqual([]) // an error is never answered
      expect(met.psyced.sent).not.toMatch(/\n_(error|failure)/)
    },
  ],
  [
    '2 what closes the circuit is not sent, and its sender hears so',
    (met) => {
      for (const method of ['_data_flash', '_database', '_request_circuit_shutdown', '_status_authorization'])
        expect([method, tunnel(met, method)]).toEqual([
          method,
          ['_failure_unsuccessful_delivery_unrenderable'],
        ])
      tunnel(met, '_notice_x', '', ':_length\t5\n+_list_x\tx\n:_source\tpsyc://psyced.example/~root\n')
      expect(met.psyced.sent).not.toMatch(/_length|\n\+|~root/)
    },
  ],
  [
    '3 no line is longer than psyced reads',
    (met) => {
      met.ann.call('sendMessage', `${'ä'.repeat(5_000)}\n.\n..`)
      tunnel(met, '_notice_x', '', `:_x\t${'y'.repeat(9_000)}\n`)
      const longest = Math.max(...met.psyced.sent.split('\n').map(({ length }) => length))
      expect(longest).toBeLessThan(2_000)
      expect(met.toni.take().join('')).toHaveLength(
        'ann says: '.length + 5_000 + Math.floor(10_000 / 1_990) + 6,
      )
    },
  ],
  [
    '4 all greetings come before anything else, so that one circuit carries everything',
    ({ network, psyced, gw, toni, ann }) => {
      const methods = psyced.sent.split('\n').filter((line) => /^[._]/.test(line))
      expect(methods.filter((line) => line !== '.').slice(0, 3)).toEqual([
        '_notice_circuit_established',
        '_status_circuit',
        '_status_circuit',
      ])
      expect(psyced.sent).toContain(':_source\tpsyc://gw.example\n')
      toni.join(gw.uniform('@chat-other'))
      gw.flash({ args: ['bob'] }).call('sendMessage', 'x')
      network.settle()
      expect(psyced.lines).toHaveLength(1)
      expect(psyced.received.split('\nx\n').length - 1).toBe(1)
      gw.flash({ args: ['bob'] }).close()
      ann.take()
      psyced.double.place('lobby', 'lobby').members = psyced.double
        .place('lobby', 'lobby')
        .members.filter(({ nick }) => nick === 'ann' || nick === 'toni')
    },
  ],
  [
    '5 a node must not have a name of psyced',
    () => {
      const apps = { chat: BRIDGED }
      expect(() => configOf({ host: 'psyced.example', apps })).toThrow('another host name than this node')
      expect(() => configOf({ host: 'gw.example', apps })).not.toThrow()
    },
  ],
  [
    '6 own words come back without a tag: they answer the call, and are shown once',
    ({ ann }) => {
      const calls = [ann.ask('sendMessage', 'same'), ann.ask('sendMessage', 'same')]
      expect(calls.map((answer) => answer())).toEqual(['result undefined', 'result undefined'])
      expect(ann.take('call receive')).toEqual([
        'call receiveMessage "Ann" "same"',
        'call receiveMessage "Ann" "same"',
      ])
    },
  ],
  [
    '7 nothing is assigned: psyced would keep it for all users of the circuit',
    (met) => {
      tunnel(met, '_notice_x', '', '=_leak\tsecret\n')
      expect(met.psyced.sent).toContain('\n:_leak\tsecret\n')
      met.gw.flash({ args: ['bob'] }).close()
      expect(met.psyced.received.split('_leak').length - 1).toBe(1)
    },
  ],
  [
    '8 other messages than public ones are not for places',
    (met) => {
      for (const method of ['_message_flash', '_message_audio', '_message_private'])
        expect(tunnel(met, method, 'x')).toEqual(['_failure_unsuccessful_delivery_unrenderable'])
      expect(met.ann.take('call')).toEqual([])
    },
  ],
  [
    '9 membership survives the circuit: it is entered again, and nobody hears of it',
    ({ network, psyced, toni }) => {
      toni.take()
      psyced.cut()
      network.wait(10_000)
      expect(toni.take()).toEqual([])
    },
  ],
  [
    '10 no bytes that telnet eats are sent; what others send does no harm',
    ({ network, psyced, ann, toni }) => {
      ann.call('sendMessage', 'a\0b\x08c\x7fd\x1be\rf\u00ff')
      expect(toni.take()).toEqual(['ann says: abcde\nf\u00ff'])
      expect(psyced.sent).not.toMatch(/[\0\x08\x7f\x1b\r\xff]/)
      ann.take()
      const { uniform, nick } = toni
      psyced.double.place('lobby', 'lobby').say(uniform, nick, 'x\0\x08\xff\xfd\x1by')
      network.settle()
      expect(ann.take('call receive')).toHaveLength(1)
    },
  ],
  [
    '11 what is not answered ends by itself',
    ({ network, psyced, ann, toni }) => {
      const [circuit] = psyced.double.circuits
      if (circuit !== undefined) circuit.room = 0
      const answer = ann.ask('sendMessage', 'into the void')
      network.wait(29_000)
      expect(answer()).toBe('nothing')
      network.wait(2_000)
      expect(answer()).toContain('NetConnection.Call.Failed')
      if (circuit !== undefined) circuit.room = undefined
      toni.take()
    },
  ],
  [
    '12 we compare literals ourselves, and do not trust a neighbour',
    ({ gw }) => {
      for (const source of [
        'psyc://10.1.2.3/~x',
        'psyc://psyced.example/~toni',
        'psyc://nowhere.example/~x',
      ]) {
        const liar = gw.psyc('0.9', '127.9.9.9')
        liar.write(`:_source␉${source}\n:_target␉psyc://gw.example/~ann\n\n_message_private\nhi\n.\n`)
        expect([source, liar.isOpen]).toEqual([source, false])
      }
    },
  ],
  [
    '13 a circuit that psyced opens carries the same, whoever overtakes whom',
    ({ network, psyced, gw, ann, toni }) => {
      psyced.cut()
      toni.say('lobby', 'first') // no circuit: psyced calls
      network.settle()
      expect(ann.take('call receive')).toEqual(['call receiveMessage "toni" "first"'])
      network.wait(40_000)
      gw.flash({ args: ['bob'] }).close()
    },
  ],
  [
    '14 uniforms are sent in lower case',
    ({ gw, psyced }) => {
      gw.flash({ args: ['BÖB'], app: 'Chat/Lobby' }).close()
      const uniforms = psyced.sent.match(/psyc:\/\/\S+/g) ?? []
      expect(uniforms).toContain('psyc://gw.example/~b=c3=b6b')
      expect(uniforms.filter((uniform) => uniform !== uniform.toLowerCase())).toEqual([])
    },
  ],
  [
    '15 a nick is no identity: who has the same is told apart',
    ({ network, psyced, ann }) => {
      const place = psyced.double.place('lobby', 'lobby')
      const liar = { uniform: 'psyc://psyced.example/~liar', nick: 'ann', origin: 'psyc://psyced.example/' }
      place.cast('_notice_place_enter', liar.uniform, { _nick: 'ann' }, '')
      place.say(liar.uniform, 'ann', 'I am Ann')
      network.settle()
      expect(ann.take('call')).toEqual([
        'call userJoined "ann@psyced.example" "psyc://psyced.example/~liar"',
        'call receiveMessage "ann@psyced.example" "I am Ann"',
      ])
    },
  ],
  [
    '16 psyced is called in 0.9, whatever else it speaks',
    ({ psyced }) => {
      expect(psyced.lines.map(({ sent }) => sent[0])).toEqual(['.'])
    },
  ],
  [
    '17 names of places are legal, and the same for everybody',
    ({ gw, psyced }) => {
      for (const instance of ['Ä b!', '1st', '=x', 'a-b', '_so']) {
        const client = gw.flash({ app: `chat/${encodeURIComponent(instance)}`, args: ['eve'] })
        expect([instance, client.outcome]).toEqual([instance, 'result NetConnection.Connect.Success'])
        client.close()
      }
      expect([...psyced.double.places.keys()]).toHaveLength(6)
    },
  ],
  [
    '18 a psyced that shuts down accepts and never answers: nobody waits for ever',
    ({ network, psyced, gw }) => {
      psyced.double.isShuttingDown = true
      psyced.cut()
      const bob = gw.flash({ args: ['bob'] })
      network.wait(9_000)
      expect(bob.outcome).toContain('NetConnection.Connect.Rejected')
      psyced.double.isShuttingDown = false
      for (const line of psyced.open) line.cut()
      network.wait(20_000)
    },
  ],
]

test.each(gotchas)('%s', (_name, holds) => {
  const met = meeting()
  holds(met)
  expectUnharmed(met)
  expect(met.gw.errors).toEqual([])
})

test('what is not sent is written to the log once', () => {
  const met = meeting()
  for (let times = 0; times < 5; times++) tunnel(met, '_status_x')
  const told = met.gw.logged.filter(({ message }) => message === 'packet not sent')
  expect(told).toHaveLength(1)
  expect(told[0]?.fields).toMatchObject({ method: '_status_x' })
  expect(told[0]?.fields['reason']).toContain('place of psyced')
})

test('the table has a row for each of the eighteen', () => {
  expect(gotchas.map(([name]) => Number(/^\d+/.exec(name)?.[0]))).toEqual(
    Array.from({ length: 18 }, (_, at) => at + 1),
  )
  expect(setting().psyced.double.croaked).toEqual([])
})
