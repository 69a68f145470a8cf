/**
 * The line of a client breaks at the first thing it is sent, the second, and so on until its story is over before that:
 * the others go on, and nothing of its streams and recordings is left.
 */
import { media } from '../../support/fake-rtmp-text.js'
import { MemoryRecordings, film } from '../../support/memory-recordings.js'
import { TestWorld, nothingLeft } from '../../support/world.js'
import type { WorldFlash } from '../../support/world-flash.js'

const turn = (): Promise<void> => new Promise(setImmediate)

type Story = (ann: WorldFlash, bob: WorldFlash) => Promise<void>

const stories: Readonly<Record<string, Story>> = {
  'plays recordings': async (ann, bob) => {
    const id = ann.stream()
    ann.command(id, 'play', 'film', 0)
    ann.command(id, 'play', 'cam', -1000, 50, false)
    await turn()
    const cam = bob.publish('cam')
    for (const at of [0, 40, 80]) bob.send(media(8, at, [0xaf, 1], cam))
    ann.command(id, 'play', 'film', 0)
    await turn()
    ann.command(id, 'seek', 500)
    await turn()
    ann.command(id, 'pause', true, 100)
    ann.command(id, 'pause', false, 100)
    await turn()
  },
  records: async (ann, bob) => {
    const id = ann.publish('cam', 'record')
    bob.play('cam')
    ann.send(media(8, 0, [0xaf, 1], id))
    ann.command(id, 'closeStream')
    await turn()
    ann.publish('cam', 'append', id)
    ann.send(media(8, 0, [0xaf, 1], id))
  },
  'takes a name': async (ann, bob) => {
    bob.publish('cam')
    bob.isDead = true
    ann.publish('cam', 'record')
    ann.world.wait(3_000)
    bob.isDead = false
    await turn()
  },
}

/** @returns whether the story was over before anything broke */
async function run(story: Story, isWithin: boolean, breaksAt: number): Promise<boolean> {
  const recordings = new MemoryRecordings()
  recordings.files.set('film', film(1_000))
  const world = new TestWorld({ recordings })
  const bob = world.flash({ app: 'live', args: ['bob'] })
  let sent = 0
  const ann = world.flash({
    app: 'live',
    args: ['ann'],
    pipelined: (client) => {
      const sink = client.toClient
      const send = sink.send.bind(sink)
      const lose = (): void => {
        client.isDead = true
        client.server.ended('lost')
      }
      sink.send = (bytes) => {
        send(bytes)
        if (++sent !== breaksAt) return
        if (isWithin) lose()
        else world.turn.atEnd(lose)
      }
    },
  })
  await story(ann, bob)
  world.settle()
  expect(bob.call('echo', 1)).toBe('result 1')
  ann.close()
  bob.close()
  for (let round = 0; round < 3; round++) {
    await turn()
    world.wait(120_000)
  }
  expect({ breaksAt, left: world.census(), errors: world.errors, open: recordings.open }).toEqual({
    breaksAt,
    left: nothingLeft,
    errors: [],
    open: 0,
  })
  expect(recordings.opened.filter(({ readers }) => readers > 0)).toEqual([])
  return sent < breaksAt
}

describe.each(Object.keys(stories))('who %s', (name) => {
  test.each([
    ['within', true],
    ['afterwards', false],
  ])('breaks at everything it is sent: %s', async (_name, isWithin) => {
    let breaksAt = 1
    while (!(await run(stories[name]!, isWithin, breaksAt))) breaksAt++
    expect(breaksAt).toBeGreaterThan(10)
  })
})
