/** Publishing: who gets a name and for how long, what is asked before, what is recorded [rtmp.md 3.6]. */
import type { Decision } from '../../../src/translate/access.js'
import { data, media } from '../../support/fake-rtmp-text.js'
import { MemoryRecordings } from '../../support/memory-recordings.js'
import { TestWorld, nothingLeft } from '../../support/world.js'
import type { TestWorldOptions } from '../../support/world.js'
import type { WorldFlash } from '../../support/world-flash.js'

interface Studio {
  readonly world: TestWorld
  readonly ann: WorldFlash
  readonly bob: WorldFlash
  readonly eve: WorldFlash
}

function studio(options: TestWorldOptions = {}): Studio {
  const world = new TestWorld(options)
  const [ann, bob, eve] = ['ann', 'bob', 'eve'].map((nick) => {
    const client = world.flash({ app: 'live', args: [nick] })
    client.take()
    return client
  })
  return { world, ann: ann!, bob: bob!, eve: eve! }
}

const START = 'status 1 NetStream.Publish.Start'
const BAD_NAME = 'status 1 NetStream.Publish.BadName'

describe('a name that is taken', () => {
  test('is refused at the first sign of life of its holder', () => {
    const { ann, bob, world } = studio()
    ann.publish('cam')
    bob.publish('cam')
    expect(bob.take()).toEqual([BAD_NAME])
    world.wait(5_000)
    expect(ann.take()).toEqual(['StreamBegin 1', START])
    bob.publish('cam')
    expect(bob.take()).toEqual([BAD_NAME.replace('1', '2')])
  })

  test('passes from one who is silent for 3 s; players hear of both', () => {
    const { ann, bob, eve, world } = studio()
    const id = ann.publish('cam')
    eve.play('cam')
    eve.take()
    ann.isDead = true
    const taken = bob.publish('cam')
    world.wait(2_999)
    expect(bob.take()).toEqual([])
    world.wait(1)
    expect(bob.take()).toEqual(['StreamBegin 1', START])
    expect(eve.take()).toEqual([
      'status 1 NetStream.Play.UnpublishNotify',
      'status 1 NetStream.Play.PublishNotify',
    ])
    ann.isDead = false
    ann.send(media(8, 0, [0xaf, 1], id)) // the line was only slow: what it still sends is dropped
    expect(ann.take('status')).toEqual([START, 'status 1 NetStream.Unpublish.Success'])
    bob.send(media(8, 0, [0xaf, 1], taken))
    expect(eve.take('media 8')).toHaveLength(1)
    ann.command(id, 'closeStream')
    ann.publish('cam2', 'live', id)
    expect(ann.take('status')).toEqual([START])
  })

  test('of several who wait for it the first has it', () => {
    const { ann, bob, eve, world } = studio()
    ann.publish('cam')
    ann.isDead = true
    bob.publish('cam')
    eve.publish('cam')
    world.wait(3_000)
    expect([bob.take('status'), eve.take('status')]).toEqual([[START], [BAD_NAME]])
  })

  test('costs its holder one ping, however many want it', () => {
    const { ann, bob, eve, world } = studio()
    ann.publish('cam')
    const id = bob.stream()
    ann.isDead = true
    const before = world.time.timers.size
    const sent = ann.server.writtenBytes
    for (let count = 0; count < 100; count++) bob.publish('cam', 'live', id)
    for (let count = 0; count < 5; count++) eve.publish('cam')
    expect(world.time.timers.size).toBe(before + 1)
    expect(ann.server.writtenBytes - sent).toBe(18)
    world.wait(3_000)
    expect(bob.take('status')).toEqual([START])
    expect(eve.take('status')).toHaveLength(5)
  })

  test('is free when its holder goes while it is asked', () => {
    const { ann, bob, world } = studio()
    ann.publish('cam')
    ann.isDead = true
    bob.publish('cam')
    ann.breaks()
    world.settle()
    expect(bob.take('status')).toEqual([START])
  })

  test('is never taken from the same connection', () => {
    const { ann } = studio()
    ann.publish('cam')
    ann.publish('cam')
    expect(ann.take('status')).toEqual([START, BAD_NAME.replace('1', '2')])
  })

  test('and who gives up while the holder is asked leaves nothing', () => {
    const { ann, bob, world } = studio()
    ann.publish('cam')
    ann.isDead = true
    const id = bob.publish('cam')
    bob.command(id, 'closeStream')
    world.wait(3_000)
    expect(bob.take()).toEqual([])
    bob.publish('cam')
    bob.breaks()
    world.wait(3_000)
    ann.breaks()
    expect([world.census().streams, world.errors]).toEqual([0, []])
  })
})

