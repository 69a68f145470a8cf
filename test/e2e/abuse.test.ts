/**
 * Whatever strangers send by whatever way: the connection is answered or closed, the log says why, two honest people
 * in a room hear each other all the time, and in the end nothing of it is left [design 7, 11].
 *
 * Time-outs are short by configuration. `ABUSE=long` multiplies the amounts by ten.
 */
import { MessageType } from '../../src/rtmp/wire/message.js'
import { connect } from 'node:net'
import { tcpWays, webSocketWay } from './support/attacker.js'
import type { Attacker, Way } from './support/attacker.js'
import {
  announced,
  CHUNK_SIZE,
  bigChunks,
  call,
  connected,
  deepAmf0,
  handshake,
  psyc,
  rawCall,
  randomBytesOf,
  referenceBomb,
  repeated,
  sharedObject,
  startingWith,
  text,
  tinyChunks,
} from './support/hostile-bytes.js'
import type { Pieces } from './support/hostile-bytes.js'
import { HonestPair } from './support/honest.js'
import { stopPrograms } from './support/program.js'
import { startServer } from './support/server.js'
import type { Server } from './support/server.js'
import { MemoryProbe, childRunning, debuggerEnvironment, openSockets, until } from './support/usage.js'
import type { Memory } from './support/usage.js'

const SCALE = process.env['ABUSE'] === 'long' ? 10 : 1

jest.setTimeout(60_000 * SCALE)

const SHORT_MS = 500
const SEED = 20_251_121
// Bytes that may be left over: a place with its history, compiled code; and what the heap keeps for the next load.
const REACHABLE_MARGIN = 8 * 2 ** 20
const RESIDENT_MARGIN = 60 * 2 ** 20

const config = {
  limits: {
    ...{ doorMs: SHORT_MS, handshakeMs: SHORT_MS, connectMs: SHORT_MS, psycGreetingMs: SHORT_MS },
    ...{ psycSendMs: 2_000, queueBytes: 1_048_576, psycQueueBytes: 1_048_576 },
  },
}

let server: Server
let honest: HonestPair
let pid: number
let socketsBefore: number
let probe: MemoryProbe
let before: Memory
let malloryCount = 0
let unknown = 0 // each is logged once

beforeAll(async () => {
  process.env['NODE_OPTIONS'] = debuggerEnvironment
  server = await startServer(config)
  pid = childRunning('dist/cli.js')
  probe = await MemoryProbe.attach(pid, server.program)
  socketsBefore = openSockets(pid)
  honest = await HonestPair.meet(server)
  for (let warmUp = 0; warmUp < 200; warmUp++) await honest.chat()
  before = await probe.measure()
})

afterAll(stopPrograms)

interface Attack {
  readonly title: string
  readonly ways: Readonly<Record<string, Way>>
  readonly send: (server: Server) => Pieces
  /** `closed`: by the server; `answered`: something comes back and the server may keep the connection. */
  readonly ends: 'closed' | 'answered'
  /** What the log says of it. */
  readonly log?: RegExp
  /** What is answered. */
  readonly answer?: RegExp
  /** Wait so long between pieces. */
  readonly everyMs?: number
  /** Connected, and in the room. */
  readonly isInside?: true
}

const everywhere = tcpWays
const rtmp: Attack['ways'] = { 'RTMP port': tcpWays['RTMP port']!, 'WebSocket /rtmp': webSocketWay('/rtmp') }
const circuit: Attack['ways'] = {
  'PSYC port': tcpWays['PSYC port']!,
  'WebSocket /psyc': webSocketWay('/psyc'),
}
const http: Attack['ways'] = { 'HTTP port': tcpWays['HTTP port']! }

const place = (root: string): string => `${root}@chat-lobby`
const closedByRtmp = /RTMP connection closed/
const circuitOver = /circuit (refused|lost)/

