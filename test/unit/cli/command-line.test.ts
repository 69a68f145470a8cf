/** What is asked for by the arguments of the program, and what is said when they are wrong. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askedFor } from '../../../src/cli/command-line.js'
import { readOptions } from '../../../src/cli/options.js'
import { packageFolder, packageVersion } from '../../../src/cli/package-files.js'

test.each([
  ['--help', 'help'],
  ['-h', 'help'],
  ['help', 'help'],
  ['start --help', 'help'],
  ['start --config x.yaml -h', 'help'],
  ['--config x.yaml --help', 'help'],
  ['check --help', 'help'],
  ['--version', 'version'],
  ['version', 'version'],
])('rtmpsyc %s', (line, kind) => {
  expect(askedFor(line.split(' '))).toEqual({ kind })
})

test.each([
  ['', 'start', ''],
  ['--bind ::1', 'start', '--bind ::1'],
  ['start --bind ::1', 'start', '--bind ::1'],
  ['check --config x', 'check', '--config x'],
  ['watch --help', 'watch', '--help'], // it has one of its own
])('rtmpsyc %s is a command', (line, name, args) => {
  const words = (text: string): string[] => text.split(' ').filter((word) => word !== '')
  expect(askedFor(words(line))).toEqual({ kind: 'command', name, args: words(args) })
})

test.each([
  ['--rtmp-prot 1', 'there is no option --rtmp-prot; did you mean "--rtmp-port"? (see rtmpsyc --help)'],
  ['--verbose', 'there is no option --verbose; known are --rtmp-port, --http-port,'],
  ['my.yaml', 'expected options only, not "my.yaml"; a configuration is given by --config FILE'],
  ['--config', "Option '--config <value>' argument missing (see rtmpsyc --help)"],
])('start %s', async (line, problem) => {
  await expect(readOptions(line.split(' '))).rejects.toThrow(problem)
})

test('another package is found among ours, or beside us where we are installed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rtmpsyc-package-'))
  try {
    const root = join(folder, 'node_modules', 'rtmpsyc')
    const beside = join(folder, 'node_modules', 'mpegts.js')
    const inside = join(root, 'node_modules', 'mpegts.js')
    mkdirSync(root, { recursive: true })
    expect(packageFolder(root, 'mpegts.js')).toBeUndefined()
    mkdirSync(beside)
    expect(packageFolder(root, 'mpegts.js')).toBe(beside)
    mkdirSync(inside, { recursive: true })
    expect(packageFolder(root, 'mpegts.js')).toBe(inside)
    expect(packageFolder(folder, 'rtmpsyc')).toBe(root)
    writeFileSync(join(root, 'package.json'), '{"version":"1.2.3"}')
    expect(packageVersion(root)).toBe('1.2.3')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
