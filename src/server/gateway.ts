/**
 * The composition root: builds every part, opens the ports, and owns the order of shutting down [design 11].
 */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { NetConnection } from '../rtmp/session/events.js'
import type { Log } from '../util/log.js'
import { LoopTurn, TimerDriver } from './clock.js'
import type { Config } from './config-schema.js'
import type { Protocol } from './door.js'
import { homePage } from './home-page.js'
import { HttpDoor } from './http.js'
import { Listeners } from './listener.js'
import { answerPolicyRequest } from './policy.js'
import { servePsyc } from './psyc-connection.js'
import { serveRtmp } from './rtmp-connection.js'
import { buildWorld } from './world.js'
import type { World } from './world.js'

export interface GatewayOptions {
  readonly config: Config
  readonly log: Log
  readonly version: string
  /** Where the compiled modules and the examples lie, for HTTP. */
  readonly folders: {
    readonly modules: string
    readonly examples: string
    /** Ruffle's files, for the Flash example in a browser; undefined when they are not installed. */
    readonly ruffle?: string | undefined
  }
}

export interface Ports {
  readonly rtmp: number
  readonly http: number
  readonly psyc: number
}

const STOP_GRACE_MS = 200 // design 11: between the shutdown notice and the close
const STOP_MOST_MS = 8_000 // design 11 allows 10 s in all

export class Gateway {
  private readonly listeners: Listeners
  private readonly driver: TimerDriver
  private readonly turn: LoopTurn
  private readonly connections = new Set<NetConnection>()
  private http: HttpDoor | undefined
  private world: World | undefined
  private ports: Ports | undefined
  private stopping: Promise<void> | undefined

  constructor(private readonly options: GatewayOptions) {
    const { config, log } = options
    this.driver = new TimerDriver(log)
    this.turn = new LoopTurn(log)
    this.listeners = new Listeners(config.limits, log, (protocol, socket) => this.enter(protocol, socket))
  }

  /**
   * Open all ports. The PSYC port first: its number is part of every uniform.
   * @throws ConfigError CONFIG_LISTEN  nothing is left open
   */
  async start(): Promise<Ports> {
    const { config } = this.options
    try {
      const psyc = await this.listeners.listen(config.psycPort, config.bind, 'PSYC')
      this.world = buildWorld({
        ...this.options,
        psycPort: psyc,
        timers: this.driver.timers,
        turn: this.turn,
      })
      this.http = this.buildHttp()
      const rtmp = await this.listeners.listen(config.rtmpPort, config.bind, 'RTMP')
      const http = await this.listeners.listen(config.httpPort, config.bind, 'HTTP')
      this.ports = { rtmp, http, psyc }
    } catch (error) {
      this.listeners.stop()
      this.listeners.destroy()
      this.driver.stop()
      throw error
    }
    return this.ports
  }

  /** What to tell the one who started us: where it listens and what to type next. */
  greeting(): string {
    const { config } = this.options
    const { rtmp = 0, http = 0, psyc = 0 } = this.ports ?? {}
    const isLocal = config.bind === '127.0.0.1' || config.bind === '::1'
    const others = isLocal
      ? 'Only this machine can connect. To serve others: --bind 0.0.0.0 --host NAME\n'
      : ''
    return (
      `rtmpsyc ${this.options.version} is up.\n` +
      `  RTMP   rtmp://${config.host}:${rtmp}/chat/lobby\n` +
      `  HTTP   http://${config.host}:${http}/\n` +
      `  PSYC   ${this.world?.node.root.text ?? `psyc://${config.host}:${psyc}/`}\n${others}`
    )
  }

  /** In order, within ten seconds: notice, grace, close, flush [design 11]. May be called twice. */
  stop(): Promise<void> {
    this.stopping ??= this.stopInOrder()
    return this.stopping
  }

  private async stopInOrder(): Promise<void> {
    this.listeners.stop()
    this.world?.announceShutdown()
    for (const connection of this.connections) {
      connection.status({
        level: 'error',
        code: 'NetConnection.Connect.AppShutdown',
        description: 'The server is shutting down.',
      })
    }
    await pause(STOP_GRACE_MS)
    for (const connection of this.connections) connection.close()
    this.world?.close()
    const end = Date.now() + STOP_MOST_MS
    this.http?.close()
    while (this.listeners.openConnections > 0 && Date.now() < end) await pause(20)
    this.listeners.destroy()
    this.driver.stop()
  }

  private buildHttp(): HttpDoor {
    const { config, log, folders } = this.options
    return new HttpDoor({
      mounts: [
        { prefix: '/lib/', folder: folders.modules },
        { prefix: '/examples/', folder: folders.examples },
        ...(folders.ruffle === undefined ? [] : [{ prefix: '/ruffle/', folder: folders.ruffle }]),
      ],
      origins: config.http.origins,
      limits: config.limits,
      log,
      home: () => homePage(this.options.version, this.ports),
      openRtmp: (stream, remoteAddress) => this.openRtmp(stream, remoteAddress),
      openPsyc: (stream, address, port) => this.openPsyc(stream, address, port),
    })
  }

  private enter(protocol: Protocol, socket: Socket): void {
    const { log, config } = this.options
    const { limits } = config
    const remoteAddress = socket.remoteAddress ?? ''
    switch (protocol) {
      case 'rtmp':
        this.openRtmp(socket, remoteAddress)
        break
      case 'psyc':
        this.openPsyc(socket, remoteAddress, socket.remotePort ?? 0)
        break
      case 'http':
        this.http?.accept(socket)
        break
      case 'policy':
        answerPolicyRequest(socket, Object.values(this.ports ?? {}) as number[], limits.doorMs, log)
        break
      case 'rtmpe':
      case 'tls':
      case 'unknown':
        log.warn(
          { remoteAddress, protocol },
          'connection closed: its first byte asks for a protocol we do not speak',
        )
        socket.destroy()
    }
  }

  private openRtmp(socket: Duplex, remoteAddress: string): void {
    const { world, driver, turn } = this
    const { config, log } = this.options
    if (world === undefined) return
    const connection = serveRtmp(socket, remoteAddress, {
      timers: driver.timers,
      turn,
      limits: config.limits,
      log,
      newId: () => world.newId(),
      handlerFor: (made, address) => world.flashClient(made, address),
    })
    this.connections.add(connection)
    socket.once('close', () => this.connections.delete(connection))
  }

  private openPsyc(socket: Duplex, address: string, port: number): void {
    if (this.world === undefined) return
    const { log } = this.options
    servePsyc(socket, { address, port, isEncrypted: false }, { node: this.world.node, turn: this.turn, log })
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
