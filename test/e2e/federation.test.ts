/**
 * Three nodes, three processes, each with an address and a name of its own; clients that nobody here wrote or that share
 * no code with the server are spread over them and must not notice.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromiumPath, launchChromium } from './support/chromium.js'
import type { Chromium } from './support/chromium.js'
import { LibrtmpBuild, ObjectClient } from './support/clients.js'
import { startNetwork } from './support/federation.js'
import { fromFirstPicture, mediaOf, mediaOfFile } from './support/frames.js'
import type { Media } from './support/frames.js'
import { MediaClient } from './support/media-client.js'
import { makeFlv, players, publishers } from './support/media-programs.js'
import type { Codecs } from './support/media-programs.js'
import { kinds } from './support/participants.js'
import type { Participant } from './support/participants.js'
import { describeWith, stopPrograms } from './support/program.js'
import type { Server } from './support/server.js'

jest.setTimeout(120_000)

let home: Server
let nodes: Server[]

beforeAll(async () => {
  const network = await startNetwork(2)
  home = network.home
  nodes = [home, ...network.others]
})

afterAll(async () => {
  await stopPrograms()
  for (const node of nodes) expect(await node.stop()).toBe(0)
})

/** Which node; 0 is the home of all apps. */
function node(number: number): Server {
  const found = nodes[number]
  if (found === undefined) throw new Error(`there is no node ${number}`)
  return found
}

describeWith(['cc', chromiumPath], 'a room of three nodes', () => {
  let chromium: Chromium
  let librtmp: LibrtmpBuild
  const people: Participant[] = []

  /** Nick → program and node. */
  const seats: Readonly<Record<string, readonly [kind: string, node: number]>> = {
    anna: ['librtmp', 0],
    bert: ['rtmp-client', 1],
    carl: ['Chromium', 2],
    dora: ['PSYC 1.0', 0],
    emil: ['PSYC 0.9', 1],
    fred: ['rtmp-client', 2],
  }

  beforeAll(async () => {
    chromium = await launchChromium()
    librtmp = await LibrtmpBuild.make()
  })

  afterAll(async () => {
    await chromium.close()
    await librtmp.remove()
  })

  it('announces whoever enters to all who are there, on every node', async () => {
    for (const [nick, [kind, number]] of Object.entries(seats)) {
      const newcomer = await kinds[kind]!(nick, { server: node(number), home: home.root, chromium, librtmp })
      await Promise.all(people.map((one) => one.hearsEnter(nick)))
      people.push(newcomer)
    }
  })

  it.each(Object.keys(seats))('carries a line of %s to everybody, the speaker too', async (nick) => {
    const line = `grüße from ${nick} <b> & 100% [_nick]`
    await people.find((one) => one.nick === nick)!.say(line)
    await Promise.all(people.map((one) => one.hearsLine(nick, line)))
  })

  it('told everybody of each newcomer once', async () => {
    for (const [at, one] of people.entries())
      expect(await one.arrivals()).toEqual(people.slice(at + 1).map(({ nick }) => nick))
  })

  it('carries private words to one alone, from node to node', async () => {
    const greta = await ObjectClient.connect(node(1).rtmpUrl('chat/whisper'), 'greta')
    const hanna = await ObjectClient.connect(node(2).rtmpUrl('chat/whisper'), 'hanna')
    const ida = await ObjectClient.connect(node(0).rtmpUrl('chat/whisper'), 'ida')
    for (const each of [greta, hanna, ida]) await each.call('members')
    await greta.called('userJoined', 'ida')
    expect(await greta.call('sendPrivate', 'hanna', 'only for you')).toMatchObject({ answer: null })
    await hanna.called('receivePrivate', 'greta', 'only for you')
    expect(await hanna.call('sendPrivate', 'greta', 'and back')).toMatchObject({ answer: null })
    await greta.called('receivePrivate', 'hanna', 'and back')
    await greta.call('sendMessage', 'for all')
    await ida.called('receiveMessage', 'greta', 'for all')
    expect(ida.program.lines.matching(/receivePrivate/)).toEqual([])
    for (const each of [greta, hanna, ida]) await each.close()
  })

  it('calls a function of everybody, and says how many they were', async () => {
    const greta = await ObjectClient.connect(node(1).rtmpUrl('plain/calls'), 'greta')
    const hanna = await ObjectClient.connect(node(2).rtmpUrl('plain/calls'), 'hanna')
    for (const each of [greta, hanna]) await each.call('members')
    expect(await hanna.call('members')).toMatchObject({ answer: [{ nick: 'greta' }, { nick: 'hanna' }] })
    expect(await hanna.call('broadcast', 'onGreet', { x: 1 })).toMatchObject({ answer: 2 })
    await Promise.all([greta, hanna].map((each) => each.called('onGreet')))
    expect(await greta.call('sendTo', 'hanna', 'onHit', 7)).toMatchObject({ answer: true })
    await hanna.called('onHit', 7)
    for (const each of [greta, hanna]) await each.close()
  })

  it('tells the rest when somebody leaves', async () => {
    while (people.length > 1) {
      const leaver = people.shift()!
      await leaver.leave()
      await Promise.all(people.map((one) => one.hearsLeave(leaver.nick)))
    }
  })
})

