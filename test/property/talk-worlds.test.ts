/**
 * What was acknowledged to its speaker is heard by everybody in the room, once, in each speaker's order: over whole nodes
 * whose lines break, stall and lie about being up, which are cut off for a while, and which are killed and start anew
 * below the time that people stay [design 3, 4, 11].
 *
 * What is promised, precisely:
 *   - a line of the room whose speaker was told that it is taken is heard once by every client that was in before it was
 *     said and stays to the end, if the home that took it lives on. What a home took before it was killed may be missing,
 *     to some or to all: its memory is gone. So may, after a loss, what is older than `placeMissed` lines or bytes.
 *   - a private line of which the speaker was told is heard by the person, if its client stays.
 *   - nothing is heard twice by anybody, be it acknowledged or not, nor told as history and heard as well.
 *   - all hear the lines of the room in one order, and so each speaker's in his own; what they miss aside.
 *   - in the end everybody knows the same people, who are those that are there; comings and goings alternate.
 *
 * 12 lives with CI=true, 6 otherwise, or SEEDS=…; `SEED=17` runs that life alone.
 */
import type { FaultRates } from '../support/fault-lines.js'
import { TalkLife } from '../support/talk-life.js'
import { complaints } from '../support/talk-verdict.js'
import { seeds } from '../support/seeds.js'

const lives = seeds(12, 6)
const LIFE_MS = 20_000

const rates: FaultRates = { resets: 0.03, halfOpens: 0.02, stalls: 0.1, stallMs: 4_000, connectMs: 400 }

describe.each([
  ['from the home', {}, 0],
  ['in a tree of nodes', { isTree: true }, 1_000],
  ['on a rough network', { isRough: true }, 2_000],
  ['in a tree on a rough network', { isTree: true, isRough: true }, 2_000],
])('talk over whole nodes, %s', (_, options, first) => {
  it('is heard once by all, in order, and all know who is there', () => {
    const wrong = lives.flatMap((seed) => {
      const life = new TalkLife(first + seed, rates, options).run(LIFE_MS)
      return complaints(life).map((text) => `seed ${seed}: ${text}`)
    })
    expect(wrong.slice(0, 10)).toEqual([])
  }, 600_000)
})
