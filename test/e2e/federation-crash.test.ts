/** Nodes that are killed in the middle of everything and started again: what the clients of the others see [design 3, 4, 5, 11]. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ObjectClient } from './support/clients.js'
import { appsAt, newSite, startNode } from './support/federation.js'
import type { Site } from './support/federation.js'
import { fromFirstPicture, mediaOf, mediaOfFile } from './support/frames.js'
import { MediaClient } from './support/media-client.js'
import { makeFlv, publishers } from './support/media-programs.js'
import { describeWith, stopPrograms } from './support/program.js'
import type { Server } from './support/server.js'

jest.setTimeout(120_000)

/** Of the home: so that nobody waits half a minute for people who do not come back. */
const limits = { lostNodeMs: 3_000 }
const APPS = ['chat', 'plain', 'live']

let sites: Site[]
let servers: Server[]

beforeAll(async () => {
  sites = await Promise.all([4, 5, 6].map(newSite))
  servers = await Promise.all(sites.map((_, number) => launch(number)))
})

afterAll(async () => {
  await stopPrograms()
  await Promise.all(servers.map((server) => server.stop()))
})

/** Number 0 is the home of all apps. */
function launch(number: number): Promise<Server> {
  const [home] = sites
  const site = sites[number]
  if (home === undefined || site === undefined) throw new Error(`there is no site ${number}`)
  return startNode(site, number === 0 ? { limits } : { apps: appsAt(home, ...APPS) })
}

async function kill(number: number): Promise<void> {
  await servers[number]!.program.stop('SIGKILL')
}

/** Under the same name and address. */
async function startAgain(number: number): Promise<void> {
  servers[number] = await launch(number)
}

/** A client with that nick, in the room and seen by all. */
async function enter(number: number, room: string, nick: string): Promise<ObjectClient> {
  const client = await ObjectClient.connect(servers[number]!.rtmpUrl(room), nick)
  await client.call('members')
  return client
}

/** Say it until it is said: the home may be away. */
async function sayUntilHeard(
  speaker: ObjectClient,
  text: string,
  ...listeners: readonly ObjectClient[]
): Promise<void> {
  for (let round = 0; ; round++) {
    const line = `${text} ${round}`
    const answer = await speaker.call('sendMessage', line)
    const heard = listeners.map((one) => one.heard(({ called }) => called?.[2] === line))
    if ('answer' in answer) {
      await Promise.all(heard)
      return
    }
    for (const each of heard) each.catch(() => undefined) // never said
    if (round > 60) throw new Error(`nobody hears ${text}: ${JSON.stringify(answer)}`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

it('a node dies: its people leave after a while, the others talk on', async () => {
  const anna = await enter(0, 'chat/one', 'anna')
  const bert = await enter(1, 'chat/one', 'bert')
  const carl = await enter(2, 'chat/one', 'carl')
  await anna.called('userJoined', 'carl')
  await kill(1)
  await carl.call('sendMessage', 'still here?')
  await anna.called('receiveMessage', 'carl', 'still here?')
  await bert.heard(({ status }) => status?.code === 'NetConnection.Connect.Closed')
  await anna.called('userLeft', 'bert')
  await carl.called('userLeft', 'bert')
  await startAgain(1)
  const again = await enter(1, 'chat/one', 'bert')
  await carl.called('userJoined', 'bert')
  await again.call('sendMessage', 'back')
  await anna.called('receiveMessage', 'bert', 'back')
  for (const client of [anna, again, carl]) await client.close()
})

it('the home dies and comes back: who stayed is in the room again, and talk reaches everybody', async () => {
  const bert = await enter(1, 'chat/two', 'bert')
  const carl = await enter(2, 'chat/two', 'carl')
  await bert.called('userJoined', 'carl')
  await kill(0)
  await startAgain(0)
  await sayUntilHeard(bert, 'does anybody hear me', carl)
  const dora = await enter(0, 'chat/two', 'dora')
  await sayUntilHeard(carl, 'welcome', bert, dora)
  const { answer } = await dora.call('members')
  expect((answer as { nick: string }[]).map(({ nick }) => nick).sort()).toEqual(['bert', 'carl', 'dora'])
  for (const client of [bert, carl, dora]) await client.close()
})

it('the home dies and comes back: all who use an object have the same again', async () => {
  const bert = await enter(1, 'plain/objects', 'bert')
  const carl = await enter(2, 'plain/objects', 'carl')
  for (const client of [bert, carl]) {
    client.write('use', 'ball')
    await client.heard(({ object }) => object?.code === 'SharedObject.Proxy.Connect')
  }
  bert.write('set', 'x', '1')
  await carl.synced('change', 'x', 1)
  await kill(0)
  const since = [bert.now, carl.now]
  await startAgain(0)
  await bert.synced('delete', 'x', undefined, since[0]) // what is volatile went with its home
  await carl.synced('delete', 'x', undefined, since[1])
  bert.write('set', 'y', '2')
  await carl.synced('change', 'y', 2, since[1])
  carl.write('set', 'z', '3')
  await Promise.all([bert.synced('change', 'z', 3, since[0]), carl.synced('success', 'z', 3, since[1])])
  expect(await bert.data()).toEqual(await carl.data())
  for (const client of [bert, carl]) await client.close()
})

describeWith(['ffmpeg'], 'a stream', () => {
  let folder: string
  const file = (): string => join(folder, 'film.flv')

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-crash-'))
    await makeFlv(file(), 'AVC and AAC', 6)
  })

  afterAll(() => rm(folder, { recursive: true }))

  async function playerAt(number: number): Promise<MediaClient> {
    const { address, ports } = servers[number]!
    return MediaClient.connectAs({ host: address }, ports.rtmp, 'live')
  }

  it('goes on from node to node while the home of its name is away, without a frame less', async () => {
    const player = await playerAt(2)
    const stream = await player.play('film')
    const publisher = publishers.ffmpeg(file(), servers[1]!.rtmpUrl('live/film'))
    await stream.heard.wait(({ message }) => (message?.timestamp ?? 0) >= 1_000)
    await kill(0)
    await stream.heard.wait(({ message }) => (message?.timestamp ?? 0) >= 3_000)
    await startAgain(0)
    await publisher.exit
    await stream.status('NetStream.Play.UnpublishNotify', 20_000)
    expect(fromFirstPicture(mediaOf(stream.messages))).toEqual(fromFirstPicture(await mediaOfFile(file())))
    await player.close()
  })

  it('whose node dies ends for its players, and begins when it is published anew', async () => {
    const player = await playerAt(2)
    const stream = await player.play('film')
    publishers.ffmpeg(file(), servers[1]!.rtmpUrl('live/film'))
    await stream.heard.wait(({ message }) => (message?.timestamp ?? 0) >= 1_000)
    await kill(1)
    await startAgain(1)
    const before = stream.messages.length
    for (let round = 0; stream.messages.length === before; round++) {
      const publisher = publishers.ffmpeg(file(), servers[1]!.rtmpUrl('live/film'))
      await publisher.exit // at once when the name is still taken
      if (round > 20) throw new Error('nothing more came')
    }
    await player.close()
  })
})
