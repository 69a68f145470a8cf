/**
 * node-media-server, behind a thread of its own: cameras become streams of the hub, and its console shows the streams
 * of the node. What it prints comes to the log; when it ends, for whatever reason, what it published ends with it, and
 * it is started again.
 */
import { Worker } from 'node:worker_threads'
import type { Hub, Stream } from '../../media/hub.js'
import type { StreamAddress } from '../../media/stream-address.js'
import { isSequenceHeader } from '../../media/tags.js'
import { exactName, placeResource } from '../../translate/name.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import type { Timers } from '../../util/timers.js'
import { guarded } from '../guard.js'
import { CameraStream, isBadMedia } from './camera-stream.js'
import { FedPlayer } from './fed-player.js'
import type { FromMediaServer, MediaServerSettings, ToMediaServer } from './messages.js'

export interface MediaServerOptions {
  readonly hub: Hub
  /** The compiled thread. */
  readonly workerFile: string
  readonly cameras: readonly { readonly url: string; readonly address: StreamAddress }[]
  readonly console: ConsoleOptions | undefined
  readonly limits: Limits
  readonly timers: Timers
  readonly log: Log
}

export interface ConsoleOptions {
  readonly bind: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly folder: string
}

const RESTART_MS = 1_000 // ours: doubled each time until it is ready again
const RESTART_MOST_MS = 30_000
const STOP_MS = 2_000
const HEAP_MB = 256 // ours: a thread that wants more is ended and started again

export class MediaServer {
  private worker: Worker | undefined
  private restartMs = RESTART_MS
  private isStopped = false
  /** By node-media-server's name. */
  private readonly cameras = new Map<string, CameraStream>()
  private readonly fed = new Map<string, FedPlayer>()
  private readonly pathOf = new Map<string, string>()
  private readonly addressOf = new Map<string, StreamAddress>()
  private readonly unwatch: () => void
  private port: number | undefined

  constructor(private readonly options: MediaServerOptions) {
    const { hub, cameras } = options
    for (const { address } of cameras) this.addressOf.set(this.pathFor(address), address)
    const hasConsole = options.console !== undefined
    this.unwatch = hub.watch({
      published: (stream) => hasConsole && this.feed(stream),
      unpublished: (stream) => this.unfeed(stream),
    })
  }

  /** Where the console listens. */
  get consolePort(): number | undefined {
    return this.port
  }

