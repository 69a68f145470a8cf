/**
 * Streams over whole nodes, with two names that all want, while lines break, stall and lie about being up, nodes are cut off,
 * and gateways and the home are killed and start anew [design 5, 11]:
 *
 *   - each viewer sees the frames of a publisher in order, each once, and none of who was followed by another; what
 *     follows a gap begins with a keyframe, and each frame comes after its header.
 *   - no two publishers have a name at a time, unless its home has forgotten.
 *   - in the end one has it, all see him, the home names who has it, and refuses it to others; nobody's name is free.
 *
 * 3 lives with CI=true, 2 otherwise, or SEEDS=…; `SEED=17` runs that life alone.
 */
import type { FaultRates } from '../support/fault-lines.js'
import { StreamLife } from '../support/stream-life.js'
import { complaints } from '../support/stream-verdict.js'
import { seeds } from '../support/seeds.js'

const lives = seeds(3, 2)
const LIFE_MS = 20_000

const rates: FaultRates = { resets: 0.05, halfOpens: 0.03, stalls: 0.15, stallMs: 4_000, connectMs: 400 }

describe.each([
  ['from their publishers', {}],
  ['in trees of nodes', { isTree: true }],
  ['whose home stays', { homeKills: 0 }],
  ['on a rough network', { isRough: true }],
  ['in trees on a rough network', { isTree: true, isRough: true }],
])('streams over whole nodes, %s', (_, options) => {
  it('come in order, and a name is had by one', () => {
    const wrong = lives.flatMap((seed) => {
      const life = new StreamLife(seed, rates, options).run(LIFE_MS)
      return complaints(life).map((text) => `seed ${seed}: ${text}`)
    })
    expect(wrong.slice(0, 10)).toEqual([])
  }, 600_000)
})
