/** From the configuration to a running node-media-server. */
import { join } from 'node:path'
import type { Hub } from '../../media/hub.js'
import { streamAddress } from '../../translate/name.js'
import { ConfigError, TranslateError } from '../../util/errors.js'
import type { Log } from '../../util/log.js'
import type { Timers } from '../../util/timers.js'
import type { Config } from '../config-schema.js'
import { MediaServer } from './media-server.js'

export interface MediaServerStart {
  readonly config: Config
  readonly hub: Hub
  /** Uniform of this node, as in the keys of streams. */
  readonly root: string
  /** Where the compiled modules lie. */
  readonly modules: string
  readonly timers: Timers
  readonly log: Log
}

/** @throws ConfigError CONFIG_INVALID (the name of a camera), CONFIG_LISTEN (the console's port) */
export async function startMediaServer({
  config,
  root,
  modules,
  ...rest
}: MediaServerStart): Promise<MediaServer> {
  const { limits, bind, data } = config
  const server = new MediaServer({
    ...rest,
    limits,
    workerFile: join(modules, 'server/media-server/worker.js'),
    console: config.console && { ...config.console, bind, folder: join(data, 'console') },
    cameras: config.cameras.map(({ url, ...names }, at) => ({
      url,
      address: cameraAddress(root, names, config, at),
    })),
  })
  try {
    await server.start()
  } catch (error) {
    await server.stop()
    throw new ConfigError('CONFIG_LISTEN', (error as Error).message, 'console.port')
  }
  return server
}

function cameraAddress(
  root: string,
  names: { readonly app: string; readonly instance: string; readonly name: string },
  { limits }: Config,
  at: number,
): ReturnType<typeof streamAddress> {
  try {
    return streamAddress(root, names, limits)
  } catch (error) {
    if (error instanceof TranslateError)
      throw new ConfigError('CONFIG_INVALID', error.message, `cameras.${at}`)
    throw error
  }
}
