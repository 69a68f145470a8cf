/** Which random lives a property test tries: `SEED=17` that one alone, `SEEDS=100` so many, else fewer than in CI. */
const { CI, SEEDS, SEED } = process.env

export function seeds(inCi: number, otherwise: number): readonly number[] {
  if (SEED !== undefined) return [Number(SEED)]
  return Array.from({ length: Number(SEEDS ?? (CI === 'true' ? inCi : otherwise)) }, (_, seed) => seed)
}
