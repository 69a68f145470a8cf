/** `rtmpsyc watch` at a node in this process, and at servers that do what a good node does not. */
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { watch } from '../../src/cli/watch.js'
import { AmfObject } from '../../src/amf/value.js'
import { flvTag } from '../../src/media/flv-writer.js'
import { PsycDict } from '../../src/psyc/wire/dict.js'
import type { DictItem } from '../../src/psyc/wire/dict.js'
import { PsycList } from '../../src/psyc/wire/list.js'
import { Packet, modifiers } from '../../src/psyc/wire/packet.js'
import type { Modifier } from '../../src/psyc/wire/packet.js'
import { encodeData } from '../../src/rtmp/wire/message/data.js'
import { MessageType } from '../../src/rtmp/wire/message.js'
import { configOf } from '../../src/server/config.js'
import { Gateway } from '../../src/server/gateway.js'
import type { Ports } from '../../src/server/gateway.js'
import { concat } from '../../src/util/bytes.js'
import { defaultLimits } from '../../src/util/limits.js'
import { silentLog } from '../../src/util/log.js'
import { freePort, listen, relay } from '../support/cli-peers.js'
import type { PeerServer } from '../support/cli-peers.js'
import { TextSink } from '../support/cli-run.js'
import { Watching, fakeMaster } from '../support/cli-watch.js'
import type { FakeMaster } from '../support/cli-watch.js'
import { RawClient } from '../support/gateway.js'
import { PsycedDouble } from '../support/psyced-double.js'

let gateway: Gateway
let ports: Ports
let root: string
const servers: PeerServer[] = []
const clients: RawClient[] = []

beforeAll(async () => {
  const config = configOf({ apps: { strict: true, chat: {} } }, { rtmpPort: 0, httpPort: 0, psycPort: 0 })
  const folders = { modules: '', examples: '' }
  gateway = new Gateway({ config, log: silentLog, version: '1.2.3', folders })
  ports = await gateway.start()
  root = `psyc://localhost:${ports.psyc}/`
})

afterAll(() => gateway.stop())

afterEach(async () => {
  for (const client of clients.splice(0)) client.end()
  for (const server of servers.splice(0)) await server.close()
})

/** A PSYC client in a place, by the bytes that it sends. */
async function member(place: string, nick: string): Promise<Member> {
  const client = new RawClient(ports.psyc)
  clients.push(client)
  const send = (head: string, content: string): void => {
    client.write(`${head}\n\n${content}\n|\n`)
  }
  client.write('|\n')
  send(`:_target\t${root}${place}\n:_tag\tin`, `:_nick\t${nick}\n_request_context_enter`)
  await client.until((text) => text.includes('_echo_context_enter'))
  return { send, hears: (text) => client.until((all) => all.includes(text)) }
}

interface Member {
  readonly send: (head: string, content: string) => void
  readonly hears: (text: string) => Promise<unknown>
}