const atTheDoor: readonly Attack[] = [
  ...(
    [
      [0x00, /its first byte begins no protocol/],
      [0xff, /its first byte begins no protocol/],
      [0x16, /it asks for TLS/],
      [0x06, closedByRtmp],
    ] as const
  ).map(([first, log]): Attack => ({
    title: `random bytes behind 0x${first.toString(16)}`,
    ways: everywhere,
    send: () => [startingWith(first, SEED)],
    ends: 'closed',
    log,
  })),
  {
    title: 'random bytes behind the version of RTMP',
    ways: everywhere,
    send: () => [startingWith(3, SEED)],
    ends: 'closed',
    log: closedByRtmp,
  },
  {
    title: 'random bytes behind "|"',
    ways: everywhere,
    send: () => [startingWith(0x7c, SEED)],
    ends: 'closed',
    log: circuitOver,
  },
  {
    title: 'random bytes behind "."',
    ways: everywhere,
    send: () => [startingWith(0x2e, SEED)],
    ends: 'closed',
    log: circuitOver,
  },
  {
    title: 'random bytes behind "<"',
    ways: everywhere,
    send: () => [startingWith(0x3c, SEED)],
    ends: 'closed',
    log: /no policy request/,
  },
  {
    title: 'random bytes behind a letter',
    ways: everywhere,
    send: () => [startingWith(0x47, SEED)],
    ends: 'closed',
    answer: /^HTTP\/1\.1 400 /,
    log: /HTTP connection closed/,
  },
  { title: 'nothing at all', ways: everywhere, send: () => [], ends: 'closed', log: /no first byte/ },
  {
    title: 'an XMLSocket without a policy request',
    ways: everywhere,
    send: () => [text('<msg t="sys"><body action="verChk"/></msg>\0')],
    ends: 'closed',
    log: /no policy request/,
  },
  {
    title: 'half of a policy request',
    ways: everywhere,
    send: () => [text('<policy-file-')],
    ends: 'closed',
    log: /no policy request/,
  },
]

const byRtmp: readonly Attack[] = [
  {
    title: 'a handshake that is never finished',
    ways: { ...everywhere, ...rtmp },
    send: () => [handshake.subarray(0, 1000)],
    ends: 'closed',
    log: closedByRtmp,
  },
  {
    title: 'a handshake, a byte at a time',
    ways: rtmp,
    send: () => repeated(Uint8Array.of(3), 1_000),
    everyMs: 100,
    ends: 'closed',
    log: /the handshake took too long/,
  },
  {
    title: 'a handshake and then nothing',
    ways: rtmp,
    send: () => [handshake],
    ends: 'closed',
    log: /no connect command/,
  },
  {
    title: 'a handshake and then garbage',
    ways: rtmp,
    send: () => [handshake, randomBytesOf(SEED, 65_536)],
    ends: 'closed',
    log: closedByRtmp,
  },
  {
    title: 'a connect, cut off',
    ways: rtmp,
    send: () => [connected('chat/lobby', 'mallory').subarray(0, 3_120)],
    ends: 'closed',
    log: /no connect command/,
  },
  {
    title: 'media before connect',
    ways: rtmp,
    send: () => [
      handshake,
      bigChunks,
      ...repeated(announced(6, MessageType.Audio, 100_000), 1),
      new Uint8Array(100_000),
    ],
    ends: 'closed',
    log: /preConnectBytes/,
  },
  {
    title: 'garbage once connected',
    ways: rtmp,
    isInside: true,
    send: () => [randomBytesOf(SEED, 65_536)],
    ends: 'closed',
    log: closedByRtmp,
  },
  {
    title: 'a message of 16 MB announced',
    ways: rtmp,
    isInside: true,
    send: () => [announced(6, MessageType.Video, 0xffffff)],
    ends: 'closed',
    log: /messageBytes/,
  },
  {
    title: 'large messages begun on many chunk streams',
    ways: rtmp,
    isInside: true,
    send: function* () {
      const begun = new Uint8Array(CHUNK_SIZE)
      for (let id = 6; id < 400; id++) {
        yield announced(id, MessageType.Video, 8_000_000)
        yield begun
      }
    },
    ends: 'closed',
    log: /chunkStreams|partialBytes/,
  },
  {
    title: 'a command of 2 MB announced',
    ways: rtmp,
    isInside: true,
    send: () => [announced(3, MessageType.Command, 2_000_000)],
    ends: 'closed',
    log: /commandBytes/,
  },
  {
    title: 'a million chunks of one byte',
    ways: rtmp,
    isInside: true,
    send: function* () {
      yield* tinyChunks(1_000_000)
      yield randomBytesOf(SEED, 4_096)
    },
    ends: 'closed',
    log: closedByRtmp,
  },
  {
    title: 'arrays 100,000 deep in a call',
    ways: rtmp,
    isInside: true,
    send: () => [rawCall(deepAmf0(100_000))],
    ends: 'answered',
    answer: /NetConnection\.Call\.Failed[^]*amfDepth/,
  },
  {
    title: 'an array of 4 thousand million elements in a call',
    ways: rtmp,
    isInside: true,
    send: () => [rawCall(Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff))],
    ends: 'answered',
    answer: /NetConnection\.Call\.Failed/,
  },
  {
    title: 'a string of 2 thousand million bytes in a call',
    ways: rtmp,
    isInside: true,
    send: () => [rawCall(Uint8Array.of(0x0c, 0x7f, 0xff, 0xff, 0xff))],
    ends: 'answered',
    answer: /NetConnection\.Call\.Failed/,
  },
  {
    title: 'a bomb of references, to everybody in the room',
    ways: rtmp,
    isInside: true,
    send: () => [call('broadcast', 2, 'boom', referenceBomb(40))],
    ends: 'answered',
    answer: /_result|_error/,
  },
  {
    title: 'a call of no name that is known, too deep to be described',
    ways: rtmp,
    isInside: true,
    send: () => [
      call(`unknown ${++unknown} ${'x'.repeat(50_000)}`, 2, referenceBomb(60)),
      call('echo', 3, 'still here'),
    ],
    ends: 'answered',
    answer: /still here/,
    log: /unknown call/,
  },
  {
    title: 'commands, more than a second may have',
    ways: rtmp,
    isInside: true,
    send: function* () {
      yield* repeated(call('members', 2), 6_000)
    },
    ends: 'closed',
    log: /too many commands/,
  },
  {
    title: 'a shared object with too many slots',
    ways: rtmp,
    isInside: true,
    send: function* () {
      yield sharedObject('flood', [{ kind: 'use' }])
      for (let at = 0; at < 5_000; at += 500) {
        const slots = Array.from({ length: 500 }, (_, slot) => ({ name: `s${at + slot}`, value: 1 }))
        yield sharedObject('flood', [{ kind: 'requestChange', slots }])
      }
      yield call('echo', 9, 'still here')
    },
    ends: 'answered',
    answer: /still here/,
  },
  {
    title: 'a shared object with keys and values that are too long',
    ways: rtmp,
    isInside: true,
    send: () => [
      sharedObject('large', [{ kind: 'use' }]),
      sharedObject('large', [{ kind: 'requestChange', slots: [{ name: 'v', value: 'x'.repeat(100_000) }] }]),
      sharedObject('large', [{ kind: 'requestChange', slots: [{ name: 'k'.repeat(1_025), value: 1 }] }]),
    ],
    ends: 'closed',
    log: /objectKeyBytes/,
  },
  {
    title: 'shared objects, more than a client may use',
    ways: rtmp,
    isInside: true,
    send: function* () {
      for (let at = 0; at < 300; at++) yield sharedObject(`o${at}`, [{ kind: 'use' }])
      yield call('echo', 9, 'still here')
    },
    ends: 'answered',
    answer: /ObjectCreationFailed[^]*still here|still here[^]*ObjectCreationFailed/,
  },
]