  /** Resolves when it is ready. @throws Error  it ended before that: the port of the console is in use */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = this.run()
      worker.once('exit', () => reject(new Error('node-media-server did not start')))
      worker.on('message', ({ kind }: FromMediaServer) => {
        if (kind === 'ready') resolve()
      })
    })
  }

  async stop(): Promise<void> {
    this.isStopped = true
    this.unwatch()
    const { worker } = this
    this.lost()
    if (worker === undefined) return
    const exited = new Promise((resolve) => worker.once('exit', resolve))
    worker.postMessage({ kind: 'stop' } satisfies ToMediaServer)
    const timeout = setTimeout(() => void worker.terminate(), STOP_MS)
    await exited
    clearTimeout(timeout)
  }

  private run(): Worker {
    const { log } = this.options
    const worker = new Worker(this.options.workerFile, {
      workerData: this.settings(),
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    })
    this.worker = worker
    worker.stdout.resume()
    worker.stderr.resume()
    worker.on('message', (message: FromMediaServer) => guarded(log, () => this.take(message)))
    worker.on('error', (error) => log.error({ err: error }, 'node-media-server failed'))
    worker.once('exit', () => {
      this.lost()
      if (!this.isStopped && this.port !== undefined) this.restart()
    })
    return worker
  }

  private restart(): void {
    this.options.timers.after(this.restartMs, () => {
      if (!this.isStopped) this.run()
    })
    this.restartMs = Math.min(this.restartMs * 2, RESTART_MOST_MS)
  }

  private settings(): MediaServerSettings {
    const { cameras, limits } = this.options
    const { messageBytes, queueBytes, httpHeaderBytes, doorMs, connectionsPerAddress } = limits
    return {
      cameras: cameras.map(({ url, address }) => ({ url, path: this.pathFor(address) })),
      console: this.options.console && {
        ...this.options.console,
        ...{ headerBytes: httpHeaderBytes, requestMs: doorMs, connections: connectionsPerAddress },
      },
      ...{ messageBytes, queueBytes, silenceMs: limits.cameraSilenceMs },
    }
  }

  private take(message: FromMediaServer): void {
    const { log } = this.options
    switch (message.kind) {
      case 'ready':
        this.port = message.consolePort ?? 0
        this.restartMs = RESTART_MS
        if (this.options.console !== undefined)
          for (const stream of this.options.hub.streams) this.feed(stream)
        break
      case 'log':
        log[message.level]({ by: 'node-media-server' }, message.text)
        break
      case 'camera':
        this.takeCamera(message.path, message.bytes)
        break
      case 'cameraEnded':
        this.endCamera(message.path)
        break
      case 'taken':
        this.fed.get(message.path)?.taken(message.length)
    }
  }

  private takeCamera(path: string, bytes: Uint8Array): void {
    this.post({ kind: 'taken', path, length: bytes.length })
    const { hub, timers, limits, log } = this.options
    const address = this.addressOf.get(path)
    if (address === undefined) return
    let camera = this.cameras.get(path)
    if (camera === undefined) {
      camera = new CameraStream(address, hub, timers.clock, limits, log, isSequenceHeader)
      this.cameras.set(path, camera)
    }
    try {
      camera.take(bytes)
    } catch (error) {
      if (!isBadMedia(error)) throw error
      log.warn({ err: error, name: address.name }, 'a camera sent what is no media')
      this.endCamera(path)
    }
  }

  private endCamera(path: string): void {
    this.cameras.get(path)?.end()
    this.cameras.delete(path)
  }

  /** Show a stream on the console, unless it comes from there. */
  private feed(stream: Stream): void {
    if (this.worker === undefined || this.port === undefined || !stream.isPublished) return
    const path = this.pathFor(stream.address)
    if (this.fed.has(path) || this.addressOf.has(path)) return
    this.post({ kind: 'published', path })
    this.fed.set(
      path,
      new FedPlayer(stream, (bytes) => this.post({ kind: 'tags', path, bytes }, [bytes.buffer])),
    )
  }

  private unfeed(stream: Stream): void {
    const path = this.pathOf.get(stream.address.key)
    const player = path === undefined ? undefined : this.fed.get(path)
    if (path === undefined || player === undefined) return
    this.fed.delete(path)
    this.pathOf.delete(stream.address.key)
    player.leave()
    this.post({ kind: 'unpublished', path })
  }

  /** The thread is gone: so is what came through it. */
  private lost(): void {
    this.worker = undefined
    for (const path of [...this.cameras.keys()]) this.endCamera(path)
    for (const player of this.fed.values()) player.leave()
    this.fed.clear()
  }

  private post(message: ToMediaServer, owned: ArrayBufferLike[] = []): void {
    this.worker?.postMessage(message, owned as ArrayBuffer[])
  }

  /** Its names hold letters, digits, "_" and "-". Two streams that come to the same are told apart by a number. */
  private pathFor({ key, app, instance, name }: StreamAddress): string {
    const known = this.pathOf.get(key)
    if (known !== undefined) return known
    const { limits } = this.options
    const parts = [placeResource(app, instance, limits).slice(1), exactName(name, limits)]
    const wanted = parts.map((part) => `/${part.replaceAll(/[^a-z0-9_-]/g, '_')}`).join('')
    const taken = new Set(this.pathOf.values())
    let path = wanted
    for (let number = 2; taken.has(path); number++) path = `${wanted}_${number}`
    this.pathOf.set(key, path)
    return path
  }
}
