/**
 * From the start of the built program to its first answer (S0 S1 S2), asked for by a client that tries to connect every
 * few ms; then its memory when nobody is there for 2 s. The floor is Node itself: one line that listens and answers
 * as many bytes. Runs of the two alternate.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { freePort } from '../e2e/support/server.js'
import type { Bench } from './result.js'
import { endedWithBench } from './support/children.js'
import { median, pause, rounded } from './support/measure.js'

const TRY_MS = 3
const IDLE_MS = 2_000
const GREETING = Uint8Array.of(3, ...new Uint8Array(1_536))
const ANSWER_LENGTH = 3_073

const floorProgram = (port: number): readonly string[] => [
  '-e',
  `require('net').createServer((s) => s.on('data', () => s.end(Buffer.alloc(${ANSWER_LENGTH})))).listen(${port}, '127.0.0.1')`,
]

const gatewayProgram = (port: number, folder: string): readonly string[] => [
  resolve('dist/cli.js'),
  ...['start', '--rtmp-port', String(port), '--http-port', '0', '--psyc-port', '0', '--data', folder],
]

/** Connect and ask once. @returns whether the whole answer came */
function isAnswered(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    let received = 0
    const socket = connect(port, '127.0.0.1')
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('error', () => settle(false))
    socket.on('end', () => settle(received >= ANSWER_LENGTH))
    socket.on('data', ({ length }) => {
      received += length
      if (received >= ANSWER_LENGTH) settle(true)
    })
    socket.write(GREETING)
  })
}

interface Run {
  readonly startMs: number
  readonly memoryMb: number
}

/** @param idleMs how long to wait before its memory is read */
async function runOnce(
  program: (port: number, folder: string) => readonly string[],
  idleMs: number,
): Promise<Run> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-bench-'))
  const start = performance.now()
  const child = endedWithBench(
    spawn(process.execPath, program(port, folder), { stdio: ['ignore', 'ignore', 'inherit'] }),
  )
  try {
    while (!(await isAnswered(port))) {
      if (child.exitCode !== null) throw new Error('the program did not start')
      await pause(TRY_MS)
    }
    const startMs = performance.now() - start
    await pause(idleMs)
    const status = await readFile(`/proc/${child.pid ?? 0}/status`, 'utf8')
    return { startMs, memoryMb: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024 }
  } finally {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
    await rm(folder, { recursive: true, force: true })
  }
}

export const bench: Bench = async ({ isQuick }) => {
  const runs = isQuick ? 3 : 7
  const [ours, floor]: [Run[], Run[]] = [[], []]
  for (let run = 0; run < runs; run++) {
    const isLast = run === runs - 1
    ours.push(await runOnce(gatewayProgram, isLast ? IDLE_MS : 0))
    floor.push(await runOnce(floorProgram, isLast ? IDLE_MS : 0))
  }
  const startRow = (name: string, of: readonly Run[], note: string) => {
    const times = of.map(({ startMs }) => startMs)
    return {
      name,
      value: Math.round(median(times)),
      unit: 'ms',
      note: `median of ${runs}, ${rounded(Math.min(...times))} to ${rounded(Math.max(...times))}; ${note}`,
    }
  }
  const memoryRow = (name: string, of: readonly Run[], note: string) => {
    return { name, value: rounded(of.at(-1)?.memoryMb ?? NaN, 1), unit: 'MB', note }
  }
  return [
    startRow('start to first handshake', ours, 'spawn to S0 S1 S2'),
    startRow('start, floor', floor, 'one line of Node that listens'),
    memoryRow('memory when idle', ours, 'resident, 2 s after the first handshake'),
    memoryRow('memory, floor', floor, 'that line of Node'),
  ]
}
