/** The client programs of test/e2e/clients, driven line by line. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { run, start } from './program.js'
import type { Program } from './program.js'

const sources = resolve('test/e2e/clients')

/** The first line of JSON that is wanted; other lines are passed over. */
async function waitJson<T>(program: Program, wanted: (value: T) => boolean, since = 0): Promise<T> {
  const matches = (line: string): boolean => line.startsWith('{') && wanted(JSON.parse(line) as T)
  return JSON.parse(await program.lines.wait(matches, since)) as T
}

export interface LibrtmpCommand {
  readonly name: string
  readonly transaction: number
  /** Command object first. */
  readonly values: readonly unknown[]
}

/** librtmp.c, built anew with `cc` for each test file that needs it. */
export class LibrtmpBuild {
  private constructor(private readonly folder: string) {}

  static async make(): Promise<LibrtmpBuild> {
    const folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-librtmp-'))
    await run('cc', ['-O1', '-Wall', '-o', join(folder, 'librtmp'), join(sources, 'librtmp.c'), '-lrtmp'])
    return new LibrtmpBuild(folder)
  }

  /** @param connectArguments typed as rtmpdump's --conn takes them: "S:alice", "N:7", "B:1", "Z:", "O:1" … "O:0" */
  async connect(url: string, ...connectArguments: readonly string[]): Promise<LibrtmpClient> {
    // librtmp takes what follows the last "/" for the name of a stream
    const client = new LibrtmpClient(start(join(this.folder, 'librtmp'), [`${url}/`, ...connectArguments]))
    await client.heard(({ transaction }) => transaction === 1)
    return client
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true })
  }
}

export class LibrtmpClient {
  private transactions = 1

  constructor(readonly program: Program) {}

  /** @param args typed like the connect arguments; no tabs and line feeds */
  async call(name: string, ...args: readonly string[]): Promise<LibrtmpCommand> {
    const transaction = ++this.transactions
    this.program.write([name, ...args].join('\t'))
    return this.heard((command) => command.name.startsWith('_') && command.transaction === transaction)
  }

  /** The value of a call that must succeed. */
  async result(name: string, ...args: readonly string[]): Promise<unknown> {
    const answer = await this.call(name, ...args)
    if (answer.name !== '_result') throw new Error(`${name} failed: ${JSON.stringify(answer)}`)
    return answer.values[1]
  }

  heard(wanted: (command: LibrtmpCommand) => boolean, since = 0): Promise<LibrtmpCommand> {
    return waitJson(this.program, wanted, since)
  }

  /** A call of the server by that name with these first arguments. */
  called(name: string, ...args: readonly unknown[]): Promise<LibrtmpCommand> {
    const isIt = (command: LibrtmpCommand): boolean =>
      command.name === name && args.every((arg, at) => command.values[1 + at] === arg)
    return this.heard(isIt)
  }

  async close(): Promise<void> {
    await this.program.stop()
  }
}

export interface ObjectChange {
  readonly code: 'change' | 'success' | 'delete' | 'clear'
  readonly name?: string
  readonly newValue?: unknown
}

export interface ObjectEvent {
  readonly status?: { readonly code: string }
  readonly object?: { readonly code: string }
  readonly sync?: readonly ObjectChange[]
  readonly data?: Readonly<Record<string, unknown>>
  readonly answer?: unknown
  readonly error?: { readonly code: string; readonly description?: string }
  readonly called?: readonly unknown[]
}

/** A process of npm's rtmp-client with one shared object. */
export class ObjectClient {
  private constructor(readonly program: Program) {}

  static async connect(url: string, ...connectArguments: readonly unknown[]): Promise<ObjectClient> {
    const script = ['--import', 'tsx', join(sources, 'object.ts')]
    const args = connectArguments.map((value) => JSON.stringify(value))
    const client = new ObjectClient(start(process.execPath, [...script, url, ...args]))
    await client.heard(({ status }) => status?.code === 'NetConnection.Connect.Success')
    return client
  }

  /** One of the actions of object.ts. */
  write(...words: readonly string[]): void {
    this.program.write(words.join('\t'))
  }

  heard(wanted: (event: ObjectEvent) => boolean, since = 0): Promise<ObjectEvent> {
    return waitJson(this.program, wanted, since)
  }

  /** A call of the server by that name with these first arguments. */
  called(name: string, ...args: readonly unknown[]): Promise<ObjectEvent> {
    return this.heard(({ called }) => called?.[0] === name && args.every((arg, at) => called[1 + at] === arg))
  }

  /** Call and wait for the answer: one at a time. */
  call(name: string, ...args: readonly unknown[]): Promise<ObjectEvent> {
    const since = this.now
    this.write('call', name, ...args.map((value) => JSON.stringify(value)))
    return this.heard((event) => 'answer' in event || 'error' in event, since)
  }

  /** A change of that code (and slot, and value). */
  synced(code: ObjectChange['code'], name?: string, newValue?: unknown, since = 0): Promise<ObjectEvent> {
    const isIt = (change: ObjectChange): boolean =>
      change.code === code &&
      (name === undefined || change.name === name) &&
      (newValue === undefined || JSON.stringify(change.newValue) === JSON.stringify(newValue))
    return this.heard(({ sync }) => sync?.some(isIt) ?? false, since)
  }

  async data(): Promise<Readonly<Record<string, unknown>>> {
    const since = this.program.lines.all.length
    this.write('dump')
    return (await this.heard(({ data }) => data !== undefined, since)).data!
  }

  /** How many lines came so far: for `since`. */
  get now(): number {
    return this.program.lines.all.length
  }

  async close(): Promise<void> {
    this.write('quit')
    await this.program.stop()
  }
}
