/** Which random lives a property test tries: `SEED=17` that one alone, `SEEDS=100` so many, from `FROM=…` on, else fewer than in CI. */
const { CI, SEEDS, SEED, FROM } = process.env

export function seeds(inCi: number, otherwise: number): readonly number[] {
  if (SEED !== undefined) return [Number(SEED)]
  const length = Number(SEEDS ?? (CI === 'true' ? inCi : otherwise))
  return Array.from({ length }, (_, at) => Number(FROM ?? 0) + at)
}
