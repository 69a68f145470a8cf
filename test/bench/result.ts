/** One measured figure; `run.ts` prints them with machine and versions. */
export interface BenchResult {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly note?: string
}

export interface BenchOptions {
  /** Fewer and shorter rounds: does it run, and in which order of magnitude. */
  readonly isQuick: boolean
}

/** What a bench file exports as `bench`. */
export type Bench = (options: BenchOptions) => Promise<BenchResult[]>
