/**
 * Publishers, players and chatters who come and go, for the soak. Arguments: RTMP ports and HTTP ports of the nodes (with
 * commas), seconds, seed. When the time is over everybody leaves and it prints, as one line of JSON, how often each of
 * `visits` was done.
 */
import { request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { NetConnection, RemoteSharedObject, hostRuntime } from '../../../src/client/index.js'
import type { WebSocketLike } from '../../../src/client/index.js'
import { MediaClient } from '../support/media-client.js'
import { synthetic } from '../support/synthetic.js'

const [, , rtmp = '', http = '', seconds = '', seed = ''] = process.argv
const rtmpPorts = rtmp.split(',').map(Number)
const httpPorts = http.split(',').map(Number)
const NAMES = 8
const VISITORS = 24

/** xorshift32: the same soak for the same seed. */
let state = Number(seed) >>> 0 || 1
function random(below: number): number {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) % below
}

function some<T>(among: readonly T[]): T {
  return among[random(among.length)] as T
}

const someName = (): string => `stream${random(NAMES)}`
const someApp = (): string => some(['live', 'live/hall', 'chat/lobby'])
const open = (): Promise<MediaClient> => MediaClient.connect(some(rtmpPorts), someApp())
const runtime = hostRuntime((url) => new WebSocket(url) as WebSocketLike)

/** Whoever is not let in, or thrown out, has been there all the same. */
async function publishing(client: MediaClient): Promise<void> {
  const stream = await client.publish(someName())
  for (const [at, message] of synthetic('VP6 and Speex', 5 + random(60), random(250)).entries()) {
    stream.send(message)
    if (at % 10 === 0) stream.sendData('onMark', at)
    if (at % 4 === 0) await pause(random(20))
  }
}

async function playing(client: MediaClient, ms: number): Promise<void> {
  const stream = await client.play(someName())
  await pause(ms)
  stream.command('pause', true, 0)
  stream.command('receiveVideo', random(2) === 0)
  await pause(random(50))
  stream.command('pause', false, 0)
  await pause(ms)
}

const visits: Readonly<Record<string, () => Promise<void>>> = {
  'publisher that ends': async () => {
    const client = await open()
    await publishing(client).finally(() => client.close())
  },
  'publisher that breaks off': async () => {
    const client = await open()
    await publishing(client).finally(() => client.reset())
  },
  'publisher that stops inside a frame': async () => {
    const client = await open()
    await publishing(client).finally(async () => {
      // A chunk of 5000 bytes of video on message stream 1, of which 100 come.
      const half = Uint8Array.of(6, 0, 0, 1, 0, 0x13, 0x88, 9, 1, 0, 0, 0, ...new Uint8Array(100))
      client.socket.write(half)
      await pause(random(100))
      await client.close()
    })
  },
  'player that ends': async () => {
    const client = await open()
    await playing(client, random(400)).finally(() => client.close())
  },
  'player that breaks off': async () => {
    const client = await open()
    await playing(client, random(200)).finally(() => client.reset())
  },
  'player that stalls': async () => {
    const client = await open()
    try {
      await client.play(someName())
      client.socket.pause()
      await pause(random(1_500))
      client.socket.resume()
      await pause(random(100))
    } finally {
      await client.close()
    }
  },
  'conference member': async () => {
    const client = await open()
    try {
      await Promise.all([publishing(client), playing(client, 200), playing(client, 300)])
    } finally {
      await client.close()
    }
  },
  'one who talks and plays ball': async () => {
    const connection = new NetConnection({ runtime })
    try {
      await connection.connect(`ws://127.0.0.1:${some(httpPorts)}/chat/${some(['lobby', 'attic'])}`)
      const ball = RemoteSharedObject.getRemote(some(['ball', 'bat']), connection)
      for (let at = 0; at < 5; at++) {
        await connection.call('sendMessage', `line ${at}`)
        ball.setProperty(some(['x', 'y']), random(100))
        ball.send('bounce', at)
        await pause(random(30))
      }
    } finally {
      connection.close()
    }
  },
  'one who only knocks': async () => {
    await (await open()).reset()
  },
  'HTTP-FLV player': () => httpPlayer(random(500)),
}

function httpPlayer(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const get = request({ port: some(httpPorts), host: '127.0.0.1', path: `/live/${someName()}.flv` })
    get.on('response', (response) => response.resume().on('error', () => undefined))
    get.on('error', () => undefined)
    get.on('close', () => resolve())
    get.end()
    setTimeout(() => get.destroy(), ms)
  })
}

const kinds = Object.keys(visits)
const done = new Map(kinds.map((kind) => [kind, 0]))
const end = Date.now() + Number(seconds) * 1_000

async function visitor(): Promise<void> {
  while (Date.now() < end) {
    const kind = some(kinds)
    await visits[kind]?.().catch(() => undefined)
    done.set(kind, (done.get(kind) ?? 0) + 1)
    await pause(random(20))
  }
}

await Promise.all(Array.from({ length: VISITORS }, visitor))
process.stdout.write(`${JSON.stringify(Object.fromEntries(done))}\n`)
process.exit()
