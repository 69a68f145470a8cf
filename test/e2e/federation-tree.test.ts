/** A publisher's node that feeds one other node only: the next is fed by that one, and by the first when that one dies. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { circuitsBetween, startNetwork } from './support/federation.js'
import type { Site } from './support/federation.js'
import { fromFirstPicture, mediaOf, mediaOfFile, timeOf } from './support/frames.js'
import type { Media } from './support/frames.js'
import { MediaClient } from './support/media-client.js'
import type { MediaStream } from './support/media-client.js'
import { makeFlv, players, publishers } from './support/media-programs.js'
import { describeWith, stopPrograms } from './support/program.js'
import type { Server } from './support/server.js'

jest.setTimeout(60_000)

const SECONDS = 8
/** A group of pictures, which is the most that a change of the parent may cost. */
const GROUP = 25

const kernel = existsSync('/proc/net/tcp') ? [] : ['/proc/net/tcp']

describeWith(['ffmpeg', 'rtmpdump', ...kernel], 'a chain of three nodes', () => {
  let folder: string
  let nodes: Server[]
  let sites: [Site, Site, Site]
  let file: string
  let sent: Media

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-tree-'))
    const network = await startNetwork(2, { degree: 1 }, 11)
    nodes = [network.home, ...network.others]
    sites = network.sites as [Site, Site, Site]
    file = join(folder, 'film.flv')
    await makeFlv(file, 'AVC and AAC', SECONDS)
    sent = fromFirstPicture(await mediaOfFile(file))
  })

  afterAll(async () => {
    await stopPrograms()
    await Promise.all(nodes.map((each) => each.stop()))
    await rm(folder, { recursive: true })
  })

  async function play(number: number, name: string): Promise<MediaStream> {
    const { address, ports } = nodes[number]!
    const client = await MediaClient.connectAs({ host: address }, ports.rtmp, 'live')
    return client.play(name)
  }

  const reaches = (stream: MediaStream, ms: number): Promise<unknown> =>
    stream.heard.wait(({ message }) => (message?.timestamp ?? 0) >= ms, 0, 20_000)

  it('passes every frame on', async () => {
    const streams = [await play(1, 'film'), await play(2, 'film')]
    const path = join(folder, 'dumped.flv')
    const dump = players.rtmpdump(nodes[2]!.rtmpUrl('live/film'), path)
    await dump.asked
    const publisher = publishers.ffmpeg(file, nodes[0]!.rtmpUrl('live/film'))
    await Promise.all(streams.map((stream) => reaches(stream, 2_000)))
    const [first, second, third] = sites
    const fromFirst = (await circuitsBetween(second, first)) + (await circuitsBetween(third, first))
    const inRow = (await circuitsBetween(third, second)) + (await circuitsBetween(second, third))
    expect({ fromFirst: fromFirst > 0, inRow: inRow > 0 }).toEqual({ fromFirst: true, inRow: true })
    expect((await publisher.exit).code).toBe(0)
    for (const stream of streams) {
      await stream.status('NetStream.Play.UnpublishNotify')
      expect(fromFirstPicture(mediaOf(stream.messages))).toEqual(sent)
    }
    await dump.program.exit
    expect(fromFirstPicture(await mediaOfFile(path))).toEqual(sent)
  })

  it('heals when the node in the middle is killed', async () => {
    const middle = await play(1, 'again')
    const publisher = publishers.ffmpeg(file, nodes[0]!.rtmpUrl('live/again'))
    await reaches(middle, 500)
    const last = await play(2, 'again') // fed by the one in the middle, since the first has no more room
    await reaches(last, 2_500)
    const [, second, third] = sites
    expect((await circuitsBetween(third, second)) + (await circuitsBetween(second, third))).toBeGreaterThan(0)
    await nodes[1]!.program.stop('SIGKILL')
    const before = last.messages.length
    await last.heard.wait(({ message }) => message !== undefined, last.heard.all.length)
    expect(last.messages.length).toBeGreaterThan(before)
    expect((await publisher.exit).code).toBe(0)
    await last.status('NetStream.Play.UnpublishNotify')
    const got = mediaOf(last.messages).video
    const start = sent.video.findIndex((frame) => bytesOf(frame) === bytesOf(got[0]!))
    const wanted = sent.video.slice(start).map((frame) => timed(frame, timeOf(sent.video[start])))
    expect(
      got.map((frame) => timed(frame, timeOf(got[0]))).filter((frame) => !wanted.includes(frame)),
    ).toEqual([])
    expect(new Set(got).size).toBe(got.length)
    expect(wanted.length - got.length).toBeLessThanOrEqual(GROUP) // healed in so much of the stream's time
    expect(bytesOf(got.at(-1)!)).toBe(bytesOf(sent.video.at(-1)!))
  })
})

/** Time since the first one, and bytes: pictures may be alike. */
const timed = (frame: string, fromMs: number): string => `${timeOf(frame) - fromMs} ${bytesOf(frame)}`

const bytesOf = (frame: string): string => frame.split(' ')[2] ?? ''
