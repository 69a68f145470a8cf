#!/usr/bin/env node
/** argv → command; exit codes. One file a command in cli/. */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { askedFor } from './cli/command-line.js'
import { packageVersion } from './cli/package-files.js'
import { usage } from './cli/usage.js'
import { nearestName } from './profile/nearest-name.js'
import { GatewayError } from './util/errors.js'

type Command = (args: readonly string[]) => Promise<number>

/** All commands are bundled into this file and its chunks, so only it knows where it is. */
const dist = dirname(fileURLToPath(import.meta.url))

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => {
    const { start } = await import('./cli/start.js')
    return (args) => start(args, dist)
  },
  probe: async () => (await import('./cli/probe.js')).probe,
  watch: async () => (await import('./cli/watch.js')).watch,
  decode: async () => (await import('./cli/decode.js')).decode,
  worker: async () => (await import('./cli/worker.js')).worker,
  check: async () => (await import('./cli/check.js')).check,
}

const EXIT_USAGE = 64

/** `worker` is what the program starts of itself. */
const isForUsers = (name: string): boolean => name !== 'worker'

async function main(args: readonly string[]): Promise<number> {
  const asked = askedFor(args)
  if (asked.kind !== 'command') {
    process.stdout.write(asked.kind === 'help' ? usage : `rtmpsyc ${packageVersion(dirname(dist))}\n`)
    return 0
  }
  const { name } = asked
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (load === undefined) {
    const nearest = nearestName(name, Object.keys(commands).filter(isForUsers))
    const advice = nearest === undefined ? '' : `; did you mean "${nearest}"?`
    process.stderr.write(`rtmpsyc: there is no command "${name}"${advice}\n\n${usage}`)
    return EXIT_USAGE
  }
  const command = await load()
  return command(asked.args)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const isOurs = error instanceof GatewayError
  process.stderr.write(
    `rtmpsyc: ${isOurs ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  )
  process.exitCode = isOurs ? EXIT_USAGE : 1
}
