/** Many nodes in one process, each as if it were started by itself. */
import { start } from '../../e2e/support/program.js'
import type { Program, ProgramOptions } from '../../e2e/support/program.js'

/** The command line looks at its arguments as it is loaded, and is loaded anew for each node; the modules below it once. */
const source = `
import { createInterface } from 'node:readline'
const input = createInterface({ input: process.stdin })
let nodes = 0
input.on('line', (line) => {
  const { cli, args } = JSON.parse(line)
  process.argv = [process.execPath, cli, ...args]
  void import(cli + '?' + ++nodes)
})
process.setMaxListeners(0) // each node listens for signals
process.once('SIGTERM', () => input.close())
`

/** For `startServer`'s `within`. A signal, and so `stop`, is for all of its nodes. */
export function startProcess(options: ProgramOptions): Program {
  return start(process.execPath, ['--input-type=module', '--eval', source], options)
}
