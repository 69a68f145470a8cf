/**
 * Whatever publishers, players and sockets do: each player gets a subsequence of what was published, in order, headers
 * before frames, pictures from a keyframe on, everything that may not be lost; and the log stays small.
 */
import fc from 'fast-check'
import type { Publication } from '../../src/media/publication.js'
import { HubLab, publisher } from '../support/hub-lab.js'
import type { Kind, LabPlayer } from '../support/hub-lab.js'

const media: readonly Kind[] = ['key', 'inter', 'inter', 'inter', 'spare', 'sound', 'sound', 'cue', 'avc']
const BYTES = 2_000
const BACKLOG = 100_000
const GOP = 50_000

type Step =
  | { readonly do: 'send'; readonly kind: Kind; readonly ms: number }
  | { readonly do: 'restart' | 'join' }
  | { readonly do: 'stall' | 'drain' | 'leave' | 'pause' | 'play'; readonly who: number }

const who = fc.nat(5)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      kind: fc.constantFrom(...media),
      ms: fc.nat(80),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('restart' as const, 'join' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'stall' as const,
        'drain' as const,
        'drain' as const,
        'pause' as const,
        'play' as const,
        'leave' as const,
      ),
      who,
    }),
  },
)

interface Joined {
  readonly player: LabPlayer
  /** How many messages were published before. */
  readonly since: number
}

class Story {
  readonly lab: HubLab
  readonly published: string[] = []
  readonly joined: Joined[] = []
  private readonly present = new Set<LabPlayer>()
  private publication: Publication

  constructor(gopCache: boolean, gatherMs: number) {
    this.lab = new HubLab({ gopCache, gatherMs }, { streamBacklogBytes: BACKLOG, gopCacheBytes: GOP }, true)
    this.publication = this.begin()
    this.join()
  }

  run(step: Step): void {
    if (step.do === 'send') this.send(step.kind, step.ms)
    else if (step.do === 'restart') {
      this.publication.end()
      this.publication = this.begin()
    } else if ('who' in step) this.act(step.do, [...this.present][step.who])
    else this.join()
    this.lab.turn.end()
    expect(this.stream.heldBytes).toBeLessThanOrEqual(BACKLOG + GOP + 2 * BYTES)
  }

  /** Everybody takes everything. */
  settle(): void {
    for (let round = 0; round < 60; round++) {
      for (const player of this.present) this.act('drain', player)
      this.lab.turn.end()
      this.lab.time.advance(200)
    }
  }

  isPresent(player: LabPlayer): boolean {
    return this.present.has(player)
  }

  get stream() {
    return this.lab.open()
  }

  private begin(): Publication {
    const publication = this.stream.publish(publisher)!
    const header = this.lab.next('avc', BYTES)
    publication.media(header)
    this.note('avc')
    return publication
  }

  private send(kind: Kind, ms: number): void {
    const message = this.lab.next(kind, BYTES)
    if (kind === 'cue') this.publication.data(message)
    else this.publication.media(message)
    this.note(kind)
    this.lab.time.advance(ms)
  }

  private note(kind: Kind): void {
    const count = this.published.filter((name) => name.replace(/\d+/, '') === kind).length + 1
    this.published.push(`${kind}${count}`)
  }

  private join(): void {
    if (this.present.size > 5) return
    const player = this.lab.player()
    this.joined.push({ player, since: this.published.length })
    this.present.add(player)
    this.stream.play(player)
  }

  private act(what: Exclude<Step['do'], 'send' | 'restart' | 'join'>, player: LabPlayer | undefined): void {
    if (player === undefined) return
    if (what === 'stall') player.isStalled = true
    else if (what === 'leave') {
      player.seat.leave()
      this.present.delete(player)
    } else if (what === 'drain') {
      player.isStalled = false
      player.drain()
    } else player.seat.pause(what === 'pause')
  }
}

/** What a player got, without what is given again on joining and after a pause, and without notices. */
function once(names: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => !name.includes('published'))
}

function checkPlayer(story: Story, { player, since }: Joined): void {
  const { published } = story
  const got = once(player.all)
  const places = got.map((name) => published.indexOf(name))
  expect(places).not.toContain(-1)
  expect(places).toEqual([...places].sort((a, b) => a - b))
  const pictures = player.all.filter((name) => /^(key|inter|spare|unpub)/.test(name))
  pictures.forEach((name, at) => {
    const before = pictures[at - 1]
    if (!name.startsWith('inter') && !name.startsWith('spare')) return
    expect(before === undefined || before === 'unpublished').toBe(false)
  })
  const firstPicture = player.all.findIndex((name) => name.startsWith('key'))
  if (firstPicture >= 0)
    expect(player.all.findIndex((name) => name.startsWith('avc'))).toBeLessThan(firstPicture)
  if (!story.isPresent(player)) return
  const kept = published.slice(since).filter((name) => /^(cue|avc)/.test(name))
  expect(kept.filter((name) => !got.includes(name))).toEqual([])
}

test('every player gets what it can take, in order, from a keyframe on, and all that may not be lost', () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 20, maxLength: 250 }),
      fc.boolean(),
      fc.constantFrom(0, 44, 350),
      (steps, gopCache, gatherMs) => {
        const story = new Story(gopCache, gatherMs)
        for (const each of steps) story.run(each)
        story.settle()
        for (const each of story.joined) checkPlayer(story, each)
        expect(story.lab.failures).toEqual([])
        expect(story.lab.time.timers.size).toBe(0)
      },
    ),
    { numRuns: 150 },
  )
})
