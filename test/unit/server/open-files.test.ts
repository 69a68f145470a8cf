import { connectionsPossible, openFilesAllowed } from '../../../src/server/open-files.js'
import type { Log, LogFields } from '../../../src/util/log.js'
import { silentLog } from '../../../src/util/log.js'

const limitsText = `Limit                     Soft Limit           Hard Limit           Units
Max processes             96414                96414                processes
Max open files            256                  1048576              files
`

test.each([
  ['as the system says', () => limitsText, 256],
  ['none', () => limitsText.replace('256 ', 'unlimited'), Infinity],
  [
    'no such file',
    () => {
      throw new Error('ENOENT')
    },
    Infinity,
  ],
])('open files: %s', (_what, read, expected) => {
  expect(openFilesAllowed(read)).toBe(expected)
})

test('connections get their part of the open files, and the log says so', () => {
  const warned: LogFields[] = []
  const log: Log = { ...silentLog, warn: (fields) => void warned.push(fields) }
  expect(connectionsPossible(10_000, 1_048_576, log)).toBe(10_000)
  expect(warned).toEqual([])
  expect(connectionsPossible(10_000, 256, log)).toBe(192)
  expect(warned).toEqual([{ openFiles: 256, connections: 192, configured: 10_000 }])
})
