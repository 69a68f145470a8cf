/** What a node serves over HTTP, put together: files, recordings, RTMPT, streams, and WebSockets of both protocols. */
import type { Log } from '../util/log.js'
import type { Timers } from '../util/timers.js'
import type { Config } from './config-schema.js'
import { homePage } from './home-page.js'
import { HttpFlv } from './http-flv.js'
import { HttpDoor } from './http.js'
import type { HttpOptions, HttpRoute, Mount } from './http.js'
import type { Ports } from './ports.js'
import type { ReadRests } from './read-rests.js'
import { recordingsRoute } from './recordings/recordings-route.js'
import type { Unfinished } from './unfinished.js'
import type { World } from './world.js'

/** Where the compiled modules and the examples lie. */
export interface HttpFolders {
  readonly modules: string
  readonly examples: string
  /** Ruffle's files, for the Flash example in a browser; undefined when they are not installed. */
  readonly ruffle?: string | undefined
  /** mpegts.js, for the player in a browser; undefined when it is not installed. */
  readonly mpegts?: string | undefined
}

export interface HttpSiteOptions extends Pick<HttpOptions, 'openRtmp' | 'openPsyc'> {
  readonly config: Config
  readonly log: Log
  /** Of what happens to connections. */
  readonly doorLog: Log
  readonly version: string
  readonly folders?: HttpFolders
  readonly world: World
  readonly unfinished: Unfinished
  readonly rests: ReadRests
  readonly timers: Timers
  readonly rtmpt: HttpRoute
  /** Once they are open. */
  ports(): Ports | undefined
}

export function buildHttp(options: HttpSiteOptions): HttpDoor {
  const { config, doorLog: log } = options
  const { limits, http } = config
  const flv = httpFlv(options)
  return new HttpDoor({
    mounts: mounts(options.folders),
    routes: [recordings(options), options.rtmpt, flv.route],
    webSocketRoutes: [flv.webSocketRoute],
    origins: http.origins,
    limits,
    log,
    home: () => homePage(options.version, options.ports()),
    announceShutdown: () => flv.close(),
    openRtmp: (stream, address) => options.openRtmp(stream, address),
    openPsyc: (stream, peer) => options.openPsyc(stream, peer),
  })
}

function mounts(folders: HttpFolders | undefined): Mount[] {
  if (folders === undefined) return []
  return [
    { prefix: '/lib/', folder: folders.modules },
    { prefix: '/examples/', folder: folders.examples },
    ...(folders.ruffle === undefined ? [] : [{ prefix: '/ruffle/', folder: folders.ruffle }]),
    ...(folders.mpegts === undefined ? [] : [{ prefix: '/mpegts/', folder: folders.mpegts }]),
  ]
}

function httpFlv({ world, config, log, timers, unfinished, rests }: HttpSiteOptions): HttpFlv {
  const { hub, access, node } = world
  return new HttpFlv({
    ...{ hub, access, log, unfinished, rests, root: node.root.text, limits: config.limits, timers },
    origins: config.http.origins,
    app: (name) => config.app(name),
  })
}

function recordings({ world, config }: HttpSiteOptions): HttpRoute {
  const { recordings, access } = world
  const { origins } = config.http
  const { list } = config.recordings
  const isApp = (name: string): boolean => config.app(name) !== undefined
  return recordingsRoute({ recordings, access, list, origins, isApp })
}
