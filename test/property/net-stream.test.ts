/** Whatever clients do with their streams, in whatever order: every status is one of ours, and nothing is left of it. */
import fc from 'fast-check'
import { AmfObject } from '../../src/amf/value.js'
import type { AmfValue } from '../../src/amf/value.js'
import { media } from '../support/fake-rtmp-text.js'
import { MemoryRecordings, film } from '../support/memory-recordings.js'
import { TestWorld, nothingLeft } from '../support/world.js'

fc.configureGlobal({ seed: 18, numRuns: 150 })

const names = ['cam', 'film', 'long', 'gone', '../x', '', 'cam?key=1', false, null, 7]
const numbers = [
  -2000,
  -1000,
  -2,
  -1,
  0,
  1,
  700,
  30_000,
  1e308,
  -1e308,
  Number.NaN,
  Infinity,
  undefined,
  'x',
  null,
]
const flags = [true, false, 0, 1, 2, 3, null, undefined, 'x']

const anyOf = (values: readonly AmfValue[]): fc.Arbitrary<AmfValue> => fc.constantFrom(...values)
const command = (
  name: string,
  ...args: fc.Arbitrary<AmfValue>[]
): fc.Arbitrary<readonly [string, AmfValue[]]> => fc.tuple(...args).map((values) => [name, values] as const)

const play2 = fc
  .record({
    streamName: anyOf(names),
    start: anyOf(numbers),
    transition: anyOf(['switch', 'append', 'stop', 'reset', 7]),
  })
  .map((options) => AmfObject.of(options))

const commands = fc.oneof(
  command('play', anyOf(names), anyOf(numbers), anyOf(numbers), anyOf(flags)),
  command(
    'play',
    anyOf(['film', 'long', 'cam']),
    anyOf([-2000, 0]),
    anyOf([-1000, 0, 500]),
    anyOf([true, false]),
  ),
  command('play2', play2),
  command('publish', anyOf(names), anyOf(['live', 'record', 'append', 7])),
  command('publish', anyOf(['cam', 'film']), anyOf(['live', 'record', 'append'])),
  command('pause', anyOf(flags), anyOf(numbers)),
  command('seek', anyOf(numbers)),
  command('receiveAudio', anyOf(flags)),
  command('receiveVideo', anyOf(flags)),
  command('closeStream'),
)

const step = fc.record({
  client: fc.nat(2),
  stream: fc.integer({ min: 1, max: 3 }),
  act: fc.oneof(
    { weight: 8, arbitrary: commands },
    { weight: 2, arbitrary: fc.constantFrom('media', 'delete', 'wait', 'turn', 'break', 'mend') },
    { weight: 1, arbitrary: fc.constantFrom('silence', 'length') },
  ),
})

test('streams', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const recordings = new MemoryRecordings()
      recordings.files.set('film', film(1_000))
      recordings.files.set('long', film(20_000))
      const world = new TestWorld({ recordings })
      const clients = ['ann', 'bob', 'eve'].map((nick) => world.flash({ app: 'live', args: [nick] }))
      for (const client of clients) for (let count = 0; count < 3; count++) client.stream()
      for (const { client: at, stream, act } of steps) {
        const client = clients[at]!
        if (typeof act !== 'string')
          client.command(stream, ...([act[0], ...act[1]] as [string, ...AmfValue[]]))
        else if (act === 'media') {
          client.send(media(9, world.time.clock.now(), [0x17, 1], stream))
          client.send(media(8, world.time.clock.now(), [0xaf, 1], stream))
        } else if (act === 'delete') {
          client.session.deleteStream(stream)
          client.stream()
        } else if (act === 'wait') world.wait(1_500)
        else if (act === 'turn') await new Promise(setImmediate)
        else if (act === 'length') client.tell('getStreamLength', 'long')
        else if (act === 'silence') client.isDead = !client.isDead
        else recordings.failsToFind = act === 'break'
        world.settle()
      }
      await new Promise(setImmediate)
      world.settle()
      const statuses = clients.flatMap((client) => client.take('status'))
      expect(statuses.filter((line) => !/^status \d NetStream\.[A-Z][A-Za-z.]+$/.test(line))).toEqual([])
      for (const client of clients) client.breaks()
      await new Promise(setImmediate)
      world.wait(10_000)
      await new Promise(setImmediate)
      expect([world.census(), world.errors, recordings.open]).toEqual([nothingLeft, [], 0])
      expect(recordings.opened.map(({ readers }) => readers).filter((readers) => readers > 0)).toEqual([])
    }),
  )
}, 60_000)
