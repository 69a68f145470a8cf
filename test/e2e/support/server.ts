/** The server under test: the built program, on free ports, with a data folder and configuration of its own. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { start } from './program.js'
import type { Program, ProgramOptions } from './program.js'

export interface Server {
  readonly program: Program
  /** Where it listens: "127.0.0.1", unless its configuration names another `bind`. */
  readonly address: string
  readonly ports: { readonly rtmp: number; readonly http: number; readonly psyc: number }
  /** "psyc://localhost:PORT/" */
  readonly root: string
  /** "rtmp://127.0.0.1:PORT/chat/lobby" */
  rtmpUrl(path: string): string
  httpUrl(path: string): string
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
}

export interface ServerOptions extends ProgramOptions {
  /** A process that runs the command line for each line it reads, `{cli, args}` in JSON; by default one is started for it. */
  readonly within?: Program | undefined
}

const cli = resolve('dist/cli.js')

/** A port that nobody listens on at the moment. */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  const server = createServer().listen(0, address)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/**
 * @param config as in the configuration file
 * @param psycPort where the configuration has to name a uniform of this node; else any free one
 * @param options `timeoutMs`: ended after this, 5 minutes if nothing is said
 */
export async function startServer(
  config: Readonly<Record<string, unknown>> = {},
  psycPort = 0,
  options: ServerOptions = {},
): Promise<Server> {
  if (!existsSync(cli)) throw new Error('dist/cli.js is not there: npm run build')
  const folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-'))
  const configFile = join(folder, 'config.json')
  const readyFile = join(folder, 'ready.json')
  await writeFile(configFile, JSON.stringify(config))
  const ports = ['--rtmp-port', '0', '--http-port', '0', '--psyc-port', String(psycPort), '--data', folder]
  const args = ['start', '--config', configFile, ...ports, '--ready-file', readyFile]
  const { within, ...programOptions } = options
  within?.write(JSON.stringify({ cli, args }))
  const program =
    within ?? start(process.execPath, [cli, ...args], { timeoutMs: 300_000, cwd: folder, ...programOptions })
  const ready = await readyPorts(program, readyFile)
  const { bind: address = '127.0.0.1', host = 'localhost' } = config as { bind?: string; host?: string }
  return {
    program,
    address,
    ports: ready,
    root: `psyc://${host}:${ready.psyc}/`,
    rtmpUrl: (path) => `rtmp://${address}:${ready.rtmp}/${path}`,
    httpUrl: (path) => `http://${address}:${ready.http}/${path}`,
    stop: async () => {
      const { code } = await program.stop()
      await rm(folder, { recursive: true, force: true })
      return code
    },
  }
}

/** The file is written in one go once all ports are open. */
async function readyPorts(program: Program, readyFile: string): Promise<Server['ports']> {
  const deadline = Date.now() + 15_000
  while (!existsSync(readyFile)) {
    if (program.hasEnded() || Date.now() > deadline)
      throw new Error(`the server did not start:\n${program.lines.all.join('\n')}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return JSON.parse(await readFile(readyFile, 'utf8')) as Server['ports']
}