describe('a shared object of three nodes', () => {
  const clients: ObjectClient[] = []

  beforeAll(async () => {
    for (const number of [0, 1, 2]) {
      const client = await ObjectClient.connect(node(number).rtmpUrl('plain/objects'), `user${number}`)
      clients.push(client)
      client.write('use', 'ball')
      await client.heard(({ object }) => object?.code === 'SharedObject.Proxy.Connect')
    }
  })

  it.each([
    ['a number', '4.5', 4.5],
    ['text', '"grüße, Anna"', 'grüße, Anna'],
    ['an object', '{"b":[1,"two",{"c":null}],"a":-1}', { b: [1, 'two', { c: null }], a: -1 }],
  ])('carries %s from each to all, and confirms it to the writer', async (_title, json, value) => {
    for (const [at, writer] of clients.entries()) {
      const since = clients.map(({ now }) => now)
      writer.write('set', `slot${at}`, json)
      await Promise.all(
        clients.map((client, other) =>
          client.synced(client === writer ? 'success' : 'change', `slot${at}`, value, since[other]),
        ),
      )
    }
  })

  it('ends equal after all write the same slots at once', async () => {
    for (let round = 0; round < 50; round++)
      for (const [at, writer] of clients.entries())
        writer.write('set', `s${round % 3}`, String(round * 10 + at))
    for (const [at, writer] of clients.entries()) {
      const since = clients.map(({ now }) => now)
      writer.write('set', 'last', String(at)) // behind all that this one has written
      await Promise.all(
        clients.map((client, other) =>
          client.synced(client === writer ? 'success' : 'change', 'last', at, since[other]),
        ),
      )
    }
    const [first, ...others] = await Promise.all(clients.map((client) => client.data()))
    for (const other of others) expect(other).toEqual(first)
  })

  it('is cleared for all', async () => {
    const since = clients.map(({ now }) => now)
    clients[1]!.write('clear')
    await Promise.all(clients.map((client, at) => client.synced('clear', undefined, undefined, since[at])))
    for (const client of clients) expect(await client.data()).toEqual({})
  })
})

describeWith(['ffmpeg', 'rtmpdump'], 'a live stream of one node', () => {
  const SECONDS = 4
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-federation-'))
  })

  afterAll(() => rm(folder, { recursive: true }))

  const file = (name: string): string => join(folder, `${name.replace(/\W+/g, '-')}.flv`)

  it.each([
    ['AVC and AAC', 0],
    ['Sorenson H.263 and MP3', 1],
  ] as [Codecs, number][])('of %s, published on node %i, reaches players on all', async (kind, from) => {
    const source = file(kind)
    await makeFlv(source, kind, SECONDS)
    const sent = fromFirstPicture(await mediaOfFile(source))
    const name = `cam${from}`
    const watching = await Promise.all(nodes.map((each) => watch(each, name)))
    const programs = nodes.flatMap((each, at) =>
      (['ffmpeg', 'rtmpdump'] as const).map((program) => {
        const path = file(`${name} ${program} ${at}`)
        return { path, ...players[program](each.rtmpUrl(`live/${name}`), path) }
      }),
    )
    await Promise.all(programs.map(({ asked }) => asked))
    expect((await publishers.ffmpeg(source, node(from).rtmpUrl(`live/${name}`)).exit).code).toBe(0)
    for (const got of watching) expect(await got()).toEqual(sent)
    for (const { program, path } of programs) {
      await program.exit
      expect({ path, ...fromFirstPicture(await mediaOfFile(path)) }).toEqual({ path, ...sent })
    }
  })

  it('has its name for itself, whatever node another publishes it on', async () => {
    const source = file('AVC and AAC')
    const sent = fromFirstPicture(await mediaOfFile(source))
    const got = await watch(node(2), 'taken')
    const publisher = publishers.ffmpeg(source, node(1).rtmpUrl('live/taken'))
    const second = await MediaClient.connectAs({ host: node(0).address }, node(0).ports.rtmp, 'live')
    const first = await MediaClient.connectAs({ host: node(2).address }, node(2).ports.rtmp, 'live')
    const seen = await first.play('taken')
    await seen.heard.wait(({ message }) => (message?.timestamp ?? 0) > 0) // media: something else comes before it
    await expect(second.publish('taken')).rejects.toThrow('NetStream.Publish.BadName')
    expect((await publisher.exit).code).toBe(0)
    expect(await got()).toEqual(sent)
    await Promise.all([first.close(), second.close()])
  })

  it('is taken up in the middle, from a keyframe on, and without a hole', async () => {
    const source = file('AVC and AAC')
    const sent = fromFirstPicture(await mediaOfFile(source))
    const publisher = publishers.ffmpeg(source, node(0).rtmpUrl('live/late'))
    const early = await MediaClient.connectAs({ host: node(0).address }, node(0).ports.rtmp, 'live')
    const stream = await early.play('late')
    await stream.heard.wait(({ message }) => (message?.timestamp ?? 0) >= 1_500)
    const got = await watch(node(1), 'late')
    await publisher.exit
    const late = await got()
    const bytes = ({ video }: Media): string[] => video.map((frame) => frame.split(' ')[2] ?? '')
    expect(bytes(late).length).toBeGreaterThan(25)
    expect(bytes(late)).toEqual(bytes(sent).slice(-bytes(late).length))
    await early.close()
  })

  /** @returns what it has got when the stream has ended */
  async function watch(server: Server, name: string): Promise<() => Promise<Media>> {
    const client = await MediaClient.connectAs({ host: server.address }, server.ports.rtmp, 'live')
    const stream = await client.play(name)
    return async () => {
      await stream.status('NetStream.Play.UnpublishNotify', 20_000)
      await client.close()
      return fromFirstPicture(mediaOf(stream.messages))
    }
  }
})
