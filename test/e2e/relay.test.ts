/**
 * Relays of ours: streams pulled from nginx-rtmp, node-media-server and nodes of our own kind, and pushed to them. What is
 * published at one end is what a program plays at the other, frame by frame.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificateFiles } from '../support/certificate.js'
import { expectUnbroken, mediaOf, mediaOfFile } from './support/frames.js'
import type { Media } from './support/frames.js'
import { MediaClient } from './support/media-client.js'
import type { MediaStream } from './support/media-client.js'
import { makeFlv, players, publishers } from './support/media-programs.js'
import { describeWith, start, stopPrograms } from './support/program.js'
import { nginxRtmp, startNginx, startNodeMediaServer } from './support/relay-peers.js'
import type { NodeMediaServer, RelayPeer } from './support/relay-peers.js'
import { freePort, startServer } from './support/server.js'
import type { Server } from './support/server.js'

jest.setTimeout(90_000)

const SECONDS = 3
const FPS = 25

let folder: string
let file: string
let sent: Media

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-relay-'))
  file = join(folder, 'source.flv')
  await makeFlv(file, 'AVC and AAC', SECONDS)
  sent = await mediaOfFile(file)
})

afterAll(async () => {
  await stopPrograms()
  await rm(folder, { recursive: true })
})

const bytesOf = (frame: string | undefined): string => frame?.split(' ')[2] ?? ''

/** All from some keyframe on: what a relay has that connects only once somebody publishes. */
function expectFromKeyframe({ video, audio }: Media): void {
  expect(sent.video.filter((_, at) => at % FPS === 0).map(bytesOf)).toContain(bytesOf(video[0]))
  expectUnbroken(video, sent.video)
  expectUnbroken(audio, sent.audio)
  for (const [got, all] of [
    [video, sent.video],
    [audio, sent.audio],
  ] as const)
    expect(bytesOf(got.at(-1))).toBe(bytesOf(all.at(-1)))
}

/** Hear until the last frame has come. */
async function whole(stream: MediaStream): Promise<Media> {
  const isComplete = (): boolean => {
    const { video, audio } = mediaOf(stream.messages)
    return (
      bytesOf(video.at(-1)) === bytesOf(sent.video.at(-1)) &&
      bytesOf(audio.at(-1)) === bytesOf(sent.audio.at(-1))
    )
  }
  if (!isComplete()) await stream.heard.wait(isComplete, 0, 20_000)
  return mediaOf(stream.messages)
}

/** A log line of the server. */
function logged(server: Server, message: string, part = ''): Promise<string> {
  const isIt = (line: string): boolean => line.includes(`"msg":"${message}"`) && line.includes(part)
  return server.program.lines.wait(isIt, 0, 20_000)
}

/** A program plays here, what is published there. */
async function expectPulled(server: Server, path: string, publishAt: string): Promise<void> {
  const got = join(await mkdtemp(join(folder, 'got-')), 'got.flv')
  const player = players.ffmpeg(server.rtmpUrl(path), got)
  await logged(server, 'relay runs', path)
  expect((await publishers.ffmpeg(file, publishAt).exit).code).toBe(0)
  await player.program.exit
  expect(await mediaOfFile(got)).toEqual(sent)
}

/** Somebody publishes here, what is played there. */
async function expectPushed(
  server: Server,
  path: string,
  port: number,
  app: string,
  name: string,
): Promise<void> {
  const client = await MediaClient.connect(port, app)
  const stream = await client.play(name)
  const publisher = publishers.ffmpeg(file, server.rtmpUrl(path))
  expectFromKeyframe(await whole(stream))
  expect((await publisher.exit).code).toBe(0)
  await logged(server, 'relay ends', path)
  await client.close()
}

describeWith(['ffmpeg', ...nginxRtmp], 'nginx-rtmp', () => {
  let nginx: RelayPeer
  let server: Server

  beforeAll(async () => {
    nginx = await startNginx()
    server = await startServer({
      host: 'localhost',
      relay: [
        { pull: nginx.rtmpUrl('live/*'), to: 'live/*' },
        { push: nginx.rtmpUrl('live/pushed'), from: 'out/cam' },
      ],
    })
  })

  afterAll(async () => {
    expect(await server.stop()).toBe(0)
    await nginx.stop()
  })

  it('is pulled from', () => expectPulled(server, 'live/there', nginx.rtmpUrl('live/there')))

  it('is pulled from for who plays at another node', async () => {
    const apps = { live: { home: `psyc://localhost:${server.ports.psyc}/` } }
    const other = await startServer({ host: 'localhost', apps }, await freePort())
    const client = await MediaClient.connect(other.ports.rtmp, 'live')
    const stream = await client.play('afar')
    await logged(server, 'relay runs', 'live/afar')
    expect((await publishers.ffmpeg(file, nginx.rtmpUrl('live/afar')).exit).code).toBe(0)
    expect(await whole(stream)).toEqual(sent)
    await client.close()
    expect(await other.stop()).toBe(0)
  })

  it('is pushed to', () => expectPushed(server, 'out/cam', nginx.port, 'live', 'pushed'))

  it('dies and comes back: who plays here goes on', async () => {
    const client = await MediaClient.connect(server.ports.rtmp, 'live')
    const stream = await client.play('again')
    await logged(server, 'relay runs', 'live/again')
    const first = publishers.ffmpeg(file, nginx.rtmpUrl('live/again'))
    await stream.heard.wait(({ message }) => (message?.timestamp ?? 0) >= 500)
    await nginx.stop()
    await first.exit
    await stream.status('NetStream.Play.UnpublishNotify')
    await logged(server, 'relay lost', 'live/again')

    const before = stream.messages.length
    const since = server.program.lines.all.length
    nginx = await startNginx([], 4096, nginx.port)
    await server.program.lines.wait(
      (line) => line.includes('"msg":"relay runs"') && line.includes('live/again'),
      since,
      30_000,
    )
    expect((await publishers.ffmpeg(file, nginx.rtmpUrl('live/again')).exit).code).toBe(0)
    await stream.heard.wait(
      ({ message }) => message !== undefined && lastIs(stream.messages.slice(before)),
      0,
      20_000,
    )
    expect(mediaOf(stream.messages.slice(before))).toEqual(sent)
    await client.close()
  })
})

