/** Sockets whose bytes wait in the kernel: real ones, with a clock that the test moves. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { ReadRests } from '../../../src/server/read-rests.js'
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

test('only sockets can rest, and not below TLS', async () => {
  const { client, socket } = await pair()
  const rests = new ReadRests(new FakeTime().timers)
  expect(rests.rest(new PassThrough(), 40)).toBe(false)
  expect(rests.rest(new TLSSocket(socket), 40)).toBe(false)
  client.destroy()
})
