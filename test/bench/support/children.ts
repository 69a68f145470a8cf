/** What benches have started. Whatever ends them, a signal or an error, ends that too. */
import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { stopPrograms } from '../../e2e/support/program.js'

const running = new Set<ChildProcess>()

/** @returns the same */
export function endedWithBench(child: ChildProcess): ChildProcess {
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** From now on, to be called once. */
export function endChildrenWithThis(): void {
  for (const signal of signals) process.once(signal, () => process.exit(128 + constants.signals[signal]))
  process.once('exit', () => {
    for (const child of running) child.kill()
    void stopPrograms() // says so at once; nobody waits here any more
  })
}
