/** `rtmpsyc watch` in this process, and a PSYC server of our own making for it to watch. */
import type { Socket } from 'node:net'
import { watch } from '../../src/cli/watch.js'
import { modern } from '../../src/psyc/session/syntax.js'
import { Packet } from '../../src/psyc/wire/packet.js'
import { defaultLimits } from '../../src/util/limits.js'
import { listen } from './cli-peers.js'
import type { PeerServer } from './cli-peers.js'
import { TextSink } from './cli-run.js'
import type { Ran } from './cli-run.js'

export class Watching {
  private readonly output = new TextSink()
  private readonly errors = new TextSink()
  private readonly interrupt = new AbortController()
  private readonly waiting = new Set<() => void>()
  private readonly ended: Promise<number>
  /** How long it has waited before each attempt to come back, in ms. */
  readonly waits: number[] = []
  private endPause: (() => void) | undefined

  constructor(...args: readonly string[]) {
    const { output, errors, interrupt } = this
    for (const sink of [output, errors]) {
      const write = sink._write.bind(sink)
      sink._write = (chunk: Buffer, encoding, done) => {
        write(chunk, encoding, done)
        this.look()
      }
    }
    this.ended = watch(args, output, errors, interrupt.signal, (ms, stop) => this.pause(ms, stop))
    this.ended.finally(() => this.look()).catch(() => undefined)
  }

  private look(): void {
    for (const look of [...this.waiting]) look()
  }

  /** Until the test lets it try again, or stops it. */
  private pause(ms: number, stop: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.endPause = resolve
      stop.addEventListener('abort', () => resolve(), { once: true })
      this.waits.push(ms)
      this.look()
    })
  }

  /** Resolves once it waits for the nth time to come back, from 1. */
  waitsFor(count: number): Promise<void> {
    return this.until(() => this.waits.length >= count, `wait ${count}`)
  }

  /** The time is over: it tries to come back. */
  tryAgain(): void {
    this.endPause?.()
  }

  get complaints(): string {
    return this.errors.text
  }

  /** Times are "T", the nick of the watcher is "watch-N", its port is "FAR", columns are one blank apart. */
  get text(): string {
    return this.output.text
      .replace(/^\d\d:\d\d:\d\d\.\d{3}/gm, 'T')
      .replace(/"time":"[^"]+"/g, '"time":"T"')
      .replace(/watch-[0-9a-f]{4}/g, 'watch-N')
      .replace(/:-\d+\//g, ':-FAR/')
      .replace(/ +/g, ' ')
  }

  get lines(): string[] {
    return this.text.trimEnd().split('\n')
  }

  /** Resolves once that was written. @throws Error  the end came before it */
  says(text: string | RegExp): Promise<void> {
    return this.until(
      () => (typeof text === 'string' ? this.text.includes(text) : text.test(this.text)),
      `said ${String(text)}`,
    )
  }

  private async until(isSo: () => boolean, what: string): Promise<void> {
    const come = new Promise<boolean>((resolve) => {
      const look = (): void => {
        if (isSo()) resolve(true)
      }
      this.waiting.add(look)
      look()
    })
    const ended = this.ended.then(isSo)
    if (!(await Promise.race([come, ended]))) {
      const { stderr } = await this.end()
      throw new Error(`never ${what}, but:\n${this.text}\n${stderr}`)
    }
  }

  /** As Ctrl-C does. */
  stop(): Promise<Ran> {
    this.interrupt.abort()
    return this.end()
  }

  async end(): Promise<Ran> {
    return { exit: await this.ended, stdout: this.text, stderr: this.errors.text }
  }
}

/** Speaks 1.0 and does what the test says. */
export interface FakeMaster extends PeerServer {
  /** What came, but the greeting. */
  readonly received: Packet[]
}

/** @param take gets each packet, and says something by `send` */
export async function fakeMaster(
  take: (packet: Packet, send: (answer: Packet) => void, socket: Socket) => void,
): Promise<FakeMaster> {
  const received: Packet[] = []
  const server = await listen((socket) => {
    const parser = modern.parser(defaultLimits)
    const send = (packet: Packet): void => void socket.write(modern.render(packet))
    socket.write('|\n')
    socket.on('data', (bytes) => {
      parser.receive(new Uint8Array(bytes))
      for (let packet = parser.next(); packet !== undefined; packet = parser.next()) {
        if (packet.method === '_request_features') {
          const source = `psyc://127.0.0.1:${socket.localPort ?? 0}/`
          send(Packet.of({ _source: source }, '_notice_circuit_established'))
        }
        if (packet.method === '_request_circuit_shutdown') socket.end()
        if (packet.method === '' && packet.stateOperation === undefined) continue
        received.push(packet)
        take(packet, send, socket)
      }
    })
  })
  return { ...server, received }
}
