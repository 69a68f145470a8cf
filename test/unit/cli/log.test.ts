/** What a node logs reaches whoever reads it, or is counted. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const log = join(__dirname, '../../../src/cli/log.ts')

interface Line {
  readonly level: number
  readonly msg: string
  readonly lines?: number
  readonly worker?: number
  readonly origin?: string
}

/** By the last process. */
let printed = ''

/** @param body with `log` at hand @returns what a process that does only this has printed when it is over */
async function linesOf(body: string): Promise<Line[]> {
  const program = `const { openLog } = await import(${JSON.stringify(log)}); const log = openLog('info', { worker: 7 }); ${body}`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  printed = await text(child.stdout)
  return printed
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

test('lines that wait when the process ends are printed', async () => {
  const lines = await linesOf(
    "log.info({}, 'first'); log.debug({}, 'unasked'); log.warn({}, 'last'); process.exit(0)",
  )
  expect(lines.map(({ msg, worker }) => [msg, worker])).toEqual([
    ['first', 7],
    ['last', 7],
  ])
})

test('where nobody reads in time the newest lines are lost, and counted', async () => {
  const many = 20_000
  const lines = await linesOf(`for (let i = 0; i < ${many}; i++) log.info({}, 'x'.repeat(400))`)
  const [last, ...others] = lines.reverse()
  expect(last).toMatchObject({ level: 40, lines: many - others.length })
  expect(others.length).toBeGreaterThan(1_000)
  expect(others.length).toBeLessThan(many)
})

test('nothing that strangers send steers the terminal of who reads it, or fills the log', async () => {
  const evil = "'\\x1b[1m\\x7f\\u009b31m\\u202e'"
  const [line] = await linesOf(`log.info({ name: ${evil}, origin: 'o'.repeat(10_000), bytes: 1 }, 'said')`)
  expect(line).toMatchObject({ name: '\x1b[1m\x7f\u009b31m\u202e', bytes: 1, msg: 'said', worker: 7 })
  expect(line?.origin).toBe(`${'o'.repeat(2_000)}…`)
  expect(printed).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
})
