/** Encoding and decoding of what a client sends: the tables of `support/amf-table.ts`, one after the other. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Bench, BenchResult } from './result.js'
import { endedWithBench } from './support/children.js'

const TABLES = [
  ...['encode0 call', 'decode0 call', 'encode0 connect', 'decode0 connect'],
  ...['encode3 call', 'decode3 call'],
]
const QUICK_ROUNDS = '2'

async function measure(table: string, isQuick: boolean): Promise<BenchResult[]> {
  const rounds = isQuick ? [QUICK_ROUNDS] : []
  const program = resolve('test/bench/support/amf-table.ts')
  const child = endedWithBench(fork(program, [table, ...rounds], { execArgv: ['--import', 'tsx'] }))
  const [results] = (await once(child, 'message')) as [BenchResult[]]
  return results
}

export const bench: Bench = async ({ isQuick }) => {
  const results: BenchResult[] = []
  for (const table of TABLES) results.push(...(await measure(table, isQuick)))
  return results
}