const byCircuit: readonly Attack[] = [
  {
    title: 'a greeting that is never finished',
    ways: { ...everywhere, ...circuit },
    send: () => [text('|')],
    ends: 'closed',
    log: /no greeting/,
  },
  {
    title: 'a content length of 15 digits',
    ways: circuit,
    send: () => [text('|\n:_target\tpsyc://x/\n999999999999999\n')],
    ends: 'closed',
    log: circuitOver,
  },
  {
    title: 'a value length of 15 digits',
    ways: circuit,
    send: () => [text('|\n\n:_x 999999999999999\t')],
    ends: 'closed',
    log: circuitOver,
  },
  {
    title: 'a header line without an end',
    ways: circuit,
    send: function* () {
      yield text('|\n:_target\t')
      yield* repeated(new Uint8Array(65_536).fill(0x61), 8)
    },
    ends: 'closed',
    log: /exceeded_limit[^]*psycLineBytes/,
  },
  {
    title: 'a 0.9 header line without an end',
    ways: circuit,
    send: function* () {
      yield text('.\n:_target\t')
      yield* repeated(new Uint8Array(65_536).fill(0x61), 8)
    },
    ends: 'closed',
    log: /psycLineBytes/,
  },
  {
    title: '100,000 modifiers in one packet',
    ways: circuit,
    send: function* () {
      yield text('|\n\n')
      yield* repeated(text(':_x\ty\n'.repeat(1_000)), 100)
    },
    ends: 'closed',
    log: /psycEntityLines/,
  },
  {
    title: '100,000 routing modifiers',
    ways: circuit,
    send: function* () {
      yield text('|\n')
      yield* repeated(text(':_tag\ty\n'.repeat(1_000)), 100)
    },
    ends: 'closed',
    log: /psycRoutingLines/,
  },
  {
    title: 'a list of a million empty elements',
    ways: circuit,
    send: function* ({ root }) {
      yield text('|\n')
      yield text(psyc(place(root), '_request_enter', ':_nick\tlister\n'))
      const list = '|'.repeat(1_000_000)
      yield text(
        psyc(
          place(root),
          '_request_invoke',
          `:_name_invoke\techo\n:_list_arguments ${list.length}\t${list}\n`,
        ),
      )
      yield text(psyc(place(root), '_request_ping', '', ''))
    },
    ends: 'answered',
    answer: /_error_illegal_arguments_invoke/,
  },
  {
    title: 'a body without an end',
    ways: circuit,
    send: function* () {
      yield text('|\n\n_message\n')
      yield* repeated(new Uint8Array(1_048_576).fill(0x61), 20)
    },
    ends: 'closed',
    log: /psycContentBytes/,
  },
  {
    title: 'somebody who says that he is alice',
    ways: circuit,
    send: ({ root }) => [
      text(`|\n:_source\t${root}~alice\n${psyc(place(root), '_message_public', '', 'I am not alice')}`),
    ],
    ends: 'closed',
    log: /rejected_relay_incoming/,
  },
  {
    title: 'somebody who says that he is the room',
    ways: circuit,
    send: ({ root }) => [
      text(`|\n:_context\t${place(root)}\n${psyc(`${root}~alice`, '_message_public', '', 'I am the room')}`),
    ],
    ends: 'closed',
    log: /rejected_relay_incoming/,
  },
  {
    title: 'enters of persons without number',
    ways: circuit,
    send: function* ({ root }) {
      yield text('|\n')
      for (let at = 0; at < 2_000 * SCALE; at++)
        yield text(
          psyc(
            `${root}~flood${at}`,
            '_request_link',
            `:_location\tpsyc://127.0.0.1/~${at}\n:_nick\tflood${at}\n`,
          ),
        )
    },
    ends: 'answered',
    answer: /_failure_exceeded_limit|_notice_link/,
  },
]

