/** RTSP cameras and the media console: node-media-server in its thread, met by real programs. */
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo, Server as TcpServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromiumPath, launchChromium } from './support/chromium.js'
import { makeSource, publish } from './support/ffmpeg.js'
import { describeWith, run, start, stopPrograms } from './support/program.js'
import { startServer } from './support/server.js'
import type { Server } from './support/server.js'

jest.setTimeout(120_000)

const PYTHON = '/usr/bin/python3'
const hasRtspServer =
  spawnSync(PYTHON, ['-c', 'import gi; gi.require_version("GstRtspServer", "1.0")']).status === 0
const password = 'correct horse'

let folder: string
let server: Server | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-cameras-'))
})
afterEach(async () => {
  await stopPrograms()
  await server?.stop()
  server = undefined
})
afterAll(() => rm(folder, { recursive: true }))

/** The program, or "gir1.2-gst-rtsp-server-1.0" where Debian's package for it is missing. */
describeWith(['ffmpeg', hasRtspServer ? PYTHON : 'gir1.2-gst-rtsp-server-1.0'], 'a camera', () => {
  it('is published as a stream, one message a picture, and its password is told to nobody', async () => {
    const camera = start(PYTHON, ['test/e2e/clients/rtsp-camera.py'])
    const port = (await camera.lines.wait(/^port \d+$/)).slice(5)
    const url = `rtsp://viewer:secret@127.0.0.1:${port}/cam`
    server = await startServer({
      cameras: [{ url, app: 'cams', instance: 'yard', name: 'Front' }],
      logLevel: 'debug',
    })
    await server.program.lines.wait(/a camera is published/)

    const flv = join(folder, 'camera.flv')
    const input = ['-v', 'error', '-nostdin', '-i', server.rtmpUrl('cams/yard/Front')]
    await run('ffmpeg', [...input, '-t', '3', '-c', 'copy', '-y', flv])
    const probe = await run('ffprobe', ['-v', 'error', '-count_packets', '-of', 'json', '-show_streams', flv])
    const { streams } = JSON.parse(probe.stdout()) as {
      streams: { codec_name: string; nb_read_packets: string }[]
    }
    expect(streams.map((each) => each.codec_name)).toEqual(['h264', 'pcm_alaw'])
    expect(Number(streams[0]?.nb_read_packets)).toBeGreaterThan(50)
    expect(Number(streams[0]?.nb_read_packets)).toBeLessThan(100) // of 75; four times as many slices
    const decoded = await run('ffmpeg', ['-v', 'error', '-nostdin', '-i', flv, '-f', 'null', '-'])
    expect(decoded.lines.all).toEqual([])
    expect(server.program.lines.all.join('\n')).not.toContain('secret')
    expect(server.program.lines.matching(/^\[/)).toEqual([]) // what node-media-server prints itself
  })
})

describe('a strange camera', () => {
  const listening: TcpServer[] = []
  afterEach(() => listening.splice(0).forEach((each) => each.close()))

  /** @param talk what it does with each call. @returns its URL, and when it has been called so often */
  async function strangeCamera(
    talk: (socket: Socket) => void,
  ): Promise<{ url: string; called: () => number }> {
    let calls = 0
    const tcp = createServer((socket) => {
      calls++
      socket.on('error', () => undefined)
      talk(socket)
    }).listen(0, '127.0.0.1')
    listening.push(tcp)
    await once(tcp, 'listening')
    const { port } = tcp.address() as AddressInfo
    return { url: `rtsp://127.0.0.1:${port}/cam`, called: () => calls }
  }

  it.each<[string, (socket: Socket) => void]>([
    ['a camera that says nothing is called again', () => undefined],
    ['a camera that never ends its first line is called again', (socket) => flood(socket, 'a')],
    [
      'a camera that sends what is no RTSP is called again',
      (socket) => flood(socket, '$\0\0\x09abc\r\n\r\n'),
    ],
    [
      'a camera that promises a body without end is called again',
      (socket) => socket.write('RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 99999999999\r\n\r\n'),
    ],
    [
      'a camera whose description makes no sense is called again',
      (socket) => socket.write('RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 9\r\n\r\nm=\r\na=\r\n\0'),
    ],
  ])('%s, and nobody else notices', async (_title, talk) => {
    const { url, called } = await strangeCamera(talk)
    const limits = { cameraSilenceMs: 300, messageBytes: 1_048_576 }
    server = await startServer({ cameras: [{ url, app: 'cams', name: 'odd' }], limits, logLevel: 'debug' })
    await until(() => called() >= 2)
    expect((await fetch(server.httpUrl(''))).status).toBe(200)
    expect(server.program.hasEnded()).toBe(false)
  })
})

describeWith(['ffmpeg', 'ss', chromiumPath], 'the media console', () => {
  it('shows the streams of the node to him who has the password, on the configured address alone', async () => {
    server = await startServer({ console: { port: 0, user: 'admin', password } })
    const { console: port } = server.ports as typeof server.ports & { console: number }
    const source = join(folder, 'source.flv')
    await makeSource(source, 10)
    publish(source, server.rtmpUrl('live/room/cam'), true)

    const { pid } = server.program
    const rows = execFileSync('ss', ['-ltnpH'], { encoding: 'utf8' }).split('\n')
    const addresses = rows.filter((row) => row.includes(`pid=${pid},`)).map((row) => row.split(/\s+/)[3])
    const { rtmp, http, psyc } = server.ports
    expect(addresses.sort()).toEqual([rtmp, http, psyc, port].map((each) => `127.0.0.1:${each}`).sort())

    const api = (path: string, init?: RequestInit): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}/api/v1/${path}`, init)
    expect((await api('streams')).status).toBe(401)
    expect((await login(api, 'wrong')).status).toBe(401)
    expect((await fetch(`http://127.0.0.1:${port}/live-room/cam.flv`)).status).toBe(404)
    expect((await api('config', { method: 'PUT' })).status).toBe(404)

    const { data } = (await (await login(api, password)).json()) as { data: { token: string } }
    const headers = { Authorization: `Bearer ${data.token}` }
    const streams = async (): Promise<string> => await (await api('streams', { headers })).text()
    await until(async () => (await streams()).includes('"videoWidth":320'))
    expect(await streams()).toContain('"key":"/live-room/cam"')

    const chromium = await launchChromium()
    try {
      const { page } = await chromium.newPage()
      await page.goto(`http://127.0.0.1:${port}/`)
      await page.waitForSelector('#login-password')
      await page.type('#login-username', 'admin')
      await page.type('#login-password', password)
      await page.keyboard.press('Enter')
      await page.waitForFunction('!document.querySelector("#login-password")')
      expect(await page.evaluate('document.body.innerText')).toContain('Live streams')
    } finally {
      await chromium.close()
    }
  })

  it('hands out addresses of streams that can be watched', async () => {
    server = await startServer({ console: { port: 0, user: 'admin', password } })
    const { console: port } = server.ports as typeof server.ports & { console: number }
    const source = join(folder, 'source.flv')
    await makeSource(source, 10)
    publish(source, server.rtmpUrl('live/cam'), true)
    const api = (path: string, init?: RequestInit): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}/api/v1/${path}`, init)
    const { data } = (await (await login(api, password)).json()) as { data: { token: string } }
    const headers = { Authorization: `Bearer ${data.token}` }
    await until(async () => (await api('streams/live/cam', { headers })).status === 200)
    const answer = await api('streams/live/cam/urls', { headers })
    const { urls } = ((await answer.json()) as { data: { urls: { protocol: string; url: string }[] } }).data
    const url = urls.find(({ protocol }) => protocol === 'http-flv')?.url ?? ''
    const watched = join(folder, 'watched.flv')
    await run('ffmpeg', ['-v', 'error', '-nostdin', '-i', url, '-t', '2', '-c', 'copy', '-y', watched])
    expect((await readFile(watched)).length).toBeGreaterThan(20_000)
  })
})

function login(api: (path: string, init: RequestInit) => Promise<Response>, word: string): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' }
  const body = JSON.stringify({ username: 'admin', password: word })
  return api('login', { method: 'POST', headers, body })
}

/** As much as it takes. */
function flood(socket: Socket, text: string): void {
  const bytes = Buffer.from(text.repeat(10_000))
  const more = (): void => {
    while (!socket.destroyed && socket.write(bytes));
  }
  socket.on('drain', more)
  more()
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`it never came true: ${String(isSo)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
