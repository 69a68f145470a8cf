/**
 * Programs publish on one node and play on others: every frame that was published arrives, in order, at its time,
 * unchanged, as it does on the publisher's own node.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flvClients } from './support/flv-clients.js'
import { expectUnbroken, mediaOf, mediaOfFile } from './support/frames.js'
import { MediaClient } from './support/media-client.js'
import { makeFlv, players, publishers } from './support/media-programs.js'
import type { Codecs } from './support/media-programs.js'
import { describeWith, stopPrograms } from './support/program.js'
import { freePort, startServer } from './support/server.js'
import type { Server } from './support/server.js'

jest.setTimeout(120_000)

const SECONDS = 3
const LATE_SECONDS = 6

describeWith(['ffmpeg', 'rtmpdump'], 'streams between nodes', () => {
  let folder: string
  let nodes: readonly [Server, Server, Server]
  const file = (name: string): string => join(folder, `${name.replace(/\W+/g, '-')}.flv`)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-nodes-'))
    const home = await freePort()
    const config = { host: 'localhost', degree: 1, apps: { live: { home: `psyc://localhost:${home}/` } } }
    nodes = [
      await startServer(config, home),
      await startServer(config, await freePort()),
      await startServer({ ...config, workers: 1 }, await freePort()),
    ]
    await makeFlv(file('long'), 'AVC and AAC', LATE_SECONDS)
  })

  afterAll(async () => {
    await stopPrograms()
    for (const node of nodes) await node.stop()
    await rm(folder, { recursive: true })
  })

  it.each([
    ['AVC with frames out of order and G.711', 0],
    ['AVC and AAC', 1],
    ['Sorenson H.263 and MP3', 2],
  ] as [Codecs, 0 | 1 | 2][])('%s published on node %i reaches the players of all', async (kind, at) => {
    const source = file(kind)
    await makeFlv(source, kind, SECONDS)
    const sent = await mediaOfFile(source)
    const name = kind.replace(/\W+/g, '-')
    const programs = nodes.flatMap((node, number) =>
      [players.ffmpeg, players.rtmpdump].map((play, which) => {
        const to = file(`${name} ${number} ${which}`)
        return { to, ...play(node.rtmpUrl(`live/${name}`), to) }
      }),
    )
    const pages = await Promise.all(
      nodes.flatMap((node) =>
        Object.values(flvClients).map((open) => open(node.httpUrl(`live/${name}.flv`))),
      ),
    )
    const clients = await Promise.all(nodes.map(({ ports }) => MediaClient.connect(ports.rtmp, 'live')))
    const streams = await Promise.all(clients.map((client) => client.play(name)))
    await Promise.all(programs.map(({ asked }) => asked))

    const publisher = publishers.ffmpeg(source, nodes[at].rtmpUrl(`live/${name}`))
    expect((await publisher.exit).code).toBe(0)
    for (const stream of streams) {
      await stream.status('NetStream.Play.UnpublishNotify')
      expect(mediaOf(stream.messages)).toEqual(sent)
    }
    for (const client of clients) await client.close()
    for (const page of pages) {
      expect(mediaOf(page.messages())).toEqual(sent)
      page.close()
    }
    for (const { program, to } of programs) {
      await program.exit
      expect({ to, ...(await mediaOfFile(to)) }).toEqual({ to, ...sent })
    }
  })

  it('a player that comes late to another node begins with a keyframe and misses nothing', async () => {
    const [a, b] = nodes
    const sent = await mediaOfFile(file('long'))
    const publisher = publishers.ffmpeg(file('long'), a.rtmpUrl('live/late'))
    const near = await MediaClient.connect(a.ports.rtmp, 'live')
    const first = await near.play('late')
    await first.status('NetStream.Play.PublishNotify').catch(() => undefined)
    await first.heard.wait(({ message }) => message !== undefined && message.timestamp >= 1_500)
    const far = await MediaClient.connect(b.ports.rtmp, 'live')
    const stream = await far.play('late')
    expect((await publisher.exit).code).toBe(0)
    await stream.status('NetStream.Play.UnpublishNotify')
    const got = mediaOf(stream.messages)
    expectUnbroken(got.video, sent.video)
    expectUnbroken(got.audio, sent.audio)
    expect(got.video.at(-1)).toBeDefined()
    expect(got.video.length).toBeGreaterThan(sent.video.length / 3)
    await near.close()
    await far.close()
  })
})
