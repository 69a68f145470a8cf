/** Sockets whose bytes wait in the kernel: real ones, with a clock that the test moves. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { LoopTurn } from '../../../src/server/clock.js'
import { ReadRests } from '../../../src/server/read-rests.js'
import { SocketOutlet } from '../../../src/server/socket-outlet.js'
import { encodeUtf8 } from '../../../src/util/utf8.js'
import { silentLog } from '../../../src/util/log.js'
import { FakeTime } from '../../support/fake-clock.js'

let server: Server
beforeAll(async () => {
  server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => server.close())

/** The two ends of a connection, and what has been read of it. */
async function pair() {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [socket] = (await once(server, 'connection')) as [Socket]
  const reads: string[] = []
  socket.on('data', (bytes: Buffer) => reads.push(bytes.toString()))
  const say = (text: string): Promise<void> => new Promise((resolve) => client.write(text, () => resolve()))
  return { client, socket, reads, say }
}

type Pair = Awaited<ReturnType<typeof pair>>

/** What was sent before has come to the kernel, and what is read at all has been read. */
async function settle({ socket, say }: Pair): Promise<void> {
  const heard = once(socket, 'data')
  await say('!')
  await heard
}

test('what comes meanwhile is read at once, when those who rest wake together', async () => {
  const [first, second, other] = [await pair(), await pair(), await pair()]
  const time = new FakeTime()
  const rests = new ReadRests(time.timers)
  expect(rests.rest(first.socket, 40)).toBe(true)
  time.advance(30)
  expect(rests.rest(second.socket, 40)).toBe(true)
  await first.say('a')
  await first.say('b')
  await second.say('c')
  await settle(other)
  expect([first.reads, second.reads, other.reads]).toEqual([[], [], ['!']])
  const heard = Promise.all([once(first.socket, 'data'), once(second.socket, 'data')])
  time.advance(10)
  await heard
  expect([first.reads, second.reads]).toEqual([['ab'], ['c']])
  await settle(first)
  expect(first.reads).toEqual(['ab', '!'])
  for (const { client } of [first, second, other]) client.destroy()
})

test('the end of the connection is heard after the rest; one that was closed meanwhile stays closed', async () => {
  const [leaving, closed] = [await pair(), await pair()]
  const time = new FakeTime()
  const rests = new ReadRests(time.timers)
  rests.rest(leaving.socket, 40)
  rests.rest(closed.socket, 40)
  await leaving.say('last words')
  leaving.client.end()
  closed.socket.destroy()
  await once(closed.socket, 'close')
  expect(rests.rest(closed.socket, 40)).toBe(false)
  const ended = once(leaving.socket, 'end')
  time.advance(40)
  await ended
  expect(leaving.reads).toEqual(['last words'])
})

test('who wants to wake before the others do does not rest', async () => {
  const [first, second] = [await pair(), await pair()]
  const time = new FakeTime()
  const rests = new ReadRests(time.timers)
  rests.rest(first.socket, 44)
  expect([rests.rest(second.socket, 43), rests.rest(second.socket, 44)]).toEqual([false, true])
  time.advance(34)
  expect(rests.rest(second.socket, 10)).toBe(true)
  for (const { client } of [first, second]) client.destroy()
})

test('one that rests can be woken by itself, once, and not in the round of the loop in which it was read', async () => {
  const { client, socket, reads, say } = await pair()
  const rests = new ReadRests(new FakeTime().timers)
  rests.rest(socket, 40)
  rests.rest(socket, 40) // for another stream
  expect(rests.wake(socket)).toBe(false)
  await say('a')
  await new Promise((resolve) => setImmediate(resolve))
  const heard = once(socket, 'data')
  expect([rests.wake(socket), rests.wake(socket)]).toEqual([true, false])
  await heard
  expect(reads).toEqual(['a'])
  client.destroy()
})

test.each<[string, (outlet: SocketOutlet) => void]>([
  ['media', (outlet) => outlet.sendNow(encodeUtf8('x'))],
  ['chat', (outlet) => outlet.send(encodeUtf8('x'))],
  [
    'chat and media',
    (outlet) => {
      outlet.send(encodeUtf8('x'))
      outlet.sendNow(encodeUtf8('y'))
    },
  ],
])('what a peer said before it broke off is read before %s is written to it', async (_what, write) => {
  const [leaving, other] = [await pair(), await pair()]
  const { client, socket, reads, say } = leaving
  const rests = new ReadRests(new FakeTime().timers)
  const outlet = new SocketOutlet(socket, new LoopTurn(silentLog), rests)
  socket.on('error', () => undefined)
  expect(outlet.rest(40)).toBe(true)
  await say('last words')
  client.resetAndDestroy()
  await settle(other)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  write(outlet)
  await closed
  expect(reads).toEqual(['last words'])
  other.client.destroy()
})

test('what is written to one that rests goes out after a round of reading, in order; its end does not wait', async () => {
  const { client, socket } = await pair()
  const heard: string[] = []
  client.on('data', (bytes: Buffer) => heard.push(bytes.toString()))
  const rests = new ReadRests(new FakeTime().timers)
  const outlet = new SocketOutlet(socket, new LoopTurn(silentLog), rests)
  const round = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  outlet.rest(40)
  outlet.sendNow(encodeUtf8('1')) // read just now
  await round()
  outlet.send(encodeUtf8('2'))
  outlet.sendNow(encodeUtf8('3'))
  expect([outlet.queuedBytes, outlet.rest(40)]).toEqual([2, false])
  outlet.sendNow(encodeUtf8('4'))
  outlet.send(encodeUtf8('5'))
  while (outlet.queuedBytes > 0) await round()
  expect(outlet.rest(40)).toBe(true)
  await round()
  outlet.sendNow(encodeUtf8('6'))
  outlet.end()
  await once(client, 'end')
  expect(heard.join('')).toBe('123456')
  client.destroy()
})

test('only sockets can rest, and not below TLS', async () => {
  const { client, socket } = await pair()
  const rests = new ReadRests(new FakeTime().timers)
  expect(rests.rest(new PassThrough(), 40)).toBe(false)
  expect(rests.rest(new TLSSocket(socket), 40)).toBe(false)
  client.destroy()
})