describe('before the answer', () => {
  interface Gate extends Studio {
    readonly asked: string[]
    readonly answer: (decision: Decision) => void
  }

  function gated(): Gate {
    const waiting: ((decision: Decision) => void)[] = []
    const asked: string[] = []
    const set = studio({
      access: {
        decide: ({ action, name, query, person }, decided) => {
          if (action !== 'publish') decided({ allowed: true })
          else {
            asked.push(`${person} ${name} ${query}`)
            waiting.push(decided)
          }
        },
      },
    })
    return { ...set, asked, answer: (decision) => waiting.splice(0).forEach((decide) => decide(decision)) }
  }

  test('access is asked with the token, media is held, and comes in order', () => {
    const { ann, bob, world, asked, answer } = gated()
    bob.play('cam')
    bob.take()
    const id = ann.publish('cam?key=1')
    expect(asked).toEqual(['psyc://gw.example/~ann cam key=1'])
    ann.send(media(9, 0, [0x17, 1], id))
    ann.send(media(8, 5, [0xaf, 1], id))
    expect([ann.take(), bob.take()]).toEqual([[], []])
    answer({ allowed: true })
    world.settle()
    expect(ann.take()).toEqual(['StreamBegin 1', START])
    expect(bob.take().map((line) => line.replace(/@\d+/, ''))).toEqual([
      'status 1 NetStream.Play.PublishNotify',
      'media 9/1 1701',
      'media 8/1 af01',
    ])
  })

  test('a refusal leaves nothing, and the stream can be used', () => {
    const { ann, world, answer } = gated()
    const id = ann.publish('cam')
    answer({ allowed: false, method: '_error_necessary_privilege', message: 'No.' })
    world.settle()
    expect(ann.take()).toEqual([BAD_NAME])
    expect(world.census().streams).toBe(0)
    ann.publish('two', 'live', id)
    answer({ allowed: true })
    world.settle()
    expect(ann.take('status')).toEqual([START])
  })

  test('the same name again is another publish', () => {
    const { ann, world, answer } = gated()
    const id = ann.publish('cam')
    ann.command(id, 'closeStream')
    ann.publish('cam', 'live', id)
    answer({ allowed: true })
    world.settle()
    expect(ann.take()).toEqual(['StreamBegin 1', START])
    ann.command(id, 'closeStream')
    expect(ann.take()).toEqual(['status 1 NetStream.Unpublish.Success'])
    expect(world.census().streams).toBe(0)
  })

  test('who is gone by then has published nothing', () => {
    const { ann, world, answer } = gated()
    ann.publish('cam')
    ann.breaks()
    answer({ allowed: true })
    world.settle()
    expect([world.census().streams, world.errors]).toEqual([0, []])
  })
})