/** Both kinds have come to their ends. */
function lastIs(messages: MediaStream['messages']): boolean {
  const { video, audio } = mediaOf(messages)
  return video.length === sent.video.length && audio.length === sent.audio.length
}

describeWith(['ffmpeg'], 'node-media-server', () => {
  let nms: NodeMediaServer
  let server: Server

  beforeAll(async () => {
    nms = await startNodeMediaServer()
    server = await startServer({
      limits: { relaySilenceMs: 2_000 },
      relay: [
        { pull: nms.rtmpUrl('live/*'), to: 'live/*' },
        { push: nms.rtmpUrl('live/pushed'), from: 'out/cam' },
      ],
    })
  })

  afterAll(async () => {
    expect(await server.stop()).toBe(0)
    await nms.stop()
  })

  it('is pulled from; it does not tell when its publisher leaves, and stands still then', async () => {
    const client = await MediaClient.connect(server.ports.rtmp, 'live')
    const stream = await client.play('there')
    await logged(server, 'relay runs', 'live/there')
    expect((await publishers.ffmpeg(file, nms.rtmpUrl('live/there')).exit).code).toBe(0)
    expect(await whole(stream)).toEqual(sent)
    await stream.status('NetStream.Play.UnpublishNotify')
    await logged(server, 'relay lost', 'nothing moved for 2000 ms')
    await client.close()
  })

  it('is pushed to', () => expectPushed(server, 'out/cam', nms.port, 'live', 'pushed'))
})

describeWith(['ffmpeg'], 'nodes of our own kind', () => {
  it('pull and push over rtmps, the certificate verified; no secret is in the log', async () => {
    const files = certificateFiles()
    const { cert, key } = files
    const far = await startServer({ tls: { cert, key } })
    const rtmps = `rtmps://ann:hunter2@localhost:${far.ports.rtmp}`
    const near = await startServer({
      relay: [
        { pull: `${rtmps}/live/*?token=t0ken`, to: 'live/*', tls: { ca: cert } },
        { push: `${rtmps}/in/k3y?token=t0ken`, from: 'out/cam', tls: { ca: cert } },
        { push: `${rtmps}/in/untrusted?token=t0ken`, from: 'out/cam' },
      ],
    })
    await expectPulled(near, 'live/there', far.rtmpUrl('live/there'))
    await expectPushed(near, 'out/cam', far.ports.rtmp, 'in', 'k3y')
    await logged(near, 'relay lost', 'SELF_SIGNED')
    for (const secret of ['hunter2', 't0ken', 'k3y'])
      expect(near.program.lines.all.join('\n')).not.toContain(secret)
    const commandLine = await readFile(`/proc/${near.program.pid}/cmdline`, 'utf8')
    expect(commandLine).not.toContain('hunter2')
    await near.stop()
    await far.stop()
    files.remove()
  })

  it('that pull from each other do not go in a circle', async () => {
    const [portOfA, portOfB] = [await freePort(), await freePort()]
    const pulling = (port: number): object => ({
      relay: [{ pull: `rtmp://127.0.0.1:${port}/live/*`, to: 'live/*' }],
    })
    const a = await startServer({ ...pulling(portOfB) }, portOfA)
    const b = await startServer({ ...pulling(portOfA) }, portOfB)
    const client = await MediaClient.connect(a.ports.rtmp, 'live')
    const stream = await client.play('x')
    await logged(b, 'relay refused', 'goes in a circle')
    expectFromKeyframe(await publishedAt(b.rtmpUrl('live/x'), stream))
    await client.close()
    await a.stop()
    await b.stop()
  })

  it('that push to themselves are refused', async () => {
    const port = await freePort()
    const node = await startServer(
      { relay: [{ push: `rtmp://localhost:${port}/live/y`, from: 'live/x' }] },
      port,
    )
    const publisher = publishers.ffmpeg(file, node.rtmpUrl('live/x'))
    await logged(node, 'relay lost', 'this is the node itself')
    expect((await publisher.exit).code).toBe(0)
    await node.stop()
  })
})

describeWith(['ffmpeg'], 'an ffmpeg that listens', () => {
  it('is pushed to', async () => {
    const [port, got] = [await freePort(), join(folder, 'listened.flv')]
    const url = `rtmp://127.0.0.1:${port}/app/cam`
    const server = await startServer({ relay: [{ push: url, from: 'live/cam' }] })
    const input = ['-nostdin', '-v', 'error', '-listen', '1', '-i', url]
    const listener = start('ffmpeg', [...input, '-c', 'copy', '-copypriorss', '1', '-copyinkf', got])
    expect((await publishers.ffmpeg(file, server.rtmpUrl('live/cam')).exit).code).toBe(0)
    await listener.exit
    expectFromKeyframe(await mediaOfFile(got))
    await server.stop()
  })
})

async function publishedAt(url: string, stream: MediaStream): Promise<Media> {
  const publisher = publishers.ffmpeg(file, url)
  const media = await whole(stream)
  expect((await publisher.exit).code).toBe(0)
  return media
}
