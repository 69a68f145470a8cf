/** The RTMP clients of a node, whatever door they came by: served in this process, or in a worker if there are any. */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { NetConnection } from '../rtmp/session/events.js'
import { shutdownStatus } from '../rtmp/session/status.js'
import { serveRtmp } from './rtmp-connection.js'
import type { RtmpServices } from './rtmp-connection.js'
import type { WorkerPool, WorkerPoolOptions } from './workers/worker-pool.js'

export class RtmpClients {
  private readonly connections = new Set<NetConnection>()
  private workers: WorkerPool | undefined

  constructor(private readonly services: RtmpServices) {}

  async startWorkers(settings: Omit<WorkerPoolOptions, keyof RtmpServices>): Promise<void> {
    const { WorkerPool } = await import('./workers/worker-pool.js')
    this.workers = new WorkerPool({ ...this.services, ...settings })
  }

  /** @param plain the socket itself, when a worker could take it */
  open(stream: Duplex, remoteAddress: string, plain?: Socket): void {
    const connection = (plain && this.workers?.take(plain)) ?? serveRtmp(stream, remoteAddress, this.services)
    this.connections.add(connection)
    stream.once('close', () => this.connections.delete(connection))
  }

  announceShutdown(): void {
    for (const connection of this.connections) {
      connection.status(shutdownStatus(connection.canReconnect))
    }
  }

  close(): void {
    for (const connection of this.connections) connection.close()
  }

  /** After what is under way has been flushed. */
  stopWorkers(): void {
    this.workers?.stop()
  }
}
