/**
 * The composition root: builds every part, opens the ports, and owns the order of shutting down [design 11].
 */
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Peer } from '../psyc/session/peer.js'
import { ConfigError } from '../util/errors.js'
import type { Limits } from '../util/limits.js'
import { silentLog } from '../util/log.js'
import type { Log } from '../util/log.js'
import { QuietLog, atDoor } from '../util/quiet-log.js'
import { LoopTurn, TimerDriver, systemClock } from './clock.js'
import type { Config, TlsConfig } from './config-schema.js'
import type { Protocol } from './door.js'
import { greeting } from './greeting.js'
import { buildHttp } from './http-site.js'
import type { HttpFolders } from './http-site.js'
import type { HttpDoor } from './http.js'
import { Listeners } from './listener.js'
import type { MediaServer } from './media-server/media-server.js'
import { answerPolicyRequest } from './policy.js'
import type { Ports } from './ports.js'
import type { Relays } from './relay/index.js'
import { tcpConnect } from './psyc-connect.js'
import type { LineServices } from './circuit-line.js'
import { servePsyc } from './psyc-connection.js'
import { connectionsPossible, openFilesAllowed } from './open-files.js'
import { ReadRests } from './read-rests.js'
import { RtmpClients } from './rtmp-clients.js'
import { RtmptDoor } from './rtmpt.js'
import type { Certificate } from './tls-certificate.js'
import type { TlsDoor } from './tls-door.js'
import { buildWorld } from './world.js'
import { Unfinished } from './unfinished.js'
import type { World } from './world.js'

export type { Ports } from './ports.js'

export interface GatewayOptions {
  readonly config: Config
  /** Silent by default; a `pino` is one. */
  readonly log?: Log
  /** What this node calls itself behind "rtmpsyc/". */
  readonly version?: string
  /** The program and its arguments that make a worker of it; undefined: there are no workers. */
  readonly workerProgram?: { readonly file: string; readonly args: readonly string[] }
  /** Where the files lie that are served under /lib/ and /examples/; undefined: none are. Cameras need it. */
  readonly folders?: HttpFolders
}

type Settled = GatewayOptions & Required<Pick<GatewayOptions, 'log' | 'version'>>

const STOP_GRACE_MS = 200 // design 11: between the shutdown notice and the close
const STOP_MOST_MS = 8_000 // design 11 allows 10 s in all

export class Gateway {
  private readonly listeners: Listeners
  /** What strangers do before they are anybody: each that knocks ten thousand times is told of once a minute. */
  private readonly doorLog: Log
  private readonly driver: TimerDriver
  private readonly turn: LoopTurn
  private readonly rests: ReadRests
  private readonly unfinished: Unfinished
  private readonly rtmpt: RtmptDoor
  private tlsDoor: TlsDoor | undefined
  /** Text of `psyc.ca`. */
  private ca: string | undefined
  private http: HttpDoor | undefined
  private rtmp: RtmpClients | undefined
  private mediaServer: MediaServer | undefined
  private relays: Relays | undefined
  private world: World | undefined
  private ports: Ports | undefined
  private stopping: Promise<void> | undefined

  private readonly options: Settled

  constructor(options: GatewayOptions) {
    this.options = { log: silentLog, version: 'embedded', ...options }
    const { config, log } = this.options
    this.driver = new TimerDriver(log)
    this.turn = new LoopTurn(log)
    this.rests = new ReadRests(this.driver.timers)
    this.unfinished = new Unfinished(this.driver.timers, config.limits)
    this.doorLog = new QuietLog(log, systemClock, atDoor)
    this.listeners = new Listeners(this.limitsOfDoor(), this.doorLog, (protocol, socket, isEncrypted) =>
      this.enter(protocol, socket, isEncrypted),
    )
    this.rtmpt = new RtmptDoor({
      ...{ timers: this.driver.timers, turn: this.turn, limits: config.limits, log: this.doorLog },
      unfinished: this.unfinished,
      openRtmp: (stream, remoteAddress) => this.rtmp?.open(stream, remoteAddress),
    })
  }

