/** What a process holds, as the system counts it. Linux only. */
import { once } from 'node:events'
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { WebSocket } from 'ws'
import type { Program } from './program.js'

/** The one child of this process whose command line contains that. */
export function childRunning(command: string): number {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const parent = /\) \S (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8'))?.[1]
      const line = readFileSync(`/proc/${entry}/cmdline`, 'utf8')
      if (Number(parent) === process.pid && line.includes(command)) return Number(entry)
    } catch {
      // it ended meanwhile
    }
  }
  throw new Error(`no child runs ${command}`)
}

export interface Memory {
  /** Bytes that the system counts. */
  readonly resident: number
  /** Bytes that the program can reach: objects and buffers. */
  readonly reachable: number
}

/**
 * A line to a running Node process that makes it collect its garbage, so that what is left can be measured: by itself an
 * idle process keeps what it had. Start the process with `debuggerEnvironment`.
 */
export class MemoryProbe {
  private asked = 0

  private constructor(
    private readonly pid: number,
    private readonly socket: WebSocket,
  ) {}

  static async attach(pid: number, program: Program): Promise<MemoryProbe> {
    process.kill(pid, 'SIGUSR1')
    const line = await program.lines.wait(/^Debugger listening on ws:/)
    const socket = new WebSocket(line.slice(line.indexOf('ws:')))
    await once(socket, 'open')
    return new MemoryProbe(pid, socket)
  }

  async measure(): Promise<Memory> {
    for (let round = 0; round < 3; round++) await this.ask('HeapProfiler.collectGarbage', {})
    const expression = '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())'
    const answer = (await this.ask('Runtime.evaluate', { expression })) as { result: { value: number } }
    const pages = Number(readFileSync(`/proc/${this.pid}/statm`, 'utf8').split(' ')[1])
    return { resident: pages * 4096, reachable: answer.result.value }
  }

  /** What keeps its event loop going: kinds of sockets, servers, timers, one entry each. */
  async handles(): Promise<string[]> {
    const answer = (await this.ask('Runtime.evaluate', {
      expression: 'process.getActiveResourcesInfo().join()',
    })) as { result: { value: string } }
    return answer.result.value.split(',')
  }

  detach(): void {
    this.socket.terminate()
  }

  private ask(method: string, params: object): Promise<unknown> {
    const id = ++this.asked
    return new Promise((resolve) => {
      const hear = (data: Buffer): void => {
        const answer = JSON.parse(data.toString()) as { id?: number; result: unknown }
        if (answer.id !== id) return
        this.socket.off('message', hear)
        resolve(answer.result)
      }
      this.socket.on('message', hear)
      this.socket.send(JSON.stringify({ id, method, params }))
    })
  }
}

/** For the process to be measured: its debugger takes any free port, when it is asked to listen. */
export const debuggerEnvironment = '--inspect-port=0'

export function openSockets(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length
}

/** @throws Error with what was seen last, when it does not come true in time */
export async function until<T>(
  look: () => T,
  isGood: (seen: T) => boolean,
  what: string,
  timeoutMs = 10_000,
): Promise<T> {
  const end = Date.now() + timeoutMs
  for (;;) {
    const seen = look()
    if (isGood(seen)) return seen
    if (Date.now() > end) throw new Error(`${what}: still ${String(seen)} after ${timeoutMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
