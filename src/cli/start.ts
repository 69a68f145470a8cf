/** `rtmpsyc start`: configuration → running node; SIGTERM and SIGINT end it in order. */
import { renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Gateway } from '../server/gateway.js'
import { guardedFromRejections } from '../server/guard.js'
import { ConfigError } from '../util/errors.js'
import { letHeapGrow } from './heap.js'
import { openLog } from './log.js'
import { readOptions } from './options.js'
import { packageFolder, packageVersion } from './package-files.js'

/**
 * Resolves once the node has stopped.
 * @param dist folder of the compiled modules
 */
export async function start(args: readonly string[], dist: string): Promise<number> {
  letHeapGrow()
  const packageRoot = dirname(dist)
  const { config, readyFile } = await readOptions(args)
  const log = openLog(config.logLevel, null)
  guardedFromRejections(log)
  const gateway = new Gateway({
    config,
    log,
    version: packageVersion(packageRoot),
    workerProgram: { file: join(dist, 'cli.js'), args: ['worker'] },
    folders: {
      modules: dist,
      examples: join(packageRoot, 'examples'),
      ruffle: packageFolder(packageRoot, '@ruffle-rs/ruffle'),
      mpegts: packageFolder(packageRoot, 'mpegts.js/dist'),
    },
  })
  const stopped = new Promise<void>((resolve) => {
    const stop = (signal: string): void => {
      log.info({ signal }, 'stopping')
      gateway.stop().then(resolve, resolve)
    }
    process.once('SIGTERM', stop)
    process.once('SIGINT', stop)
  })
  const ports = await gateway.start()
  try {
    if (readyFile !== undefined) writeWhole(readyFile, `${JSON.stringify(ports)}\n`)
  } catch (error) {
    await gateway.stop() // whoever waits for the file would wait for ever
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError('CONFIG_INVALID', `cannot be written: ${reason}`, '--ready-file')
  }
  process.stdout.write(gateway.greeting())
  await stopped
  return 0
}

/** Nobody ever reads half a file. */
function writeWhole(file: string, text: string): void {
  const partial = `${file}.${process.pid}`
  writeFileSync(partial, text)
  renameSync(partial, file)
}
