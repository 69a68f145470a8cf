/**
 * Programs publish and play: every frame that was published arrives, in order, at its time, unchanged. Whatever the codec:
 * nothing of a frame is looked into.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageType } from '../../src/rtmp/wire/message.js'
import { flvClients } from './support/flv-clients.js'
import type { FlvClient } from './support/flv-clients.js'
import { expectUnbroken, flvMessages, mediaOf, mediaOfFile } from './support/frames.js'
import type { Media } from './support/frames.js'
import { MediaClient } from './support/media-client.js'
import { codecs, makeFlv, players, publishers } from './support/media-programs.js'
import type { Codecs, Player } from './support/media-programs.js'
import { describeWith, stopPrograms } from './support/program.js'
import type { Program } from './support/program.js'
import { startServer } from './support/server.js'
import type { Server } from './support/server.js'
import { until } from './support/usage.js'

jest.setTimeout(120_000)

const SECONDS = 3
const LATE_SECONDS = 6
const FPS = 25

const withCache = 'live'
const withoutCache = 'camera'

describeWith(['ffmpeg', 'rtmpdump', 'gst-launch-1.0'], 'a live stream', () => {
  let server: Server
  let folder: string
  const file = (name: string): string => join(folder, `${name.replace(/\W+/g, '-')}.flv`)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-media-'))
    const profiles = { uncached: { gopCache: false } }
    server = await startServer({ profiles, apps: { [withoutCache]: { profile: 'uncached' } } })
    await makeFlv(file('long'), 'AVC and AAC', LATE_SECONDS)
  })

  afterAll(async () => {
    await stopPrograms()
    await server.stop()
    await rm(folder, { recursive: true })
  })

  /** All that is published goes by, and each player is compared. */
  async function compareAll(
    source: string,
    name: string,
    publish: () => Program,
    kinds = Object.entries(players),
  ): Promise<void> {
    const url = server.rtmpUrl(`${withCache}/${name}`)
    const programs = kinds.map(([kind, play]) => ({ kind, ...play(url, file(`${name} ${kind}`)) }))
    const client = await MediaClient.connect(server.ports.rtmp, withCache)
    const stream = await client.play(name)
    const pages: [string, FlvClient][] = []
    for (const [way, open] of Object.entries(flvClients))
      pages.push([way, await open(server.httpUrl(`${withCache}/${name}.flv`))])
    await Promise.all(programs.map(({ asked }) => asked))
    const sent = await mediaOfFile(source)

    const publisher = publish()
    expect((await publisher.exit).code).toBe(0)
    await stream.status('NetStream.Play.UnpublishNotify')
    expect(mediaOf(stream.messages)).toEqual(sent)
    await client.close()
    for (const [way, page] of pages) {
      await until(
        () => countOf(mediaOf(page.messages())),
        (count) => count >= countOf(sent),
        `frames over ${way}`,
      )
      expect({ way, ...mediaOf(page.messages()) }).toEqual({ way, ...sent })
      page.close()
    }
    for (const player of programs) {
      await written(player, file(`${name} ${player.kind}`), sent)
      expect({ player: player.kind, ...(await mediaOfFile(file(`${name} ${player.kind}`))) }).toEqual({
        player: player.kind,
        ...sent,
      })
    }
  }

  it.each(Object.keys(codecs) as Codecs[])('of %s reaches every player as it was sent', async (kind) => {
    const source = file(kind)
    await makeFlv(source, kind, SECONDS)
    await compareAll(source, kind.replace(/\W+/g, '-'), () =>
      publishers.ffmpeg(source, server.rtmpUrl(`${withCache}/${kind.replace(/\W+/g, '-')}`)),
    )
  })

  it.each([
    ['GStreamer rtmp2sink', Object.entries(players)],
    // It sends its metadata again behind the first sound, for which ffmpeg leaves that sound out.
    ['librtmp (GStreamer rtmpsink)', Object.entries(players).filter(([kind]) => kind !== 'ffmpeg')],
  ] as const)('published by %s reaches every player as it was sent', async (publisher, kinds) => {
    const source = file('from GStreamer')
    await makeFlv(source, 'AVC and AAC', SECONDS)
    const name = publisher.replace(/\W+/g, '-')
    const url = server.rtmpUrl(`${withCache}/${name}`)
    await compareAll(source, name, () => publishers[publisher](source, url), [...kinds])
  })

  it.each([
    ['the keyframe before it', withCache],
    ['the next keyframe', withoutCache],
  ])('is taken up in the middle, from %s on, and without a hole', async (_from, app) => {
    const publisher = publishers.ffmpeg(file('long'), server.rtmpUrl(`${app}/late`))
    const sent = await mediaOfFile(file('long'))
    const first = await (await MediaClient.connect(server.ports.rtmp, app)).play('late')
    await first.heard.wait(({ message }) => (message?.timestamp ?? 0) >= 2_500)
    const lateness = first.messages.at(-1)?.timestamp ?? 0
    const dump = players.rtmpdump(server.rtmpUrl(`${app}/late`), file(`late ${app}`))
    const second = await (await MediaClient.connect(server.ports.rtmp, app)).play('late')
    await publisher.exit
    await second.status('NetStream.Play.UnpublishNotify')
    await dump.program.exit

    const keyframes = sent.video.filter((_, at) => at % FPS === 0)
    const got = mediaOf(second.messages, 0)
    expect(keyframes.map(bytesOf)).toContain(bytesOf(got.video[0] ?? ''))
    expect(got.video.length).toBeGreaterThan(FPS)
    const isBefore = timeOfFirst(got) <= lateness
    expect(isBefore).toBe(app === withCache)
    for (const late of [got, await mediaOfFile(file(`late ${app}`))]) {
      expectUnbroken(late.video, sent.video)
      expectUnbroken(late.audio, sent.audio)
    }
  })

  it('belongs to its first publisher', async () => {
    const url = server.rtmpUrl(`${withCache}/taken`)
    const client = await MediaClient.connect(server.ports.rtmp, withCache)
    const stream = await client.play('taken')
    const publisher = publishers.ffmpeg(file('long'), url)
    await stream.heard.wait(({ message }) => message?.type === MessageType.Video)
    const second = publishers.ffmpeg(file('long'), url)
    expect((await second.exit).code).not.toBe(0)
    expect((await publisher.exit).code).toBe(0)
    await stream.status('NetStream.Play.UnpublishNotify')
    expect(mediaOf(stream.messages)).toEqual(await mediaOfFile(file('long')))
    await client.close()
  })
})

const countOf = ({ video, audio }: Media): number => video.length + audio.length

const bytesOf = (frame: string): string => frame.split(' ')[2] ?? ''

const timeOfFirst = ({ video }: Media): number => Number(video[0]?.split(' ')[1])

/** The player has ended, or has written as much as there is and is stopped. */
async function written({ program, endsByItself }: Player, path: string, sent: Media): Promise<void> {
  if (!endsByItself) {
    const frames = (): number => countOf(mediaOf(flvMessages(readFileSync(path))))
    const isWhole = (count: number): boolean => count >= countOf(sent) || program.hasEnded()
    await until(frames, isWhole, `frames in ${path}`)
    await program.stop('SIGINT')
  }
  await program.exit
}
