/** ffmpeg and curl play and publish FLV over HTTP: what arrives is what was sent, and they are content with how it ends. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mediaOfFile } from './support/frames.js'
import { makeFlv, publishers } from './support/media-programs.js'
import { describeWith, start, stopPrograms } from './support/program.js'
import type { Program } from './support/program.js'
import { startServer } from './support/server.js'
import type { Server } from './support/server.js'

jest.setTimeout(120_000)

const SECONDS = 3
const quiet = ['-nostdin', '-hide_banner', '-loglevel', 'error', '-y']
const all = ['-c', 'copy', '-copypriorss', '1', '-copyinkf']

const players: Readonly<Record<string, (url: string, file: string) => Program>> = {
  ffmpeg: (url, file) => start('ffmpeg', [...quiet, '-i', url, ...all, '-f', 'flv', file]),
  'curl over HTTP/1.1': (url, file) => start('curl', ['-sSfN', '-o', file, url]),
  'curl over HTTP/1.0': (url, file) => start('curl', ['-sSfN', '--http1.0', '-o', file, url]),
}

const overHttp = (method: string) => (file: string, url: string) =>
  start('ffmpeg', [...quiet, '-re', '-i', file, '-c', 'copy', '-f', 'flv', '-method', method, url])

const uploaders: Readonly<Record<string, (file: string, url: string) => Program>> = {
  'ffmpeg by POST': overHttp('POST'),
  'ffmpeg by PUT': overHttp('PUT'),
  'curl with a length': (file, url) => start('curl', ['-sSf', '-T', file, url]),
  'curl in chunks': (file, url) => start('sh', ['-c', `cat "${file}" | curl -sSf -X POST -T - "${url}"`]),
}

describeWith(['ffmpeg', 'curl'], 'FLV over HTTP', () => {
  let server: Server
  let folder: string
  const file = (name: string): string => join(folder, `${name.replace(/\W+/g, '-')}.flv`)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-flv-'))
    server = await startServer({ limits: { httpFlvGraceMs: 500 } })
    await makeFlv(file('source'), 'AVC and AAC', SECONDS)
    await makeFlv(file('flash'), 'Sorenson H.263 and MP3', SECONDS)
  })

  afterAll(async () => {
    await stopPrograms()
    await server.stop()
    await rm(folder, { recursive: true })
  })

  /** The server has heard so many ask for the stream. */
  const asked = async (name: string, count: number): Promise<void> => {
    const { lines } = server.program
    const isIt = (line: string): boolean => line.includes(`"name":"${name}"`)
    let since = 0
    for (let heard = 0; heard < count; heard++) {
      await lines.wait(isIt, since)
      since = lines.all.findIndex((line, at) => at >= since && isIt(line)) + 1
    }
  }

  it.each(['source', 'flash'])('%s, published by RTMP, is played whole by all of them', async (source) => {
    const playing = Object.entries(players).map(([name, play]) => {
      const target = file(`${source} ${name}`)
      return { target, program: play(server.httpUrl(`live/room/${source}.flv`), target) }
    })
    await asked(source, playing.length)
    const publisher = publishers.ffmpeg(file(source), server.rtmpUrl(`live/room/${source}`))
    expect((await publisher.exit).code).toBe(0)
    const sent = await mediaOfFile(file(source))
    for (const { target, program } of playing) {
      expect({ exit: await program.exit, said: program.lines.all }).toEqual({
        exit: { code: 0, signal: null },
        said: [],
      })
      expect(await mediaOfFile(target)).toEqual(sent)
    }
  })

  it.each(Object.keys(uploaders))('%s publishes', async (name) => {
    const stream = name.replace(/\W+/g, '-')
    const url = server.httpUrl(`live/${stream}.flv`)
    const player = start('curl', ['-sSfN', '-o', file(stream), url])
    await asked(stream, 1)
    const uploader = uploaders[name]?.(file('source'), url)
    expect((await uploader?.exit)?.code).toBe(0)
    expect((await player.exit).code).toBe(0)
    expect(await mediaOfFile(file(stream))).toEqual(await mediaOfFile(file('source')))
  })

  it('tells curl why not', async () => {
    const url = server.httpUrl('live/bad.flv')
    const bad = start('curl', ['-sS', '-T', 'package.json', url])
    expect((await bad.exit).code).toBe(0)
    expect(bad.stdout()).toBe('the bytes do not begin with "FLV" (offset 0)\n')
  })
})