  /**
   * Open all ports. The PSYC port first: its number is part of every uniform.
   * @throws ConfigError CONFIG_LISTEN, CONFIG_INVALID (the certificate)  nothing is left open
   */
  async start(): Promise<Ports> {
    const { config } = this.options
    try {
      this.ca = readCa(config.psyc.ca)
      if (config.tls !== undefined) await this.loadTls(config.tls)
      const psyc = await this.listeners.listen(config.psycPort, config.bind, 'PSYC')
      if (this.tlsDoor !== undefined) this.tlsDoor.askingPort = psyc
      this.world = buildWorld({
        ...this.options,
        psycPort: psyc,
        timers: this.driver.timers,
        turn: this.turn,
        connect: tcpConnect({ ...this.lineServices(), localAddress: ownAddress(config.bind) }),
      })
      this.rtmp = this.rtmpClients(this.world)
      await this.startWorkers(this.rtmp)
      this.http = this.buildHttp(this.world)
      const rtmp = await this.listeners.listen(config.rtmpPort, config.bind, 'RTMP')
      const http = await this.listeners.listen(config.httpPort, config.bind, 'HTTP')
      this.ports = { rtmp, http, psyc, ...(await this.listenForTls()), ...(await this.startMediaServer()) }
      await this.startRelays(this.world)
    } catch (error) {
      await this.abandon()
      throw error
    }
    return this.ports
  }

  /** It has begun to start, and cannot. */
  private async abandon(): Promise<void> {
    this.listeners.stop()
    this.listeners.destroy()
    this.http?.close()
    this.rtmp?.stopWorkers()
    await this.mediaServer?.stop()
    this.driver.stop()
  }

  private limitsOfDoor(): Limits {
    const { config, log } = this.options
    const connections = connectionsPossible(config.limits.connections, openFilesAllowed(), log)
    return { ...config.limits, connections }
  }

  private async loadTls(tls: TlsConfig): Promise<void> {
    const { config } = this.options
    const { TlsDoor } = await import('./tls-door.js')
    this.tlsDoor = new TlsDoor(tls, config.limits, this.doorLog, this.ca)
    this.listeners.securer = this.tlsDoor
  }

  private rtmpClients(world: World): RtmpClients {
    const { config, log } = this.options
    const { driver, turn, rests, unfinished } = this
    return new RtmpClients({
      ...{ timers: driver.timers, turn, limits: config.limits, log, rests, unfinished },
      newId: () => world.newId(),
      handlerFor: (made, address) => world.flashClient(made, address),
    })
  }

  private async startWorkers(rtmp: RtmpClients): Promise<void> {
    const { config, workerProgram: program } = this.options
    if (config.workers === 0 || program === undefined) return
    await rtmp.startWorkers({ count: config.workers, logLevel: config.logLevel, program })
  }

  private buildHttp(world: World): HttpDoor {
    return buildHttp({
      ...this.options,
      ...{ world, timers: this.driver.timers, rtmpt: this.rtmpt.route, doorLog: this.doorLog },
      ...{ unfinished: this.unfinished, rests: this.rests },
      ports: () => this.ports,
      openRtmp: (stream, remoteAddress) => this.rtmp?.open(stream, remoteAddress),
      openPsyc: (stream, peer) => this.openPsyc(stream, peer),
    })
  }

  private async listenForTls(): Promise<{ readonly tls?: number }> {
    const { bind, tls } = this.options.config
    return tls?.port === undefined ? {} : { tls: await this.listeners.listen(tls.port, bind, 'TLS') }
  }

  private async startMediaServer(): Promise<{ readonly console?: number }> {
    const { world, driver } = this
    const { config, log, folders } = this.options
    if (world === undefined || (config.cameras.length === 0 && config.console === undefined)) return {}
    if (folders === undefined)
      throw new ConfigError('CONFIG_INVALID', 'cameras and the console need `folders` of the Gateway')
    const { startMediaServer } = await import('./media-server/start.js')
    const root = world.node.root.text
    const { timers } = driver
    this.mediaServer = await startMediaServer({
      config,
      log,
      timers,
      hub: world.hub,
      root,
      modules: folders.modules,
    })
    const { consolePort } = this.mediaServer
    return config.console === undefined || consolePort === undefined ? {} : { console: consolePort }
  }

  private async startRelays(world: World): Promise<void> {
    const { driver, turn, rests } = this
    const { config, log } = this.options
    if (config.relay.length === 0) return
    const { startRelays } = await import('./relay/index.js')
    const isOurs = (port: number): boolean => (Object.values(this.ports ?? {}) as number[]).includes(port)
    this.relays = startRelays({ config, world, timers: driver.timers, turn, rests, log, isOurs })
  }

