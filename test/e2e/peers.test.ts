/** nginx-rtmp and node-media-server push to us and pull from us: what goes in at one end comes out at the other. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expectUnbroken, mediaOf, mediaOfFile } from './support/frames.js'
import type { Media } from './support/frames.js'
import { MediaClient } from './support/media-client.js'
import type { MediaStream } from './support/media-client.js'
import { makeFlv, publishers } from './support/media-programs.js'
import { describeWith, stopPrograms } from './support/program.js'
import { nginxRtmp, startNginx, startNodeMediaServer } from './support/relay-peers.js'
import type { NodeMediaServer, RelayPeer } from './support/relay-peers.js'
import { startServer } from './support/server.js'
import type { Server } from './support/server.js'

jest.setTimeout(60_000)

const SECONDS = 4
const FPS = 25

let server: Server
let folder: string
let file: string
let sent: Media

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-peers-'))
  file = join(folder, 'source.flv')
  server = await startServer()
})

afterAll(async () => {
  await stopPrograms()
  await server.stop()
  await rm(folder, { recursive: true })
})

async function makeSource(): Promise<void> {
  await makeFlv(file, 'AVC and AAC', SECONDS)
  sent = await mediaOfFile(file)
}

/** Publish at one end, hear at the other until the last frame has come. */
async function relayed(
  to: string,
  stream: MediaStream,
  whilePublishing?: () => Promise<void>,
): Promise<Media> {
  const publisher = publishers.ffmpeg(file, to)
  await whilePublishing?.()
  expect((await publisher.exit).code).toBe(0)
  const [video, audio] = [lastOf(sent.video), lastOf(sent.audio)]
  const isComplete = (): boolean => {
    const got = mediaOf(stream.messages)
    return bytesOf(got.video.at(-1)) === video && bytesOf(got.audio.at(-1)) === audio
  }
  if (!isComplete()) await stream.heard.wait(isComplete)
  return mediaOf(stream.messages)
}

/** What a relay pushes that connects only once somebody publishes: all from some keyframe on. */
function expectFromKeyframe({ video, audio }: Media): void {
  expect(sent.video.filter((_, at) => at % FPS === 0).map(bytesOf)).toContain(bytesOf(video[0]))
  expectUnbroken(video, sent.video)
  expectUnbroken(audio, sent.audio)
}

const bytesOf = (frame: string | undefined): string => frame?.split(' ')[2] ?? ''
const lastOf = (frames: readonly string[]): string => bytesOf(frames.at(-1))

describeWith(['ffmpeg', ...nginxRtmp], 'nginx-rtmp', () => {
  let nginx: RelayPeer

  beforeAll(async () => {
    await makeSource()
    const url = server.rtmpUrl('live')
    nginx = await startNginx([
      { app: 'pushed', way: 'push', url },
      { app: 'pulled', way: 'pull', url },
    ])
  })

  afterAll(() => nginx.stop())

  it('pushes to us', async () => {
    const client = await MediaClient.connect(server.ports.rtmp, 'live')
    expectFromKeyframe(await relayed(nginx.rtmpUrl('pushed/from-nginx'), await client.play('from-nginx')))
    await client.close()
  })

  it('pulls from us', async () => {
    const client = await MediaClient.connect(nginx.port, 'pulled')
    expect(await relayed(server.rtmpUrl('live/to-nginx'), await client.play('to-nginx'))).toEqual(sent)
    await client.close()
  })
})

describeWith(['ffmpeg'], 'node-media-server', () => {
  let nms: NodeMediaServer

  beforeAll(async () => {
    await makeSource()
    nms = await startNodeMediaServer()
  })

  afterAll(() => nms.stop())

  it('pushes to us', async () => {
    const client = await MediaClient.connect(server.ports.rtmp, 'live')
    const stream = await client.play('from-nms')
    const push = async (): Promise<void> => {
      await nms.published('/live/from-nms')
      nms.relay({ mode: 'push', streamPath: '/live/from-nms', url: server.rtmpUrl('live/from-nms') })
    }
    expectFromKeyframe(await relayed(nms.rtmpUrl('live/from-nms'), stream, push))
    await client.close()
  })

  it('pulls from us', async () => {
    const client = await MediaClient.connect(nms.port, 'live')
    nms.relay({ mode: 'pull', streamPath: '/live/to-nms', url: server.rtmpUrl('live/to-nms') })
    await nms.published('/live/to-nms')
    expect(await relayed(server.rtmpUrl('live/to-nms'), await client.play('to-nms'))).toEqual(sent)
    await client.close()
  })
})