const byHttp: readonly Attack[] = [
  {
    title: 'a request head that is never finished',
    ways: everywhere,
    send: () => [text('GET / HTTP/1.1\r\nHost: x\r\n')],
    ends: 'closed',
    log: /HTTP connection closed/,
  },
  {
    title: 'a request head, a byte at a time',
    ways: http,
    send: function* () {
      yield text('GET / HTTP/1.1\r\nX: ')
      yield* repeated(text('x'), 1_000)
    },
    everyMs: 100,
    ends: 'closed',
    log: /HTTP connection closed/,
  },
  {
    title: 'a body, a byte at a time',
    ways: http,
    send: function* () {
      yield text('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n')
      yield* repeated(text('x'), 1_000)
    },
    everyMs: 100,
    ends: 'closed',
    answer: /^HTTP\/1\.1 405 /,
  },
  {
    title: 'a flood of headers',
    ways: http,
    send: () => [text('GET / HTTP/1.1\r\n'), ...repeated(text(`X-Flood: ${'x'.repeat(1_000)}\r\n`), 100)],
    ends: 'closed',
    answer: /^HTTP\/1\.1 4(00|31) /,
    log: /HTTP connection closed/,
  },
  {
    title: 'a way out of the folder',
    ways: http,
    send: () => [
      text('GET /lib/%2e%2e/%2e%2e/package.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    ],
    ends: 'closed',
    answer: /^HTTP\/1\.1 404 /,
  },
  {
    title: 'an upgrade to nothing, and the socket kept open',
    ways: http,
    send: () => [
      text('GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
    ],
    ends: 'closed',
    answer: /^HTTP\/1\.1 404 /,
  },
  {
    title: 'a WebSocket message over its limit',
    ways: { 'WebSocket /rtmp': webSocketWay('/rtmp'), 'WebSocket /psyc': webSocketWay('/psyc') },
    send: () => [new Uint8Array(2_000_000)],
    ends: 'closed',
    log: /Max payload size exceeded/,
  },
]

describe.each([...atTheDoor, ...byRtmp, ...byCircuit, ...byHttp])('$title', (attack) => {
  it.each(Object.keys(attack.ways))(`${attack.ends} by way of the %s`, async (way) => {
    const since = server.program.lines.all.length
    const attacker = await attack.ways[way]!(server)
    await attackBy(attacker, attack)
    if (attack.answer !== undefined) expect(attacker.received().toString('latin1')).toMatch(attack.answer)
    if (attack.log !== undefined) await server.program.lines.wait(attack.log, since, 5_000)
    await honest.chat()
    attacker.destroy()
  })
})

async function attackBy(
  attacker: Attacker,
  { send, ends, answer, everyMs, isInside }: Attack,
): Promise<void> {
  if (isInside) {
    await attacker.write(connected('chat/lobby', `mallory${++malloryCount}`))
    await hears(attacker, /NetConnection\.Connect\.Success/)
  }
  for (const piece of send(server)) {
    await attacker.write(piece)
    if (everyMs !== undefined)
      await Promise.race([attacker.closed, new Promise((go) => setTimeout(go, everyMs))])
    if (attacker.isClosed) break
  }
  if (ends === 'closed') await inTime(attacker.closed, 'closed')
  else await hears(attacker, answer ?? /./)
}

async function hears(attacker: Attacker, wanted: RegExp): Promise<void> {
  const heard = (): string => attacker.received().toString('latin1')
  try {
    await until(heard, (received) => wanted.test(received), 'no answer', 5_000)
  } catch {
    throw new Error(`not answered by ${wanted.source}: ${JSON.stringify(heard().slice(3_073).slice(-600))}`)
  }
}

async function inTime(event: Promise<void>, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not ${what} within 8 s`)), 8_000)
  })
  await Promise.race([event, late])
  clearTimeout(timer)
}

describe('crowds and sleepers', () => {
  it('one who never reads while the room talks is closed, and nobody else is held up', async () => {
    const since = server.program.lines.all.length
    const sleepers = [
      await tcpWays['RTMP port']!(server),
      await tcpWays['PSYC port']!(server),
      await webSocketWay('/rtmp')(server),
    ]
    const [flash, native, web] = sleepers
    await flash!.write(concat(connected('chat/lobby', 'sleeper'), call('members', 2)))
    await web!.write(concat(connected('chat/lobby', 'dreamer'), call('members', 2)))
    await native!.write(text(`|\n${psyc(place(server.root), '_request_enter', ':_nick\tdozer\n')}`))
    await Promise.all(sleepers.map((sleeper) => sleeper.answered()))
    for (const sleeper of sleepers) sleeper.pause()
    const speech = 'x'.repeat(30_000)
    for (let line = 0; line < 600 && !sleepers.every(hasGone); line++) await honest.say(speech)
    for (const reason of [/queueBytes/, /"reason":"(queue|send time-out)"/])
      await server.program.lines.wait(reason, since, 8_000)
    await honest.chat()
    for (const sleeper of sleepers) sleeper.destroy()
  })

  it('one who sends his FIN and stays is closed', async () => {
    for (const way of [server.ports.rtmp, server.ports.http, server.ports.psyc]) {
      const socket = connect({ port: way, host: '127.0.0.1', allowHalfOpen: true })
      socket.on('error', () => undefined).resume()
      const isOver = new Promise<void>((resolve) => socket.once('end', () => resolve()))
      socket.end(way === server.ports.psyc ? '|\n' : way === server.ports.http ? 'GET' : handshake)
      await inTime(isOver, 'closed')
      socket.destroy()
    }
    await honest.chat()
  })

  it('one who never closes his side after a refusal is not waited for', async () => {
    const socket = connect({ port: server.ports.http, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('error', () => undefined).resume()
    const before = openSockets(pid)
    socket.write('GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    await new Promise<void>((resolve) => socket.once('end', () => resolve()))
    await until(
      () => openSockets(pid),
      (count) => count <= before,
      'open sockets',
      8_000,
    )
    socket.destroy()
  })

  it(`${10_000 * SCALE} connections, opened and dropped`, async () => {
    const before = openSockets(pid)
    const ports = Object.values(server.ports)
    for (let opened = 0; opened < 10_000 * SCALE; opened += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, at) => openAndDrop(ports[at % 3]!, at % 4 === 0)))
      if (opened % 2_500 === 0) await honest.chat()
    }
    await until(
      () => openSockets(pid),
      (count) => count <= before,
      'open sockets',
    )
    await honest.chat()
  })
})

function hasGone({ isClosed }: Attacker): boolean {
  return isClosed
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts)
}

/** @param hasByte drop it by a reset behind the first byte, else by a FIN before it */
function openAndDrop(port: number, hasByte: boolean): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('error', () => undefined)
    socket.once('close', () => resolve())
    socket.once('connect', () => {
      if (!hasByte) socket.destroy()
      else socket.write(Uint8Array.of(3), () => socket.resetAndDestroy())
    })
  })
}

describe('when all is over', () => {
  it('memory is back to where it was', async () => {
    const after = await probe.measure()
    expect(after.reachable).toBeLessThan(before.reachable + REACHABLE_MARGIN)
    expect(after.resident).toBeLessThan(before.resident + RESIDENT_MARGIN)
  })

  it('nobody is left, and the server ends in order', async () => {
    await honest.part()
    probe.detach()
    await until(
      () => openSockets(pid),
      (count) => count < socketsBefore, // the probe's is gone too
      'open sockets',
    )
    expect(await server.stop()).toBe(0)
  })
})
