/**
 * Programs of others, run for a bounded time. One that is missing skips its tests loudly; with CI=true it fails them.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Lines, splitLines } from './lines.js'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Program {
  /** 0 when it could not be started. */
  readonly pid: number
  /** Lines of standard output and standard error as they come. */
  readonly lines: Lines
  readonly stdout: () => string
  readonly exit: Promise<Exit>
  hasEnded(): boolean
  /** One line to its standard input. */
  write(line: string): void
  /** SIGTERM, and SIGKILL when that does not end it within `STOP_MS`. */
  stop(signal?: NodeJS.Signals): Promise<Exit>
}

export interface ProgramOptions {
  /** Killed after this. */
  readonly timeoutMs?: number
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
}

/** What the server promises for its own end, and a little more. */
const STOP_MS = 12_000

const running = new Set<Program>()

export function start(command: string, args: readonly string[], options: ProgramOptions = {}): Program {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
  })
  const lines = new Lines(`${command} ${args.join(' ')}`)
  let stdout = ''
  const timeout = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 60_000)
  const exit = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timeout)
      running.delete(program)
      lines.end()
      resolve({ code, signal })
    })
  })
  exit.catch(() => {
    running.delete(program)
    lines.end() // who awaits `exit` gets the error itself
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stdout.on(
    'data',
    splitLines((line) => lines.push(line)),
  )
  child.stderr.setEncoding('utf8').on(
    'data',
    splitLines((line) => lines.push(line)),
  )
  child.stdin.on('error', () => undefined) // it may close its input before we are done
  const program: Program = {
    pid: child.pid ?? 0,
    lines,
    stdout: () => stdout,
    exit,
    hasEnded: () => !running.has(program),
    write: (line) => child.stdin.write(`${line}\n`),
    stop: (signal = 'SIGTERM') => stop(child, exit, signal),
  }
  running.add(program)
  return program
}

/** Run to the end. @throws when it does not exit with 0 */
export async function run(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Program> {
  const program = start(command, args, options)
  const { code, signal } = await program.exit
  if (code !== 0)
    throw new Error(
      `${command} ${args.join(' ')} ended with ${code ?? signal}:\n${program.lines.all.slice(-30).join('\n')}`,
    )
  return program
}

/** For afterAll: nothing that a test started outlives it. */
export async function stopPrograms(): Promise<void> {
  await Promise.all([...running].map((program) => program.stop().catch(() => undefined)))
}

async function stop(child: ChildProcess, exit: Promise<Exit>, signal: NodeJS.Signals): Promise<Exit> {
  if (child.exitCode === null) child.kill(signal)
  const timeout = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  try {
    return await exit
  } finally {
    clearTimeout(timeout)
  }
}

export function isInstalled(program: string): boolean {
  if (program.includes('/')) return existsSync(program)
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))
}

/** A `describe` that needs programs (names in PATH, or paths of files). */
export function describeWith(programs: readonly string[], title: string, tests: () => void): void {
  const missing = programs.filter((program) => !isInstalled(program))
  if (missing.length === 0) {
    describe(title, tests)
  } else if (process.env['CI'] === 'true') {
    describe(title, () => {
      it(`needs ${missing.join(', ')}`, () => {
        throw new Error(`not installed: ${missing.join(', ')}`)
      })
    })
  } else {
    process.stderr.write(`\n*** SKIPPED: ${title}: not installed: ${missing.join(', ')}\n\n`)
    describe.skip(title, tests)
  }
}