describe('a place', () => {
  test('is told as it lives, to one whom nobody sees', async () => {
    const watching = new Watching(`${root}@chat-park`)
    await watching.says(' state ')
    const { send } = await member('@chat-park', 'pat')
    send(`:_target\t${root}@chat-park`, ':_amount_joy\t3\n_message_public\nhello \u001b[2J')
    send(`:_target\t${root}@chat-park\n:_tag\tm`, '_request_members')
    send(`:_target\t${root}@chat-park`, '_request_context_leave')
    await watching.says('_notice_context_leave')
    const { exit, stderr } = await watching.stop()
    const pat = 'psyc://127.0.0.1:-FAR/'
    expect(watching.lines.map((line) => line.replace(/[0-9a-f]{16}/, 'RUN'))).toEqual([
      `T connected ${root} in PSYC 1.0, rtmpsyc/1.2.3; it calls us psyc://127.0.0.1:-FAR/`,
      `T entered ${root}@chat-park as watch-N`,
      ' _nick: "watch-N"',
      ' _nick_place: "chat-park"',
      ' _duty: "member"',
      ' _list_members: []',
      ' _list_members_nicks: []',
      ' _token_run: "RUN"',
      ' _amount_casts: 0',
      'T state in full at #0',
      ' _token_run: "RUN"',
      ...stateOfEmptyPlace(watching.lines),
      `T #1 _notice_context_enter by ${pat}`,
      ' _nick: "pat"',
      ' _nick_place: "chat-park"',
      ...changes(watching.lines, '= "pat"'),
      ' pat enters chat-park.',
      `T #2 _message_public by ${pat}`,
      ' _amount_joy: 3',
      ' _nick: "pat"',
      ' _nick_place: "chat-park"',
      ' "hello \\u001b[2J"',
      `T #3 _notice_context_leave by ${pat}`,
      ' _nick: "pat"',
      ' _nick_place: "chat-park"',
      ...changes(watching.lines, 'deleted'),
      ' pat leaves chat-park.',
      'T left',
    ])
    expect([exit, stderr]).toEqual([0, ''])
  })

  /** What the state of a place holds beside its run is the place's to decide. */
  function stateOfEmptyPlace(lines: readonly string[]): string[] {
    const start = lines.findIndex((line) => line.startsWith('T state ')) + 1
    const end = lines.findIndex((line) => line.startsWith('T #1 '))
    return lines.slice(start + 1, end)
  }

  function changes(lines: readonly string[], what: string): string[] {
    return lines.filter((line) => line.startsWith(' _dict_members ') && line.endsWith(what))
  }

  test('by another name of its server, which says how it calls itself', async () => {
    const watching = new Watching(`psyc://127.0.0.1:${ports.psyc}/@chat`)
    await watching.says(`T entered ${root}@chat as`)
    expect((await watching.stop()).exit).toBe(0)
  })

  test('in 0.9 where 1.0 is hung up on', async () => {
    const server = await listen((socket: Socket) => {
      socket.once('data', (bytes: Buffer) => {
        if (bytes[0] === 0x2e) relay(socket, ports.psyc, [bytes])
        else socket.destroy()
      })
    })
    servers.push(server)
    const watching = new Watching(`psyc://127.0.0.1:${server.port}/@chat-park`)
    await watching.says('T entered')
    const { send } = await member('@chat-park', 'pat')
    send(`:_target\t${root}@chat-park`, '_message_public\nhello')
    await watching.says(' "hello"')
    expect(watching.text).toContain(`T connected ${root} in PSYC 0.9, rtmpsyc/1.2.3;`)
    expect((await watching.stop()).exit).toBe(0)
  })

  test('of a psyced, which speaks 0.9 and keeps no state', async () => {
    const server = await listen((socket: Socket) => {
      const circuit = psyced.accept({
        address: '127.0.0.1',
        port: socket.remotePort ?? 0,
        write: (bytes) => void socket.write(Buffer.from(bytes, 'latin1')),
        close: () => void socket.end(),
      })
      socket.on('data', (bytes) => circuit.receive(bytes.toString('latin1')))
    })
    servers.push(server)
    const psyced = new PsycedDouble({ host: '127.0.0.1', port: server.port, resolve: (host) => [host] })
    const user = psyced.user('erik')
    user.join('lobby')
    const watching = new Watching(`psyc://127.0.0.1:${server.port}/@lobby`)
    await watching.says('T entered')
    user.say('lobby', 'grüße')
    await watching.says(' "grüße"')
    expect(watching.lines[0]).toMatch(/in PSYC 0\.9, psyced\//)
    expect((await watching.stop()).exit).toBe(0)
  })

  test('for so many seconds', async () => {
    const watching = new Watching(`${root}@chat`, '--for', '0.2')
    expect(await watching.end()).toMatchObject({ exit: 0, stderr: '' })
    expect(watching.lines.at(-1)).toBe('T left')
  })

  test('until nobody reads', async () => {
    const output = new PassThrough()
    const ended = watch([`${root}@chat`], output, new TextSink(), new AbortController().signal)
    output.destroy(new Error('write EPIPE'))
    expect(await ended).toBe(0)
  })
})

test('an object: every change as a value, also for machines', async () => {
  const { send, hears } = await member('@chat-garden', 'pat')
  const object = `${root}@chat-garden#_so_ball`
  const change = (...items: readonly DictItem[]): void => {
    const dict = Buffer.from(new PsycDict(items).render()).toString('latin1')
    send(`:_target\t${object}`, `:_dict_change ${dict.length}\t${dict}\n_request_change_shared`)
  }
  change({ key: 'x', type: '_amount', value: '1' })
  await hears('_echo_change_shared')
  const watching = new Watching(object)
  const machine = new Watching(object, '--json')
  await Promise.all([watching.says('_dict_slots'), machine.says('"state"')])
  const list = new PsycList([
    { type: '_amount', value: '1' },
    { type: '_text', value: 'two' },
  ])
  change({ key: 'x', type: '_list', value: list.render() }, { key: 'Y', type: '_flag', value: '1' })
  send(`:_target\t${object}`, ':_list_remove\t| x\n_request_change_shared')
  send(`:_target\t${object}`, ':_name_invoke\tonHit\n:_list_arguments\t|=_amount:1 7\n_notice_invoke')
  await Promise.all([watching.says('onHit'), machine.says('onHit')])
  await Promise.all([watching.stop(), machine.stop()])
  expect(watching.text).toContain(' _dict_slots:\n x: 1\n')
  expect(watching.text).toMatch(
    /#\d _notice_change_shared by psyc:.*\n( _.*\n)* _dict_slots \{x\} = \[1, "two"\]\n/,
  )
  expect(watching.text).toContain(' _dict_slots {Y} = true\n')
  expect(watching.text).toContain(' _dict_slots {x} deleted\n')
  expect(watching.text).toContain(' _name_invoke: "onHit"\n _list_arguments: [7]\n')
  const events = machine.lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(events.map(({ event }) => event)).toEqual([
    ...['connected', 'entered', 'state'],
    ...['packet', 'packet', 'packet', 'left'],
  ])
  expect(events[2]).toMatchObject({ state: { _dict_slots: { x: 1 } } })
  expect(events[3]).toMatchObject({
    method: '_notice_change_shared',
    changes: [
      { operator: '=', name: '_dict_slots', index: '{x}', value: [1, 'two'] },
      { operator: '=', name: '_dict_slots', index: '{Y}', value: true },
    ],
  })
  expect(events[4]).toMatchObject({ changes: [{ operator: '-', name: '_dict_slots', index: '{x}' }] })
  expect(events[5]).toMatchObject({ variables: { _name_invoke: 'onHit', _list_arguments: [7] } })
})

describe('a server that does otherwise', () => {
  let master: FakeMaster
  const routing = (more: Record<string, string>): Modifier[] =>
    modifiers({ _context: `psyc://127.0.0.1:${master.port}/@x`, ...more })
  const cast = (counter: number, method: string, more: readonly Modifier[] = []): Packet =>
    new Packet(routing({ _counter: String(counter) }), more, method, '')
  const assign = (name: string, value: string): Modifier => ({ operator: '=', name, value })

  /** @param follows what it says to whoever it lets in */
  async function start(follows: () => readonly Packet[]): Promise<Watching> {
    master = await fakeMaster((packet, send) => {
      if (packet.method !== '_request_context_enter') return
      send(Packet.of({ _source: packet.target, _tag_relay: packet.tag }, '_echo_context_enter'))
      for (const each of follows()) send(each)
    })
    servers.push(master)
    return new Watching(`psyc://127.0.0.1:${master.port}/@x`)
  }

  test('says what is missing and what comes twice, and asks for the state once', async () => {
    const watching = await start(() => [
      new Packet(
        routing({ _target: 'psyc://127.0.0.1/', _counter: '3' }),
        [assign('_topic', 'one')],
        '_status_state',
        '',
        'reset',
      ),
      cast(4, '_notice_four'),
      cast(4, '_notice_four'),
      cast(7, '_notice_seven', [assign('_topic', 'two')]),
      cast(9, '_notice_nine'),
    ])
    await watching.says(/#9[^]*missing/)
    expect((await watching.stop()).exit).toBe(0)
    expect(watching.lines.slice(2)).toEqual([
      'T state in full at #3',
      ' _topic: "one"',
      'T #4 _notice_four',
      'T -- #4 _notice_four came twice, or late: #4 was before it',
      'T #7 _notice_seven',
      ' _topic = "two"',
      'T -- 2 packets are missing before this one',
      'T #9 _notice_nine',
      'T -- 1 packets are missing before this one',
      'T left',
    ])
    expect(master.received.filter(({ stateOperation }) => stateOperation === 'resync')).toHaveLength(1)
    expect(master.received.some(({ method }) => method === '_request_context_leave')).toBe(true)
  })

  test('shows what cannot be read as it came, and goes on', async () => {
    const odd: Modifier[] = [
      { operator: '@', name: '_dict_slots', value: 'nonsense' },
      { operator: ':', name: '_list_arguments', value: '|=_list:5 |' },
      { operator: ':', name: '_amount', value: 'many' },
    ]
    const watching = await start(() => [cast(1, '_notice_odd', odd), cast(2, '_notice_even')])
    await watching.says('_notice_even')
    expect(watching.text).toContain(' _list_arguments: "|=_list:5 |"\n')
    expect(watching.text).toContain(' _dict_slots = "nonsense"\n')
    await watching.stop()
  })

  test('puts us out', async () => {
    const watching = await start(() => [
      Packet.of(
        { _source: `psyc://127.0.0.1:${master.port}/@x`, _target: 'psyc://127.0.0.1/' },
        '_notice_context_leave_banned',
      ),
    ])
    expect(await watching.end()).toMatchObject({
      exit: 1,
      stderr: 'rtmpsyc watch: put out: _notice_context_leave_banned\n',
    })
  })

  test('never lets us in', async () => {
    master = await fakeMaster(() => undefined)
    servers.push(master)
    const watching = new Watching(`psyc://127.0.0.1:${master.port}/@x`, '--timeout', '1')
    master.received.push(Packet.of({}, ''))
    const { exit, stderr } = await watching.end()
    expect(exit).toBe(1)
    expect(stderr).toContain('nothing for 1 s')
  })
})

describe('a line that is lost', () => {
  let master: FakeMaster
  let sockets: Socket[]
  let enters: number
  const context = (): string => `psyc://127.0.0.1:${master.port}/@x`
  const letIn = Packet.of({}, '_echo_context_enter')
  const closed = 'the peer closed the circuit'

  /** @param answer what the nth enter is answered with, from 1 */
  async function start(answer: (nth: number) => Packet, ...args: readonly string[]): Promise<Watching> {
    sockets = []
    enters = 0
    master = await fakeMaster((packet, send, socket) => {
      if (packet.method === '_request_features') sockets.push(socket)
      if (packet.method !== '_request_context_enter') return
      const { method } = answer(++enters)
      send(Packet.of({ _source: packet.target, _tag_relay: packet.tag }, method))
      const told = { _context: context(), _counter: String(enters) }
      if (method === letIn.method) send(Packet.of(told, '_notice_x'))
    })
    servers.push(master)
    return new Watching(context(), ...args)
  }

  /** As a node that stops: everything was sent, then the line ends. */
  function hangUp(): void {
    sockets.at(-1)?.end()
  }

  test('is told, and tried again: what happens is told on', async () => {
    const watching = await start(() => letIn)
    await watching.says('#1 _notice_x')
    hangUp()
    await watching.waitsFor(1)
    expect(watching.complaints).toBe(`rtmpsyc watch: ${closed}; trying again\n`)
    watching.tryAgain()
    await watching.says('#2 _notice_x')
    const { exit, stderr } = await watching.stop()
    expect([exit, watching.waits]).toEqual([0, [1_000]])
    expect(stderr).toBe(`rtmpsyc watch: ${closed}; trying again\n`)
    const arrival = `T connected psyc://127.0.0.1:${master.port}/ in PSYC 1.0`
    const entered = `T entered ${context()} as watch-N`
    expect(watching.lines).toEqual([
      ...[arrival, entered, 'T #1 _notice_x'],
      ...[arrival, entered, 'T #2 _notice_x', 'T left'],
    ])
  })

  test('is an event for machines', async () => {
    const watching = await start(() => letIn, '--json')
    await watching.says('_notice_x')
    hangUp()
    await watching.waitsFor(1)
    watching.tryAgain()
    await watching.says(/_notice_x[^]*_notice_x/)
    await watching.stop()
    const events = watching.lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(events.map(({ event }) => event)).toEqual([
      ...['connected', 'entered', 'packet', 'lost'],
      ...['connected', 'entered', 'packet', 'left'],
    ])
    expect(events[3]).toEqual({ time: 'T', event: 'lost', reason: closed })
  })

  test('is tried ever more seldom while nobody answers; each reason is told once, and Ctrl-C ends it', async () => {
    const watching = await start(() => letIn)
    await watching.says('T entered')
    await master.close()
    servers.splice(0)
    for (let count = 1; count < 7; count++) {
      await watching.waitsFor(count)
      watching.tryAgain()
    }
    await watching.waitsFor(7)
    const { exit, stderr } = await watching.stop()
    expect([exit, watching.waits]).toEqual([0, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]])
    const refused = `TCP to 127.0.0.1 port ${master.port}: refused (ECONNREFUSED)`
    expect(stderr.replace(/circuit: .*reset.*;/, `${closed};`)).toBe(
      `rtmpsyc watch: ${closed}; trying again\nrtmpsyc watch: ${refused}; trying again\n`,
    )
    expect(watching.text).not.toContain('T left') // we were not in
  })

  test.each([
    ['_error_unknown_stream', 'nobody publishes that stream there'],
    ['_error_necessary_privilege_create_shared', 'nobody uses that object now'],
    ['_error_illegal_uniform', 'there is nothing by that name'],
    ['_failure_exceeded_limit', 'it is full'],
  ])('what is not back yet is waited for: %s', async (method, problem) => {
    const watching = await start((nth) => (nth === 2 ? Packet.of({}, method) : letIn))
    await watching.says('#1 _notice_x')
    hangUp()
    await watching.waitsFor(1)
    watching.tryAgain()
    await watching.waitsFor(2)
    expect(watching.complaints).toContain(`rtmpsyc watch: ${problem} (${method}); trying again\n`)
    watching.tryAgain()
    await watching.says('#3 _notice_x')
    expect((await watching.stop()).exit).toBe(0)
  })

  test.each([
    ['_error_place_enter_necessary_invitation', 'we are banned there'],
    ['_error_necessary_privilege_enter', 'we may not'],
  ])('who is not wanted any more does not come back: %s', async (method, problem) => {
    const watching = await start((nth) => (nth === 2 ? Packet.of({}, method) : letIn))
    await watching.says('#1 _notice_x')
    hangUp()
    await watching.waitsFor(1)
    watching.tryAgain()
    const { exit, stderr } = await watching.end()
    expect(exit).toBe(1)
    expect(stderr).toContain(`\nrtmpsyc watch: ${problem} (${method})\n  → the owner of the place decides`)
  })

  test('of a node that starts again', async () => {
    const port = await freePort()
    const nodeThere = async (): Promise<Gateway> => {
      const config = configOf({ apps: { chat: {} } }, { rtmpPort: 0, httpPort: 0, psycPort: port })
      const folders = { modules: '', examples: '' }
      const node = new Gateway({ config, log: silentLog, version: '1', folders })
      await node.start()
      return node
    }
    const first = await nodeThere()
    const watching = new Watching(`psyc://localhost:${port}/@chat`)
    await watching.says('T state in full')
    await first.stop()
    await watching.waitsFor(1)
    const second = await nodeThere()
    watching.tryAgain()
    await watching.says(/T state in full[^]*T state in full/)
    expect((await watching.stop()).exit).toBe(0)
    await second.stop()
  })
})

test.each(['at first', 'while it comes back'])('Ctrl-C ends it while it connects, %s', async (when) => {
  let mute: () => void = () => undefined
  const isMute = new Promise<void>((resolve) => (mute = resolve))
  let calls = when === 'at first' ? 1 : 0
  const server = await listen((socket: Socket) => {
    if (++calls === 1) relay(socket, ports.psyc)
    else socket.once('data', mute) // and never says a word
  })
  servers.push(server)
  const watching = new Watching(`psyc://127.0.0.1:${server.port}/@chat`)
  if (when !== 'at first') {
    await watching.says('T entered')
    server.hangUp()
    await watching.waitsFor(1)
    watching.tryAgain()
  }
  await isMute
  const complaints = watching.complaints
  expect(await watching.stop()).toMatchObject({ exit: 0, stderr: complaints })
  expect(calls).toBe(2) // it was not asked in 0.9, after 5 s
})

describe('a stream', () => {
  const avcHeader = tag(MessageType.Video, 0, '1700000000014d401f')
  const aacHeader = tag(MessageType.Audio, 0, 'af001210')
  const metadata = flvTag({
    type: MessageType.Data,
    timestamp: 0,
    messageStreamId: 0,
    payload: encodeData(
      {
        handler: 'onMetaData',
        args: [AmfObject.of({ width: 640, height: 360, framerate: 25, encoder: 'test' })],
      },
      MessageType.Data,
      defaultLimits,
    ),
  })

  function tag(type: number, timestamp: number, hex: string): Uint8Array {
    const payload = new Uint8Array(Buffer.from(hex, 'hex'))
    return flvTag({ type, timestamp, messageStreamId: 0, payload })
  }

  test('is told second by second', async () => {
    const master = await fakeMaster((packet, send) => {
      if (packet.method !== '_request_context_enter') return
      const context = `psyc://127.0.0.1:${master.port}/@live#_stream__=43am`
      send(Packet.of({ _source: context, _tag_relay: packet.tag }, '_echo_context_enter'))
      const headers = new PsycDict([
        { key: 'video:0', type: '_data', value: avcHeader },
        { key: 'audio:0', type: '_data', value: aacHeader },
      ])
      const state: Modifier[] = [
        { operator: '=', name: '_token_run', value: 'a'.repeat(16) },
        { operator: '=', name: '_dict_headers', value: headers },
        { operator: '=', name: '_data_metadata', value: metadata },
      ]
      const at = { _context: context, _target: 'psyc://127.0.0.1/', _counter: '9' } // before the history
      send(new Packet(modifiers(at), state, '_status_state', '', 'reset'))
      const cast = (counter: number, body: Uint8Array): void =>
        send(Packet.of({ _context: context, _counter: String(counter) }, '_data_flv', {}, body))
      send(Packet.of({ ...at, _counter: '10' }, '_data_flv', {}, tag(MessageType.Video, 960, '1701000000aa')))
      cast(
        11,
        concat([tag(MessageType.Video, 1000, '1701000000aabb'), tag(MessageType.Audio, 1010, 'af01cc')]),
      )
      cast(13, tag(MessageType.Video, 1080, '2701000000aabb'))
      cast(
        14,
        flvTag({
          type: MessageType.Data,
          timestamp: 1090,
          messageStreamId: 0,
          payload: encodeData({ handler: 'onCue', args: ['now', 3] }, MessageType.Data, defaultLimits),
        }),
      )
      cast(15, Uint8Array.of(9, 0, 0))
      send(Packet.of({ _context: context, _counter: '16' }, '_notice_stream_unpublish'))
    })
    servers.push(master)
    const watching = new Watching(`psyc://127.0.0.1:${master.port}/@live#_stream_Cam`)
    await watching.says('has ended')
    expect(watching.lines.slice(2)).toEqual([
      'T state in full at #9',
      ' _token_run: "aaaaaaaaaaaaaaaa"',
      ` _data_metadata: ${metadata.length} bytes`,
      ' _dict_headers:',
      ` video:0: ${avcHeader.length} bytes`,
      ` audio:0: ${aacHeader.length} bytes`,
      'T #14 onCue("now", 3)',
      'T -- a packet that cannot be read: the bytes end inside a tag (offset 0)',
      'T stream video AVC (H.264) Main, level 3.1, 640x360, 25 pictures a second; audio AAC 44100 Hz stereo; by test',
      expect.stringMatching(
        /^T media 3 pictures \(2 key\), 1 sounds, \d kbit, 5 packets to #15, at 1\.08 s, 1 PACKETS MISSING$/,
      ),
      'T #16 _notice_stream_unpublish',
      'T -- the stream has ended; waiting for who publishes it next',
    ])
    await watching.stop()
    expect(master.received.every(({ stateOperation }) => stateOperation === undefined)).toBe(true)
  })
})

describe('what is not there', () => {
  test.each([
    [
      '@chat#_so_nope',
      'nobody uses that object now (_error_necessary_privilege_create_shared)',
      'persistent ones',
    ],
    ['@chat#_what', 'there is no such channel (_error_unknown_name_shared)', 'channels are #_so_'],
    ['@nowhere', 'there is nothing by that name (_error_illegal_uniform: ', 'rtmpsyc probe psyc://localhost'],
  ])('%s', async (resource, problem, advice) => {
    const { exit, stderr } = await new Watching(root + resource).end()
    expect(exit).toBe(1)
    expect(stderr).toContain(`rtmpsyc watch: ${problem}`)
    expect(stderr).toMatch(new RegExp(`\n {2}→ .*${advice}`))
  })

  test('a server', async () => {
    const port = await freePort()
    expect(await new Watching(`psyc://127.0.0.1:${port}/@chat`).end()).toEqual({
      exit: 1,
      stdout: '',
      stderr:
        `rtmpsyc watch: TCP to 127.0.0.1 port ${port}: refused (ECONNREFUSED)\n` +
        '  → nothing listens there: is the server running, on this address and port?\n',
    })
  })

  test('PSYC', async () => {
    const { exit, stderr } = await new Watching(`psyc://127.0.0.1:${ports.http}/@x`, '--timeout', '1').end()
    expect([exit, stderr]).toEqual([1, expect.stringContaining('there is nothing by that name')]) // any port serves
  })
})

describe('arguments', () => {
  test.each([
    [[], 'which UNIFORM?'],
    [['psyc://h/@a', 'psyc://h/@b'], 'one UNIFORM at a time'],
    [['psyc://h/'], 'expected a place, an object or a stream, such as psyc://h/@chat-lobby'],
    [['psyc://h/~bob'], 'expected a place'],
    [['rtmp://h/Chat/My%20Room'], 'expected a PSYC uniform, perhaps psyc://h/@chat-my=20room'],
    [['rtmp://h/a%zz'], 'expected a PSYC uniform\n'],
    [['psyc://h:0/@a'], 'expected a port from 1 to 65535'],
    [['psyc://h/@a', '--for', 'ever'], '--for: expected seconds'],
    [['psyc://h/@a', '--timeout', '0'], '--timeout: expected seconds'],
    [['psyc://h/@a', '--loud'], "Unknown option '--loud'"],
  ])('%j', async (args, said) => {
    const { exit, stdout, stderr } = await new Watching(...args).end()
    expect([exit, stdout]).toEqual([64, ''])
    expect(stderr).toContain(`rtmpsyc watch: `)
    expect(stderr).toContain(said)
    expect(stderr).toContain('Usage: rtmpsyc watch UNIFORM')
  })

  test('--help', async () => {
    const { exit, stdout } = await new Watching('--help').end()
    expect([exit, stdout.startsWith('Usage: rtmpsyc watch UNIFORM')]).toEqual([0, true])
  })
})
