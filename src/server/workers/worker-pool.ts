/**
 * In the primary: the processes that carry players [design 10]. The primary stays the one PSYC node and holds places,
 * objects, publications and every decision; a worker has the sockets of its clients, takes their chunks apart, and
 * fans out the streams that it is fed once each.
 */
import { type ChildProcess, fork } from 'node:child_process'
import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import type { NetConnection } from '../../rtmp/session/events.js'
import type { Limits } from '../../util/limits.js'
import { BackOff } from '../back-off.js'
import type { RtmpServices } from '../rtmp-connection.js'
import { WorkerLink } from './worker-link.js'

/** What a worker is told first. */
export interface WorkerSettings {
  readonly kind: 'settings'
  readonly limits: Limits
  readonly logLevel: string
}

export interface WorkerPoolOptions extends RtmpServices {
  readonly count: number
  readonly logLevel: string
  /** The program and its arguments that make a worker of it. */
  readonly program: { readonly file: string; readonly args: readonly string[] }
}

const STABLE_MS = 30_000 // ours: a worker that lived so long was a good one
export const LINK_FD = 4

export class WorkerPool {
  private readonly links = new Set<WorkerLink>()
  private isStopped = false

  constructor(private readonly options: WorkerPoolOptions) {
    for (let at = 0; at < options.count; at++) this.start()
  }

  /**
   * @param socket with the client's first bytes still in it
   * @returns undefined when there is no worker just now: serve it here
   */
  take(socket: Socket): NetConnection | undefined {
    let least: WorkerLink | undefined
    for (const link of this.links) if (least === undefined || link.size < least.size) least = link
    return least?.take(socket)
  }

  /** Workers end when their link does, after what is under way has been flushed. */
  stop(): void {
    this.isStopped = true
    for (const { child } of this.links) child.disconnect()
  }

  /** @param backOff of all that take the place of one another: who dies at once is not to be started in a loop */
  private start(backOff = new BackOff(() => Math.random())): void {
    const { program, limits, logLevel, log, timers } = this.options
    const child: ChildProcess = fork(program.file, program.args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
      serialization: 'advanced',
    })
    child.on('error', (error) => log.error({ err: error }, 'a worker failed'))
    if (child.pid === undefined) {
      this.startLater(backOff) // no process or no file could be had; such a child never exits
      return
    }
    const link = new WorkerLink(child, child.stdio[LINK_FD] as unknown as Duplex, this.options)
    const settings: WorkerSettings = { kind: 'settings', limits, logLevel }
    child.send(settings)
    this.links.add(link)
    const stable = timers.after(STABLE_MS, () => backOff.reset())
    child.once('exit', (code, signal) => {
      this.links.delete(link)
      link.lost()
      stable.cancel()
      if (this.isStopped) return
      log.error({ code, signal }, 'a worker ended: its clients are gone, and another one is started')
      this.startLater(backOff)
    })
  }

  private startLater(backOff: BackOff): void {
    this.options.timers.after(backOff.next(), () => this.isStopped || this.start(backOff))
  }
}