describe('record', () => {
  const turn = (): Promise<void> => new Promise(setImmediate)

  test.each(['record', 'append'] as const)('%s: its statuses, and what it was sent', async (type) => {
    const recordings = new MemoryRecordings()
    recordings.files.set('cam', [media(8, 0, [0xaf, 9])])
    const { ann, world } = studio({ recordings })
    const id = ann.publish('cam', type)
    ann.send(media(8, 5, [0xaf, 1], id))
    expect(ann.take('status')).toEqual([START, 'status 1 NetStream.Record.Start'])
    ann.command(id, 'closeStream')
    await turn()
    world.settle()
    expect(ann.take()).toEqual(['status 1 NetStream.Record.Stop', 'status 1 NetStream.Unpublish.Success'])
    expect(recordings.files.get('cam')).toHaveLength(type === 'record' ? 1 : 2)
  })

  test('what was sent before the answer is recorded too', async () => {
    const recordings = new MemoryRecordings()
    const waiting: (() => void)[] = []
    const { ann, world } = studio({
      recordings,
      access: {
        decide: ({ action }, decided) => {
          if (action === 'publish') waiting.push(() => decided({ allowed: true }))
          else decided({ allowed: true })
        },
      },
    })
    const id = ann.publish('cam', 'record')
    ann.send(media(8, 5, [0xaf, 1], id))
    for (const decide of waiting) decide()
    ann.close()
    await turn()
    expect(recordings.files.get('cam')).toHaveLength(1)
    expect(world.errors).toEqual([])
  })

  test('Unpublish.Success waits until all is written; the name is free at once', async () => {
    const recordings = new MemoryRecordings()
    let finish = (): void => undefined
    recordings.written = new Promise((resolve) => (finish = resolve))
    const { ann, bob, world } = studio({ recordings })
    const id = ann.publish('cam', 'record')
    ann.take()
    ann.command(id, 'closeStream')
    await turn()
    expect(ann.take()).toEqual([])
    bob.publish('cam')
    expect(bob.take('status')).toEqual([START])
    finish()
    await turn()
    world.settle()
    expect(ann.take()).toEqual(['status 1 NetStream.Record.Stop', 'status 1 NetStream.Unpublish.Success'])
  })

  test.each([
    ['noAccess', 'NetStream.Record.NoAccess'],
    ['failed', 'NetStream.Record.Failed'],
  ] as const)('what cannot be recorded (%s) goes on live', (refusal, code) => {
    const recordings = new MemoryRecordings()
    recordings.refusal = refusal
    const { ann, bob } = studio({ recordings })
    const id = ann.publish('cam', 'record')
    expect(ann.take('status')).toEqual([START, `status 1 ${code}`])
    bob.play('cam', -1000)
    bob.take()
    ann.send(media(8, 5, [0xaf, 1], id))
    expect(bob.take()).toHaveLength(1)
  })

  test('a full disk in the middle is told once, and it goes on live', async () => {
    const recordings = new MemoryRecordings()
    const { ann, bob, world } = studio({ recordings })
    const id = ann.publish('cam', 'record')
    ann.take()
    recordings.breaks('cam')
    world.settle()
    expect(ann.take()).toEqual(['status 1 NetStream.Record.Failed'])
    bob.play('cam', -1000)
    bob.take()
    ann.send(media(8, 5, [0xaf, 1], id))
    expect(bob.take('media 8')).toHaveLength(1)
    ann.command(id, 'closeStream')
    await turn()
    world.settle()
    expect(ann.take()).toEqual(['status 1 NetStream.Unpublish.Success'])
  })

  test('a recorder that cannot finish is told', async () => {
    const recordings = new MemoryRecordings()
    const { ann, world } = studio({ recordings })
    recordings.written = Promise.reject(new Error('the disk is gone'))
    const id = ann.publish('cam', 'record')
    ann.take()
    ann.command(id, 'closeStream')
    await turn()
    world.settle()
    expect(ann.take()).toEqual(['status 1 NetStream.Record.Failed', 'status 1 NetStream.Unpublish.Success'])
  })
})

