/** A stretch of time in which a server works: what it did, and what it took. */
import { pause } from './measure.js'
import type { ServerProcess } from './processes.js'

export interface Throughput {
  readonly perCpuSecond: number
  readonly perSecond: number
}

/** @param done how much has been done since the start of the load */
export async function measureThroughput(
  server: ServerProcess,
  ms: number,
  done: () => number,
): Promise<Throughput> {
  const [before, cpuBefore, start] = [done(), server.cpuSeconds(), performance.now()]
  await pause(ms)
  const count = done() - before
  const cpu = server.cpuSeconds() - cpuBefore
  return { perCpuSecond: count / cpu, perSecond: count / ((performance.now() - start) / 1000) }
}
