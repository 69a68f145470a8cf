/** "Did you mean": the known name that a misspelt one is nearest to. */

/** No name of ours is nearly as long. */
const MAX_NAME = 64

/** The nearest of `known`, or undefined when none is near. Letters' case counts half a step. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > MAX_NAME) return undefined
  let best: string | undefined
  let least = Math.max(1.5, name.length / 3)
  for (const candidate of known) {
    const steps = distance(name, candidate)
    if (steps > least || (steps === least && best !== undefined)) continue
    least = steps
    best = candidate
  }
  return best
}

/**
 * ` (did you mean "x"?)`, or what is known when that is little, or nothing.
 * @param elsewhere names that stand for others, by which they are told
 */
export function hint(
  name: string,
  known: readonly string[],
  elsewhere: ReadonlyMap<string, string> = new Map(),
): string {
  const nearest = nearestName(name, [...known, ...elsewhere.keys()])
  if (nearest !== undefined) return `; did you mean "${elsewhere.get(nearest) ?? nearest}"?`
  return known.length > 0 && known.length <= 16 ? `; known are ${known.join(', ')}` : ''
}

/** Insertions, deletions, replacements and swaps of neighbours. */
function distance(from: string, to: string): number {
  let before: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let row = 1; row <= from.length; row++) {
    const next = [row]
    for (let column = 1; column <= to.length; column++) {
      const a = from.charAt(row - 1)
      const b = to.charAt(column - 1)
      const replace = (last[column - 1] ?? 0) + stepOf(a, b)
      let least = Math.min(replace, (last[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1)
      const isSwap = row > 1 && column > 1 && a === to.charAt(column - 2) && b === from.charAt(row - 2)
      if (isSwap && a !== b) least = Math.min(least, (before[column - 2] ?? 0) + 1)
      next.push(least)
    }
    before = last
    last = next
  }
  return last[to.length] ?? 0
}

function stepOf(a: string, b: string): number {
  if (a === b) return 0
  return a.toLowerCase() === b.toLowerCase() ? 0.5 : 1
}
