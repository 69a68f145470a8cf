/**
 * RTMP in other clothes: programs publish and play over TLS, in requests of HTTP, and enciphered; every frame arrives, in
 * order, at its time, unchanged. All on the one RTMP port.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificateFiles } from '../support/certificate.js'
import { ChatPage } from './support/chat-page.js'
import { chromiumPath, launchChromium } from './support/chromium.js'
import { LibrtmpBuild } from './support/clients.js'
import { mediaOfFile } from './support/frames.js'
import type { Media } from './support/frames.js'
import { makeFlv, players, publishers } from './support/media-programs.js'
import { describeWith, run, stopPrograms } from './support/program.js'
import type { Program } from './support/program.js'
import { startServer } from './support/server.js'
import type { Server } from './support/server.js'

jest.setTimeout(120_000)

const SECONDS = 3

/** TLS 1.3 sends tickets, of which the librtmp of Debian makes an end of the connection. */
const files = certificateFiles()
const tls = { cert: files.cert, key: files.key, maxVersion: 'TLSv1.2', port: 0 }

let server: Server
let folder: string
let sent: Media

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-transports-'))
  server = await startServer({ tls })
})

afterAll(async () => {
  await stopPrograms()
  await server.stop()
  await rm(folder, { recursive: true })
  files.remove()
})

const file = (name: string): string => join(folder, `${name.replace(/\W+/g, '-')}.flv`)
const url = (scheme: string, path: string): string => server.rtmpUrl(path).replace(/^rtmp/, scheme)

describeWith(['ffmpeg', 'rtmpdump', 'gst-launch-1.0'], 'a live stream', () => {
  const source = (): string => file('source')

  beforeAll(async () => {
    await makeFlv(source(), 'AVC and AAC', SECONDS)
    sent = await mediaOfFile(source())
  })

  /** What each player got. */
  async function playedBy(
    path: string,
    kinds: readonly (readonly [player: keyof typeof players, scheme: string])[],
    publish: () => Program,
  ): Promise<Record<string, Media>> {
    const running = kinds.map(([kind, scheme]) => {
      const name = `${path} ${kind} ${scheme}`
      return { name, ...players[kind](url(scheme, path), file(name)) }
    })
    await Promise.all(running.map(({ asked }) => asked))
    expect((await publish().exit).code).toBe(0)
    await Promise.all(running.map(({ program }) => program.exit))
    const received = running.map(async ({ name }) => [name, await mediaOfFile(file(name))] as const)
    return Object.fromEntries(await Promise.all(received))
  }

  it('reaches players over each of them as it was sent', async () => {
    const received = await playedBy(
      'live/played',
      [
        ['ffmpeg', 'rtmps'],
        ['ffmpeg', 'rtmpt'],
        ['ffmpeg', 'rtmpts'],
        ['rtmpdump', 'rtmps'],
        ['rtmpdump', 'rtmpt'],
        ['rtmpdump', 'rtmpe'],
        ['rtmpdump', 'rtmpte'],
      ],
      () => publishers.ffmpeg(source(), url('rtmp', 'live/played')),
    )
    for (const [player, media] of Object.entries(received))
      expect({ player, ...media }).toEqual({ player, ...sent })
  })

  it.each([
    ['ffmpeg', 'rtmps'],
    ['librtmp (GStreamer rtmpsink)', 'rtmps'],
    ['librtmp (GStreamer rtmpsink)', 'rtmpt'],
    ['librtmp (GStreamer rtmpsink)', 'rtmpe'],
    ['librtmp (GStreamer rtmpsink)', 'rtmpte'],
  ] as const)('published by %s over %s arrives as it was sent', async (publisher, scheme) => {
    const path = `live/by-${scheme}-${publisher.length}`
    const publish = (): Program => publishers[publisher](source(), url(scheme, path))
    const received = await playedBy(path, [['rtmpdump', 'rtmp']], publish)
    expect(Object.values(received)).toEqual([sent])
  })

  // ffmpeg 5.1 forgets at the end what it has gathered for its next request.
  it.each(['rtmpt', 'rtmpts'])(
    'published by ffmpeg over %s arrives up to its last request',
    async (scheme) => {
      const path = `live/by-ffmpeg-${scheme}`
      const publish = (): Program => publishers.ffmpeg(source(), url(scheme, path))
      const [media] = Object.values(await playedBy(path, [['rtmpdump', 'rtmp']], publish))
      expect(media?.video).toEqual(sent.video.slice(0, media?.video.length))
      expect(media?.audio).toEqual(sent.audio.slice(0, media?.audio.length))
      expect(media?.video.length).toBeGreaterThan(sent.video.length - 10)
    },
  )
})

describeWith(['cc'], 'calls by librtmp', () => {
  it.each(['rtmps', 'rtmpt', 'rtmpe', 'rtmpte'])('over %s are answered', async (scheme) => {
    const build = await LibrtmpBuild.make()
    const client = await build.connect(url(scheme, 'plain/calls'), `S:${scheme}`)
    expect(await client.result('echo', 'S:grüße')).toBe('grüße')
    await client.close()
    await build.remove()
  })
})

describeWith(['curl'], 'HTTPS', () => {
  it.each(['rtmp', 'http', 'psyc'] as const)('is served on the %s port', async (port) => {
    const address = `https://localhost:${server.ports[port]}`
    const ca = ['--silent', '--fail', '--cacert', files.cert]
    const page = await run('curl', [...ca, `${address}/`])
    expect(page.stdout()).toContain('<title>rtmpsyc')
    const policy = await run('curl', [...ca, `${address}/crossdomain.xml`])
    expect(policy.stdout()).toContain('<allow-access-from domain="*"/>')
  })
})

describeWith([chromiumPath], 'a page over HTTPS', () => {
  it('connects by a WebSocket over TLS', async () => {
    const chromium = await launchChromium('--ignore-certificate-errors')
    const https = { ...server, httpUrl: (path: string) => server.httpUrl(path).replace('http:', 'https:') }
    const page = await ChatPage.enter(chromium, https, 'anna', 'chat/secure')
    await page.say('over TLS')
    await page.seesLine('anna: over TLS')
    await chromium.close()
  })
})

it('the start line says where RTMPS is', () => {
  expect(server.program.stdout()).toMatch(/^ {2}RTMPS {2}rtmps:\/\/localhost:\d+\/chat\/lobby$/m)
})
