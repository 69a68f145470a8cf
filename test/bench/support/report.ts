/** Figures as a table for the eyes and as JSON for the next comparison. */
import type { BenchResult } from '../result.js'
import type { Machine } from './machine.js'
import { grouped, judge } from './targets.js'
import type { Verdict } from './targets.js'

export interface Figure extends BenchResult {
  readonly bench: string
  readonly target?: string
  readonly isMet?: boolean
}

export function figuresOf(bench: string, results: readonly BenchResult[]): Figure[] {
  return results.map((result) => ({ bench, ...result, ...judge(result, results) }))
}

export function machineText(machine: Machine): string {
  const { cpu, cores, memoryGb, system, load, node, version, commit, date } = machine
  const busy = load > 0.5 ? `\nload ${load}: others are at work; compare the ratios inside one run` : ''
  const source = commit === '' ? '' : ` (${commit})`
  return `${cpu}, ${cores} cores, ${memoryGb} GB; ${system}; Node ${node}; rtmpsyc ${version}${source}; ${date}${busy}\n`
}

export function tableText(title: string, figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [figure.name, grouped(figure.value), figure.unit, verdictText(figure)])
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row, at) => {
    const cells = row.map((cell, column) =>
      column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    )
    return `  ${cells.join('  ')}  ${figures[at]?.note ?? ''}`.trimEnd()
  })
  return `\n${title}\n${lines.join('\n')}\n`
}

function verdictText({ target, isMet }: Partial<Verdict>): string {
  if (target === undefined) return ''
  return isMet === true ? `${target} ok` : `${target} BELOW TARGET`
}
