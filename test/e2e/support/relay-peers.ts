/** Relays of others that push to us and pull from us: nginx-rtmp and node-media-server, each on a port of its own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { start } from './program.js'
import type { Program } from './program.js'
import { freePort } from './server.js'

export const nginxModule = '/usr/lib/nginx/modules/ngx_rtmp_module.so'
/** What `describeWith` has to find. */
export const nginxRtmp = ['/usr/sbin/nginx', nginxModule] as const

export interface RelayPeer {
  readonly program: Program
  readonly port: number
  /** "rtmp://127.0.0.1:PORT/live/cam" */
  rtmpUrl(path: string): string
  stop(): Promise<void>
}

export interface RelayRoute {
  /** App at the peer. */
  readonly app: string
  /** push: what is published there goes on to `url`; pull: what is played there comes from it. */
  readonly way: 'push' | 'pull'
  /** App at the other end: "rtmp://127.0.0.1:1935/live". The stream keeps its name. */
  readonly url: string
}

/** @param chunkSize of what it sends @param atPort a free one by default */
export async function startNginx(
  routes: readonly RelayRoute[] = [],
  chunkSize = 4096,
  atPort?: number,
): Promise<RelayPeer> {
  const folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-nginx-'))
  const port = atPort ?? (await freePort())
  await writeFile(join(folder, 'nginx.conf'), nginxConfig(port, routes, chunkSize))
  const program = start('/usr/sbin/nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], {
    timeoutMs: 600_000,
  })
  return peer(program, folder, port)
}

function nginxConfig(port: number, routes: readonly RelayRoute[], chunkSize: number): string {
  const application = (name: string, lines: string): string => `application ${name} { live on; ${lines} }`
  const apps = routes.map(({ app, way, url }) => application(app, `${way} ${url};`))
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  return `
load_module ${nginxModule};
${user}
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 2048; }
rtmp {
  server {
    listen 127.0.0.1:${port};
    chunk_size ${chunkSize};
    ${application('live', '')}
    ${apps.join('\n    ')}
  }
}
`
}

export interface NmsTask {
  /** A task that pushes is forgotten when nobody publishes `streamPath` at that moment. */
  readonly mode: 'push' | 'pull'
  /** The other end, with the name of the stream. */
  readonly url: string
  /** "/live/cam", here. */
  readonly streamPath: string
}

export interface NodeMediaServer extends RelayPeer {
  relay(task: NmsTask): void
  /** Somebody publishes "/live/cam" there. */
  published(streamPath: string): Promise<unknown>
}

export async function startNodeMediaServer(): Promise<NodeMediaServer> {
  const folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-nms-'))
  const port = await freePort()
  const script = resolve('test/e2e/clients/node-media-server.ts')
  const program = start(process.execPath, ['--import', 'tsx', script, String(port), folder], {
    timeoutMs: 600_000,
  })
  await program.lines.wait(/^ready$/, 0, 30_000)
  return {
    ...(await peer(program, folder, port)),
    relay: (task) => program.write(JSON.stringify(task)),
    published: (streamPath) => program.lines.wait((line) => line === `published ${streamPath}`),
  }
}

async function peer(program: Program, folder: string, port: number): Promise<RelayPeer> {
  await listening(program, port)
  return {
    program,
    port,
    rtmpUrl: (path) => `rtmp://127.0.0.1:${port}/${path}`,
    stop: async () => {
      await program.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** @throws Error with what the program said, when nobody listens within 10 s */
async function listening(program: Program, port: number): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await isOpen(port))) {
    if (program.hasEnded() || Date.now() > deadline)
      throw new Error(`nobody listens on ${port}:\n${program.lines.all.join('\n')}`)
    await new Promise((done) => setTimeout(done, 20))
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const tell = (is: boolean) => (): void => {
      socket.destroy()
      done(is)
    }
    socket.once('connect', tell(true)).once('error', tell(false))
  })
}