  /** What to tell the one who started us: where it listens and what to type next. */
  greeting(): string {
    const { version, config } = this.options
    return greeting(version, config, this.ports, this.world?.node.root.text)
  }

  /** In order, within ten seconds: notice, grace, close, flush [design 11]. May be called twice. */
  stop(): Promise<void> {
    this.stopping ??= this.stopInOrder()
    return this.stopping
  }

  private async stopInOrder(): Promise<void> {
    const end = systemClock.now() + STOP_MOST_MS
    this.listeners.stop()
    this.relays?.stop()
    this.world?.announceShutdown()
    this.rtmp?.announceShutdown()
    this.http?.announceShutdown()
    await pause(STOP_GRACE_MS)
    this.rtmp?.close()
    this.world?.close()
    await this.mediaServer?.stop()
    await within(end - systemClock.now(), this.world?.recordings.close())
    this.http?.close()
    while (this.isConnected && systemClock.now() < end) await pause(20)
    this.listeners.destroy()
    this.rtmp?.stopWorkers()
    this.driver.stop()
  }

  /** To somebody who called us, or to a node that we have called. */
  private get isConnected(): boolean {
    return this.listeners.openConnections > 0 || (this.world?.node.circuits.length ?? 0) > 0
  }

  /** Somebody is at the door, and has shown what he speaks. */
  private enter(protocol: Protocol, socket: Socket, isEncrypted: boolean): void {
    const { doorLog: log } = this
    const { limits } = this.options.config
    const remoteAddress = socket.remoteAddress ?? ''
    switch (protocol) {
      case 'rtmp':
        this.rtmp?.open(socket, remoteAddress, isEncrypted ? undefined : socket)
        break
      case 'psyc':
        this.openPsyc(socket, {
          ...{ address: remoteAddress, port: socket.remotePort ?? 0, isEncrypted },
          certifiedHosts: isEncrypted ? this.tlsDoor?.clientHosts(socket) : undefined,
        })
        break
      case 'http':
        this.http?.accept(socket)
        break
      case 'policy':
        answerPolicyRequest(socket, this.flashPorts(), limits.doorMs, log)
        break
      case 'tls':
        log.warn(
          { remoteAddress },
          isEncrypted
            ? 'connection closed: TLS within TLS'
            : 'connection closed: it asks for TLS; give tls.cert and tls.key in the configuration to serve it',
        )
        socket.destroy()
        break
      case 'unknown':
        log.warn({ remoteAddress }, 'connection closed: its first byte begins no protocol that we speak')
        socket.destroy()
    }
  }

  /** Where a Flash program may open sockets: everywhere but at the console, which has cookies. */
  private flashPorts(): number[] {
    const { rtmp, http, psyc, tls } = this.ports ?? { rtmp: 0, http: 0, psyc: 0 }
    return [rtmp, http, psyc, ...(tls === undefined ? [] : [tls])]
  }

  private openPsyc(socket: Duplex, peer: Peer): void {
    if (this.world === undefined) return
    servePsyc(socket, peer, { ...this.lineServices(), node: this.world.node })
  }

  private lineServices(): LineServices & { readonly limits: Limits } {
    const { config, log } = this.options
    const own = (): Certificate | undefined => this.tlsDoor?.certificate
    const credentials = {
      own: () => own()?.context,
      shown: () => (own()?.isFor(config.host) === true ? own()?.context : undefined),
      ca: this.ca,
    }
    const { turn, unfinished } = this
    return { turn, log, limits: config.limits, credentials, unfinished }
  }
}

/** Where our own connections come from, if the machine is not free to choose: peers compare it with our host. */
function ownAddress(bind: string): string | undefined {
  return bind === '0.0.0.0' || bind === '::' ? undefined : bind
}

/** @throws ConfigError CONFIG_INVALID */
function readCa(file: string): string | undefined {
  if (file === '') return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError('CONFIG_INVALID', `cannot be read: ${reason}`, 'psyc.ca')
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Wait for it, but no longer than that. */
async function within(ms: number, what: Promise<void> | undefined): Promise<void> {
  let timeout: NodeJS.Timeout | undefined
  const end = new Promise<void>((resolve) => (timeout = setTimeout(resolve, ms)))
  await Promise.race([what, end])
  clearTimeout(timeout)
}
