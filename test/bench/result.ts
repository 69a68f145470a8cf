/** One measured figure; `run.ts` prints them with machine and versions. */
export interface BenchResult {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly note?: string
}
