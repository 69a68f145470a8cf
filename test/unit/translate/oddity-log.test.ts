import { OddityLog } from '../../../src/translate/oddity-log.js'
import type { LogFields } from '../../../src/util/log.js'
import { silentLog } from '../../../src/util/log.js'

function noting() {
  const lines: LogFields[] = []
  const log = new OddityLog({ ...silentLog, warn: (fields) => lines.push(fields) })
  return { log, lines }
}

test('each thing once, in each room', () => {
  const { log, lines } = noting()
  for (const [kind, name, where] of [
    ['call', 'move', 'game/one'],
    ['call', 'move', 'game/one'],
    ['call', 'move', 'game/two'],
    ['object', 'move', 'game/one'],
  ] as const)
    log.note(kind, name, where, [1])
  expect(lines.map(({ kind, name, app }) => [kind, name, app])).toEqual([
    ['call', 'move', 'game/one'],
    ['call', 'move', 'game/two'],
    ['object', 'move', 'game/one'],
  ])
})

test('names and arguments of strangers are bounded', () => {
  const { log, lines } = noting()
  for (let at = 0; at < 1_100; at++) log.note('call', `${at}${'x'.repeat(10_000)}`, 'x', ['y'.repeat(10_000)])
  expect(lines).toHaveLength(1_000)
  expect(Math.max(...lines.map((line) => JSON.stringify(line).length))).toBeLessThan(4_000)
})
