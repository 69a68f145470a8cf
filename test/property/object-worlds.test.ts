/**
 * Shared objects over whole nodes, as Flash clients see them, while lines break, stall and lie about being up, nodes are cut
 * off, and gateways and the home are killed and start anew [design 4, 11]:
 *
 *   - in the end all copies are equal, to each other and to what one is told who has just come.
 *   - every write is answered. Success is told only of what the home has done, to a writer who still has what he wrote;
 *     after it he is not told his own value again.
 *   - no slot goes back to what it was before, for nobody.
 *   - a `send` is heard at most once, in the home's order, and not before what preceded it. When no line is lost it is
 *     heard by all who are there, and not after what follows it.
 *   - when all have left nothing is left.
 *
 * 4 lives with CI=true, 2 otherwise, or SEEDS=…; `SEED=17` runs that life alone.
 */
import type { FaultRates } from '../support/fault-lines.js'
import { ObjectLife } from '../support/object-life.js'
import { complaints } from '../support/object-verdict.js'
import { seeds } from '../support/seeds.js'

const lives = seeds(4, 2)
const LIFE_MS = 20_000

const rates: FaultRates = { resets: 0.05, halfOpens: 0.03, stalls: 0.15, stallMs: 4_000, connectMs: 400 }
const calm = { kills: 0, homeKills: 0, unplugs: 0 }

function wrong(life: (seed: number) => string[]): string[] {
  return lives.flatMap((seed) => life(seed).map((text) => `seed ${seed}: ${text}`)).slice(0, 10)
}

function judged(life: ObjectLife): string[] {
  return [...complaints(life), ...life.end().left]
}

describe.each([
  ['from the home', false],
  ['in a tree of nodes', true],
])('shared objects over whole nodes, %s', (_, isTree) => {
  it('converge, never go back, and leave nothing behind', () => {
    const live = (seed: number): ObjectLife => new ObjectLife(seed, rates, { isTree }).run(LIFE_MS)
    expect(wrong((seed) => judged(live(seed)))).toEqual([])
  }, 600_000)

  it('do so on a rough network', () => {
    const live = (seed: number): ObjectLife =>
      new ObjectLife(seed, rates, { isTree, isRough: true }).run(LIFE_MS)
    expect(wrong((seed) => judged(live(seed)))).toEqual([])
  }, 600_000)

  it('lose nothing when lines are only slow', () => {
    // A tree looks for another way when one is silent for 2 s, and that is a loss.
    const slow = isTree ? {} : { stalls: 0.2, stallMs: 4_000 }
    const live = (seed: number): ObjectLife => new ObjectLife(seed, slow, { isTree, ...calm }).run(LIFE_MS)
    expect(wrong((seed) => complaints(live(seed), true))).toEqual([])
  }, 600_000)
})
