/** ffmpeg publishes; ffmpeg and rtmpdump play: every packet that was published arrives, unchanged. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashFile, makeSource, packets, play, playIsSent, publish } from './support/ffmpeg.js'
import { describeWith, start, stopPrograms } from './support/program.js'
import type { Program } from './support/program.js'
import { startServer } from './support/server.js'
import type { Server } from './support/server.js'

jest.setTimeout(120_000)

const SECONDS = 4

describeWith(['ffmpeg', 'rtmpdump'], 'a live stream', () => {
  let server: Server
  let folder: string
  let source: { video: string[]; audio: string[] }
  const file = (name: string): string => join(folder, name)
  const packetsOf = async (name: string): Promise<typeof source> =>
    packets(await readFile(file(name), 'utf8'))

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-media-'))
    server = await startServer()
    await makeSource(file('source.flv'), SECONDS)
    await hashFile(file('source.flv'), file('source.txt'))
    source = await packetsOf('source.txt')
  })

  afterAll(async () => {
    await stopPrograms()
    await server.stop()
    await rm(folder, { recursive: true })
  })

  it('reaches players that waited for it, packet by packet, and ends for them when it ends', async () => {
    const url = server.rtmpUrl('live/cam')
    const player = play(url, file('played.txt'))
    const dump = rtmpdump(url, file('dumped.flv'))
    await Promise.all([player.lines.wait(playIsSent), dump.lines.wait(/sending play/i)])
    const publisher = publish(file('source.flv'), url)
    expect((await publisher.exit).code).toBe(0)
    await Promise.all([player.exit, dump.exit])
    await hashFile(file('dumped.flv'), file('dumped.txt'))

    expect(source.video.length).toBeGreaterThanOrEqual(SECONDS * 25)
    expect(await packetsOf('played.txt')).toEqual(source)
    expect(await packetsOf('dumped.txt')).toEqual(source)
  })

  it('is taken up in the middle, from a key frame on', async () => {
    const url = server.rtmpUrl('live/late')
    const publisher = publish(file('source.flv'), url, true)
    await play(url, file('first.txt'), 1.5).exit // so it has been running for more than a group of pictures
    await play(url, file('late.txt'), 2.5).exit
    await publisher.stop()

    const { video, audio } = await packetsOf('late.txt')
    const keyFrames = source.video.filter((_, at) => at % 25 === 0)
    expect(keyFrames).toContain(video[0])
    expect([...source.video, ...source.video].join('\n')).toContain(video.slice(0, 20).join('\n'))
    expect(audio.length).toBeGreaterThan(20)
  })

  it('belongs to its first publisher', async () => {
    const url = server.rtmpUrl('live/taken')
    const publisher = publish(file('source.flv'), url, true)
    await play(url, file('mine.txt'), 2.5).exit
    const second = publish(file('source.flv'), url)
    expect((await second.exit).code).not.toBe(0)
    await play(url, file('still.txt'), 2.5).exit
    await publisher.stop()
    expect((await packetsOf('still.txt')).video.length).toBeGreaterThan(0)
  })
})

function rtmpdump(url: string, file: string): Program {
  return start('rtmpdump', ['--live', '--verbose', '--rtmp', url, '--flv', file])
}
