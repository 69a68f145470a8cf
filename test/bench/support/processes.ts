/** Servers as processes of their own, so that their CPU time and memory can be told from the bench's. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { endedWithBench } from './children.js'
import { pause } from './measure.js'

export interface Ports {
  readonly rtmp: number
  readonly http: number
  readonly psyc: number
}

/** Commands of a connection are limited in the field; a bench wants to know what is possible. */
const benchConfig = { logLevel: 'warn', limits: { commandsPerSecond: 1_000_000_000 } }

const START_MS = 15_000
const TICKS_PER_SECOND = 100 // USER_HZ, the same on every Linux

export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly ports: Ports,
  ) {}

  /**
   * The built program on free ports.
   * @param config laid over the bench's own
   * @param psycPort where the configuration has to name a uniform of the node
   * @throws Error when it is not built, or does not start
   */
  static async gateway(config: Readonly<Record<string, unknown>> = {}, psycPort = 0): Promise<ServerProcess> {
    const cli = resolve('dist/cli.js')
    if (!existsSync(cli)) throw new Error('dist/cli.js is not there: npm run build')
    const folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-bench-'))
    const configFile = join(folder, 'config.json')
    await writeFile(configFile, JSON.stringify({ ...benchConfig, ...config }))
    const ports = ['--rtmp-port', '0', '--http-port', '0', '--psyc-port', String(psycPort)]
    const ready = join(folder, 'ready.json')
    const files = ['--config', configFile, '--data', folder, '--ready-file', ready]
    return ServerProcess.ready([cli, 'start', ...ports, ...files], folder, ready)
  }

  /**
   * A bare server that returns every byte to the one who sent it, or passes it on to all: what Node and the kernel
   * take for the same traffic.
   */
  static async floor(whom: 'one' | 'all' = 'one'): Promise<ServerProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-bench-'))
    const ready = join(folder, 'ready.json')
    const program = resolve('test/bench/support/echo-floor.ts')
    return ServerProcess.ready(['--import', 'tsx', program, ready, whom], folder, ready)
  }

  private static async ready(args: readonly string[], folder: string, file: string): Promise<ServerProcess> {
    const child = endedWithBench(spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }))
    const deadline = Date.now() + START_MS
    while (!existsSync(file)) {
      if (child.exitCode !== null || Date.now() > deadline) {
        child.kill('SIGKILL')
        throw new Error('the server did not start')
      }
      await pause(10)
    }
    return new ServerProcess(child, folder, JSON.parse(readFileSync(file, 'utf8')) as Ports)
  }

  /** User and system time since it started, in steps of 10 ms. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // the name may hold anything
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      this.child.kill('SIGTERM')
      await once(this.child, 'exit')
    }
    await rm(this.folder, { recursive: true, force: true })
  }

  private get pid(): number {
    return this.child.pid ?? 0
  }
}
