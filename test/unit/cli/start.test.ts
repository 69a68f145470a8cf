/** A node that cannot be what was asked for ends, and says why in a sentence. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

test('a ready file that cannot be written', async () => {
  const ports = ['--rtmp-port', '0', '--http-port', '0', '--psyc-port', '0']
  const args = ['start', ...ports, '--ready-file', join(__filename, 'ready')]
  const program = ['--import', 'tsx', join(__dirname, '../../../src/cli.ts'), ...args]
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  const said = await text(child.stderr)
  expect(said).toMatch(/^rtmpsyc: --ready-file: cannot be written: ENOTDIR: .*\n$/)
  expect(await ended).toEqual([64, null])
})
