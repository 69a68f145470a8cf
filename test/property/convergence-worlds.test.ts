/**
 * Shared objects converge over whole nodes [design 4, 11]: real circuits, on lines that break, stall and lie about being
 * up, with homes and nodes that are killed and come back.
 *
 * 60 lives with CI=true, 20 otherwise, or SEEDS=…. `SEED=17` runs that life alone.
 */
import { SeenSlots } from '../../src/translate/shared-object-versions.js'
import type { FaultRates } from '../support/fault-lines.js'
import { WorldsLife } from '../support/player-model-worlds.js'
import type { WorldsOutcome } from '../support/player-model-worlds.js'
import { seeds } from '../support/seeds.js'

const LIFE_MS = 10_000

const rates: FaultRates = {
  resets: 0.2,
  halfOpens: 0.05,
  stalls: 0.2,
  stallMs: 2_000,
  bytesPerSecond: 20_000,
  connectMs: 300,
}

/** What is wrong with it. */
function complaint(seed: number, { shared, logs, missing, errors }: WorldsOutcome): string | undefined {
  if (errors.length > 0) return `seed ${seed}: errors ${errors.join(', ')}`
  if (missing.length > 0) return `seed ${seed}: acknowledged and gone: ${missing.join(' ')}`
  if (new Set(shared).size > 1) return `seed ${seed}: ${shared.join(' ')}`
  return new Set(logs).size > 1 ? `seed ${seed}: ${logs.join(' ')}` : undefined
}

function live(seed: number): string | undefined {
  return complaint(seed, new WorldsLife(seed, rates).run(LIFE_MS))
}

/** Most nodes feed each other. */
function liveInTree(seed: number): WorldsOutcome {
  return new WorldsLife(seed, rates, { isTree: true }).run(LIFE_MS)
}

const lives = seeds(60, 20)

describe('shared objects over whole nodes', () => {
  it('end with equal copies everywhere, and nothing acknowledged is missing', () => {
    expect(lives.flatMap((seed) => live(seed) ?? []).slice(0, 10)).toEqual([])
  }, 600_000)

  it('do so in a tree of nodes, too', () => {
    const outcomes = lives.map((seed) => liveInTree(seed))
    expect(outcomes.flatMap((outcome, at) => complaint(lives[at] ?? at, outcome) ?? []).slice(0, 10)).toEqual(
      [],
    )
    expect(Math.max(...outcomes.map(({ relayed }) => relayed))).toBeGreaterThan(1)
  }, 600_000)

  it('would not, if writers were always told success: the control experiment', () => {
    const rule = jest.spyOn(SeenSlots.prototype, 'hasSeen').mockReturnValue(true)
    try {
      const found = Array.from({ length: 20 }, (_, seed) => live(seed) ?? [])
      expect(found.flat().length).toBeGreaterThan(3)
    } finally {
      rule.mockRestore()
    }
  }, 600_000)
})
