/** Numbers from runs. */

/** @param share 0.5 for the median; of the nearest rank */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}

export const median = (values: readonly number[]): number => percentile(values, 0.5)

/** Seconds of CPU time of this process that `run` takes; garbage collection on other threads counts. */
export function cpuSeconds(run: () => void): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

export const rounded = (value: number, digits = 0): number => Number(value.toFixed(digits))

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
