/** How a node ends: what it cannot be it says in a sentence, and it goes on when something of it fails. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'

const ports = ['--rtmp-port', '0', '--http-port', '0', '--psyc-port', '0']
const cli = join(__dirname, '../../../src/cli.ts')

test('a ready file that cannot be written', async () => {
  const args = ['start', ...ports, '--ready-file', join(__filename, 'ready')]
  const program = ['--import', 'tsx', cli, ...args]
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  const said = await text(child.stderr)
  expect(said).toMatch(/^rtmpsyc: --ready-file: cannot be written: ENOTDIR: .*\n$/)
  expect(await ended).toEqual([64, null])
}, 60_000)

test('work that fails while nobody waits for it is logged, and the node goes on', async () => {
  const failing = `process.on('SIGUSR2', () => { Promise.reject(new Error('unheard')) })`
  const program = ['--import', 'tsx', '--import', `data:text/javascript,${failing}`, cli, 'start', ...ports]
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(child, 'exit')
  const failures: string[] = []
  for await (const line of createInterface(child.stdout)) {
    if (line.endsWith('is up.')) child.kill('SIGUSR2')
    if (!line.includes('unheard')) continue
    failures.push(line)
    child.kill('SIGTERM')
  }
  expect(failures).toEqual([expect.stringContaining('nobody waited for this to fail')])
  expect(await ended).toEqual([0, null])
}, 60_000)