test.each(['../cam', 'a/../b', '..', '/cam', 'cam\0', 'a\nb', 'x'.repeat(300), '\\cam'])(
  '%j is no name',
  (name) => {
    const { ann, bob, world } = studio()
    ann.publish('cam')
    bob.publish(name)
    expect(bob.take()).toEqual([BAD_NAME])
    expect([bob.call('echo', 1), world.census().streams]).toEqual(['result 1', 1])
  },
)

test.each(['a/b', 'mp4:foo.f4v', 'a..b', '...', 'ünï'])('%j is one', (name) => {
  const { bob } = studio()
  bob.publish(name)
  expect(bob.take('status')).toEqual([START])
})

test('media and data before publish, and after it, is dropped and counted, without a word', () => {
  const { ann } = studio()
  const id = ann.stream()
  for (let count = 0; count < 100; count++) ann.send(media(9, count, [0x17, 1], id))
  ann.publish('cam', 'live', id)
  ann.command(id, 'closeStream')
  ann.send(data('cue', [1], id))
  expect(ann.take('status')).toEqual([START, 'status 1 NetStream.Unpublish.Success'])
  expect(ann.server.connection.streams.find(id)?.droppedMessages).toBe(101)
})

test('data alone is a stream: marks and access rights come first to whoever joins, the rest passes', () => {
  const { ann, bob } = studio()
  const id = ann.publish('events')
  ann.send(data('|RtmpSampleAccess', [false, false], id))
  ann.send(data('onCuePoint', [1], id))
  bob.play('events')
  const lines = bob.take('media')
  expect(lines.slice(2)).toEqual(['media 18/1 |RtmpSampleAccess false false'])
  for (const handler of ['onCuePoint', 'onFI', 'onTextData', 'cue']) ann.send(data(handler, ['x'], id))
  expect(bob.take()).toEqual(
    ['onCuePoint', 'onFI', 'onTextData', 'cue'].map((handler) => `media 18/1 ${handler} "x"`),
  )
})

test('a conference: each of five publishes one and plays four, and nothing is left of it', () => {
  const world = new TestWorld()
  const people = ['a', 'b', 'c', 'd', 'e'].map((nick) => ({
    nick,
    client: world.flash({ app: 'live', args: [nick] }),
  }))
  const own = people.map(({ nick, client }) => client.publish(nick))
  for (const { client, nick } of people)
    for (const other of people) if (other.nick !== nick) client.play(other.nick)
  for (const { client } of people) client.take()
  people.forEach(({ client }, at) => client.send(media(8, 10, [0xaf, at], own[at])))
  people.forEach(({ client }, at) => {
    const heard = client.take().map((line) => line.replace(/@\d+/, ''))
    const others = [0, 1, 2, 3, 4].filter((other) => other !== at)
    expect(heard.sort()).toEqual(others.map((other, place) => `media 8/${place + 2} af0${other}`).sort())
  })
  for (const { client } of people) client.close()
  world.wait(0)
  expect([world.census(), world.errors]).toEqual([nothingLeft, []])
})

test('the log says who publishes and plays what, and what was refused', () => {
  const { ann, bob, world } = studio()
  const about = world.logged.length
  bob.play('cam')
  const id = ann.publish('cam')
  bob.publish('cam')
  bob.play('cam')
  ann.command(id, 'closeStream')
  const app = { app: 'live', instance: '', name: 'cam' }
  expect(world.logged.slice(about).map(({ message, fields }) => [message, fields])).toMatchObject([
    ['play: nobody publishes that stream yet', app],
    ['publish', app],
    ['publish refused', { ...app, method: '_error_stream_taken' }],
    ['play', app],
    ['unpublish', app],
  ])
})

test('a client that publishes and plays without end does not fill the log', () => {
  const { ann, world } = studio()
  const about = world.logged.length
  const id = ann.play('cam')
  for (let time = 1; time < 300; time++) ann.play('cam', undefined, id)
  const lines = world.logged.slice(about)
  expect(lines).toHaveLength(201)
  expect(lines.at(-1)?.message).toBe('what else this client does with streams is not logged')
})
