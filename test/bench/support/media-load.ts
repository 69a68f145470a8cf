/** test/e2e/clients/media-load.c, built for the run: publishers, players and visitors that cost little beside a server. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { isInstalled, run, start } from '../../e2e/support/program.js'
import type { Program } from '../../e2e/support/program.js'

/** Since "measure". Times are -1 where there is nothing to be told. */
export interface LoadFigures {
  readonly seconds: number
  /** Clients that have what they asked for. */
  readonly live: number
  readonly failed: number
  /** Closed by the server after they had it. */
  readonly closed: number
  /** Of players who are not slow, or of all publishers. */
  readonly messages: number
  readonly bytes: number
  readonly lost: number
  readonly reordered: number
  readonly corrupt: number
  readonly slowMessages: number
  readonly slowLost: number
  readonly visits: number
  readonly latencyMs: number
  readonly latencyP99Ms: number
  readonly setupMs: number
  readonly setupP99Ms: number
  readonly lineMs: number
  readonly slowLines: number
  readonly slowLineMs: number
  readonly slowLineMostMs: number
  /** Of the load itself. */
  readonly cpuSeconds: number
}

export interface LoadTarget {
  readonly port: number
  readonly app: string
  readonly stream: string
}

type Mode = 'publish' | 'play' | 'visit'

const RUN_MS = 120_000

export class MediaLoadBuild {
  private constructor(private readonly folder: string) {}

  /** @throws Error when there is no compiler */
  static async make(): Promise<MediaLoadBuild> {
    if (!isInstalled('cc')) throw new Error('the load is a C program: a compiler `cc` is needed')
    const folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-load-'))
    const source = resolve('test/e2e/clients/media-load.c')
    await run('cc', ['-O2', '-Wall', '-o', join(folder, 'media-load'), source])
    return new MediaLoadBuild(folder)
  }

  /** Resolves when all are in, or it is clear who is not. @throws Error when nobody is */
  async start(
    mode: Mode,
    { port, app, stream }: LoadTarget,
    options: Readonly<Record<string, number>> = {},
  ): Promise<MediaLoad> {
    const words = Object.entries(options).map(([key, value]) => `${key}=${value}`)
    const args = [mode, String(port), app, stream, ...words]
    const program = start(join(this.folder, 'media-load'), args, { timeoutMs: RUN_MS })
    const ready = await program.lines.wait(/^ready/, 0, 40_000)
    if (mode !== 'visit' && ready === 'ready 0') throw new Error(`nobody could ${mode} on port ${port}`)
    return new MediaLoad(program)
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true })
  }
}

export class MediaLoad {
  constructor(private readonly program: Program) {}

  measure(): void {
    this.program.write('measure')
  }

  async report(): Promise<LoadFigures> {
    const since = this.program.lines.all.length
    this.program.write('report')
    return JSON.parse(await this.program.lines.wait(/^{/, since)) as LoadFigures
  }

  async stop(): Promise<void> {
    await this.program.stop()
  }
}
