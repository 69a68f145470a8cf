/** What a NetStream plays, one after the other: live, recorded, parts, seeks, and the statuses of it [rtmp.md 3.7]. */
import { AmfObject } from '../../../src/amf/value.js'
import type { AmfValue } from '../../../src/amf/value.js'
import { userControlMessage } from '../../../src/rtmp/session/outgoing.js'
import { media } from '../../support/fake-rtmp-text.js'
import { MemoryRecordings, film } from '../../support/memory-recordings.js'
import { TestWorld, nothingLeft } from '../../support/world.js'
import type { TestWorldOptions } from '../../support/world.js'
import type { WorldFlash } from '../../support/world-flash.js'

class Cinema extends TestWorld {
  readonly ann = this.flash({ app: 'live', args: ['ann'] })
  readonly bob = this.flash({ app: 'live', args: ['bob'] })

  constructor(
    readonly recordings = new MemoryRecordings(),
    options: TestWorldOptions = {},
  ) {
    super({ ...options, recordings })
    recordings.files.set('film', film(1_000))
    recordings.files.set('long', film(60_000))
    for (const client of [this.ann, this.bob]) client.take()
  }

  /** Whatever is to be read is read, at this time and after it. */
  async run(ms = 0): Promise<void> {
    for (let passed = 0; passed <= ms; passed += 100) {
      if (passed > 0) this.wait(100)
      await new Promise(setImmediate)
      this.settle()
    }
  }

  async play(...args: AmfValue[]): Promise<number> {
    const id = this.bob.stream()
    this.bob.command(id, 'play', ...args)
    await this.run()
    return id
  }
}

const statuses = (client: WorldFlash): string[] =>
  client
    .take()
    .filter((line) => !/^media [89]|SampleAccess|Data.Start|onMetaData/.test(line))
    .map((line) => line.replace(/^media 18\/(\d+) onPlayStatus .*code:"([^"]*)".*$/, 'playStatus $1 $2'))

const pictures = (client: WorldFlash): number[] =>
  client
    .take('media 9')
    .flatMap((line) => (/ .7010*$| .701/.test(line) ? [Number(/@(\d+)/.exec(line)?.[1])] : []))

const LIVE = ['StreamBegin 1', 'status 1 NetStream.Play.Reset', 'status 1 NetStream.Play.Start']
const RECORDED = ['StreamIsRecorded 1', ...LIVE]
const NEXT = ['playStatus 1 NetStream.Play.Switch', 'StreamBegin 1', 'status 1 NetStream.Play.Start']
const COMPLETE = ['playStatus 1 NetStream.Play.Complete', 'StreamEof 1', 'status 1 NetStream.Play.Stop']
const SOUGHT = [
  'StreamEof 1',
  'StreamIsRecorded 1',
  'StreamBegin 1',
  'status 1 NetStream.Seek.Notify',
  'status 1 NetStream.Play.Start',
]

describe('where a name leads', () => {
  test.each<[string, AmfValue[], string[]]>([
    ['-2: a recording when nobody publishes', ['film', -2000], [...RECORDED, ...COMPLETE]],
    ['-2: nothing yet: waits', ['later', -2000], LIVE],
    ['-2: live before recorded', ['cam', -2000], LIVE],
    ['-1: waits although there is a recording', ['film', -1000], LIVE],
    ['an offset: the recording although it is live', ['cam', 0], RECORDED],
    ['an offset: live without a recording (curl)', ['mic', 0], LIVE],
    ['an offset: nothing', ['later', 0], ['status 1 NetStream.Play.StreamNotFound']],
    ['an offset behind the end', ['film', 1e308], [...RECORDED, ...COMPLETE]],
    ['up a folder', ['../film', 0], ['status 1 NetStream.Play.StreamNotFound']],
    ['a root', ['/film', -1000], ['status 1 NetStream.Play.StreamNotFound']],
    ['a NUL', ['film\0', -2000], ['status 1 NetStream.Play.StreamNotFound']],
    ['a name without end', ['x'.repeat(60_000), 0], ['status 1 NetStream.Play.StreamNotFound']],
  ])('%s', async (_name, args, expected) => {
    const world = new Cinema()
    world.recordings.files.set('cam', film(60_000))
    for (const name of ['cam', 'mic']) world.ann.publish(name)
    await world.play(...args)
    expect(statuses(world.bob)).toEqual(expected)
    expect(world.bob.call('echo', 1)).toBe('result 1')
  })

  test('a recording that cannot be opened', async () => {
    const world = new Cinema()
    world.recordings.failsToFind = true
    await world.play('film', 0)
    expect(statuses(world.bob)).toEqual(['status 1 NetStream.Play.Failed'])
  })

  test('who may not play is told so, and gets no length', async () => {
    const asked: (string | undefined)[] = []
    const world = new Cinema(undefined, {
      access: {
        decide: ({ action, name, query }, decided) => {
          if (action !== 'play') decided({ allowed: true })
          else {
            asked.push(`${name}?${query}`)
            decided({ allowed: false, method: '_error_necessary_privilege', message: 'No.' })
          }
        },
      },
    })
    await world.play('film?key=1', 0)
    expect(statuses(world.bob)).toEqual(['status 1 NetStream.Play.Failed'])
    expect(asked).toEqual(['film?key=1'])
    expect(world.bob.call('getStreamLength', 'film')).toBe('result 0')
  })
})

test('a recording is sent at its pace and ends; the whole of it arrives', async () => {
  const world = new Cinema()
  await world.play('long', 0)
  const first = pictures(world.bob)
  expect([first[0], first.at(-1)]).toEqual([0, 3_400]) // SetBufferLength has not come: 3 s, and half of one
  await world.run(60_000)
  const rest = world.bob.take()
  expect(rest.filter((line) => line.startsWith('media 9'))).toHaveLength(301 - first.length)
  expect(rest.at(-1)).toBe('status 1 NetStream.Play.Stop')
  expect(rest.at(-3)).toContain('duration:60,bytes:')
  world.bob.close()
  world.ann.close()
  expect([world.recordings.open, world.census(), world.errors]).toEqual([0, nothingLeft, []])
})

test('SetBufferLength counts, before and after play', async () => {
  const world = new Cinema()
  const id = world.bob.stream()
  const setBuffer = (bufferLength: number): void => {
    const message = userControlMessage({ event: 'SetBufferLength', messageStreamId: id, bufferLength })
    world.bob.send(message)
  }
  setBuffer(1_000)
  world.bob.command(id, 'play', 'long', 0)
  await world.run()
  expect(pictures(world.bob).at(-1)).toBe(1_400)
  setBuffer(5_000)
  await world.run()
  expect(pictures(world.bob).at(-1)).toBe(5_400)
})

test('the length of a recording, and of what is none', async () => {
  const world = new Cinema()
  const answers = ['long', 'film', 'later', '../x', ''].map((name) => world.bob.ask('getStreamLength', name))
  await world.run()
  expect(answers.map((answer) => answer())).toEqual(['60', '1', '0', '0', '0'].map((n) => `result ${n}`))
  world.recordings.failsToFind = true
  const broken = world.bob.ask('getMovLen', 'long')
  await world.run()
  expect(broken()).toBe('result 0')
})

describe('seek', () => {
  test('begins at the keyframe before, after its statuses', async () => {
    const world = new Cinema()
    const id = await world.play('long', 0)
    world.bob.take()
    world.bob.command(id, 'seek', 25_400)
    await world.run()
    const lines = world.bob.take()
    expect(lines.slice(0, 5)).toEqual(SOUGHT)
    expect(lines.slice(5, 9)).toEqual([
      'media 18/1 onMetaData "m"',
      'media 9/1@25000 1700',
      'media 8/1@25000 af00',
      'media 9/1@25000 1701',
    ])
  })

  test('by the time of the client, which is 0 where it asked to begin', async () => {
    const world = new Cinema()
    const id = await world.play('long', 20_500)
    const began = pictures(world.bob)
    expect(began.slice(0, 5)).toEqual([0, 0, 0, 100, 300])
    world.bob.command(id, 'seek', 25_400)
    await world.run()
    expect(pictures(world.bob)[0]).toBe(24_500) // the keyframe at 45 s
    world.bob.command(id, 'pause', true, 25_000)
    world.bob.command(id, 'pause', false, 25_000)
    await world.run()
    expect(pictures(world.bob)[0]).toBe(25_100)
    world.bob.command(id, 'seek', 39_501)
    expect(world.bob.take().at(-1)).toBe('status 1 NetStream.Seek.InvalidTime')
  })

  test.each<[string, AmfValue, string]>([
    ['behind the end', 1e308, 'NetStream.Seek.InvalidTime'],
    ['to no number', 'x', 'NetStream.InvalidArg'],
  ])('%s is refused, and the playing goes on', async (_name, to, code) => {
    const world = new Cinema()
    const id = await world.play('long', 0)
    world.bob.take()
    world.bob.command(id, 'seek', to)
    expect(world.bob.take()).toEqual([`status 1 ${code}`])
    await world.run(400)
    expect(pictures(world.bob)[0]).toBe(3_600)
  })

  test('after the end plays it again', async () => {
    const world = new Cinema()
    const id = await world.play('film', 0)
    expect(statuses(world.bob)).toEqual([...RECORDED, ...COMPLETE])
    expect(world.recordings.open).toBe(0)
    world.bob.command(id, 'seek', 0)
    await world.run()
    expect(statuses(world.bob)).toEqual([...SOUGHT, ...COMPLETE])
    world.bob.command(id, 'seek', 1_001)
    await world.run()
    expect(statuses(world.bob)).toEqual(['status 1 NetStream.Seek.InvalidTime'])
    world.recordings.files.delete('film')
    world.bob.command(id, 'seek', 0)
    await world.run()
    expect(statuses(world.bob)).toEqual(['status 1 NetStream.Seek.Failed'])
    expect(world.recordings.open).toBe(0)
  })

  test('of live, and of what is only being looked for, fails', async () => {
    const world = new Cinema()
    const live = await world.play('later', -1000)
    world.bob.command(live, 'seek', 5)
    expect(statuses(world.bob).at(-1)).toBe('status 1 NetStream.Seek.Failed')
    world.bob.command(live, 'play', 'long', 0)
    world.bob.command(live, 'seek', 5)
    expect(statuses(world.bob)).toEqual(['status 1 NetStream.Seek.Failed'])
  })
})

describe('pause and receive', () => {
  test('pause holds a recording back, resume goes on where the player is', async () => {
    const world = new Cinema()
    const id = await world.play('long', 0)
    world.bob.command(id, 'pause', true, 1_000)
    world.bob.take()
    await world.run(5_000)
    expect(world.bob.take()).toEqual([])
    world.bob.command(id, 'pause', false, 1_000)
    await world.run()
    const lines = world.bob.take()
    expect(lines[0]).toBe('status 1 NetStream.Unpause.Notify')
    expect(lines.filter((line) => line.includes('media 9')).slice(0, 3)).toEqual([
      'media 9/1@1000 1700',
      'media 9/1@1200 2701',
      'media 9/1@1400 2701',
    ])
  })

  test('paused before it was found, it shows one picture', async () => {
    const world = new Cinema()
    const id = world.bob.stream()
    world.bob.command(id, 'play', 'long', 0)
    world.bob.command(id, 'pause')
    await world.run(500)
    expect(pictures(world.bob)).toEqual([0])
    world.bob.command(id, 'pause')
    await world.run()
    expect(pictures(world.bob).slice(0, 2)).toEqual([0, 200])
  })

  test('what is not wanted is not sent; wanted again, it is sought', async () => {
    const world = new Cinema()
    const id = world.bob.stream()
    world.bob.command(id, 'receiveVideo', false)
    world.bob.command(id, 'play', 'long', 0)
    await world.run()
    const lines = world.bob.take()
    expect(lines.filter((line) => / .701/.test(line))).toEqual([])
    expect(lines.filter((line) => line.includes('media 8')).length).toBeGreaterThan(5)
    world.bob.command(id, 'receiveVideo', true)
    await world.run()
    const again = world.bob.take()
    expect(again.slice(0, 5)).toEqual(SOUGHT)
    expect(again.find((line) => / .701/.test(line))).toBe('media 9/1@3000 1701')
    world.bob.command(id, 'receiveVideo', true)
    expect(statuses(world.bob)).toEqual([])
  })
})

describe('a playlist', () => {
  test('plays one after the other, with a Switch between and Complete at the end', async () => {
    const world = new Cinema()
    const id = await world.play('film', 0)
    expect(statuses(world.bob)).toEqual([...RECORDED, ...COMPLETE])
    world.bob.command(id, 'play', 'long', 0)
    for (const name of ['gone', 'film']) world.bob.command(id, 'play', name, 0, -1, false)
    await world.run(61_000)
    expect(statuses(world.bob)).toEqual([
      ...RECORDED,
      'status 1 NetStream.Play.StreamNotFound',
      'playStatus 1 NetStream.Play.Switch',
      'StreamIsRecorded 1',
      ...NEXT.slice(1),
      ...COMPLETE,
    ])
    world.bob.command(id, 'play', 'film', 0, -1, 2)
    await world.run()
    expect(statuses(world.bob)).toEqual(['StreamIsRecorded 1', ...NEXT.slice(1), ...COMPLETE])
  })

  test('a live one lasts until its publisher goes, or for its duration', async () => {
    const world = new Cinema()
    const cam = world.ann.publish('cam')
    const mic = world.ann.publish('mic')
    const id = await world.play('cam', -1000)
    world.bob.command(id, 'play', 'mic', -1000, 2_000, false)
    world.bob.command(id, 'play', 'film', 0, -1, 0)
    for (const at of [0, 1_000]) world.ann.send(media(8, at, [0xaf, 1], cam))
    expect(statuses(world.bob)).toEqual(LIVE)
    world.ann.command(cam, 'closeStream')
    await world.run()
    expect(statuses(world.bob)).toEqual(NEXT)
    for (const at of [0, 1_000, 1_999, 2_000, 2_500]) world.ann.send(media(8, at, [0xaf, 1], mic))
    await world.run(1_000)
    const lines = world.bob.take()
    expect(
      lines.filter((line) => line.startsWith('media 8/1@') && line.endsWith('af01')).slice(0, 3),
    ).toEqual(['media 8/1@0 af01', 'media 8/1@1000 af01', 'media 8/1@1999 af01'])
    expect(lines.filter((line) => line.startsWith('status'))).toEqual([
      'status 1 NetStream.Play.Start',
      'status 1 NetStream.Play.Stop',
    ])
  })

  test('what waits behind a live one whose publisher has gone begins when it is queued', async () => {
    const world = new Cinema()
    const cam = world.ann.publish('cam')
    const id = await world.play('cam')
    world.ann.command(cam, 'closeStream')
    expect(statuses(world.bob)).toEqual([...LIVE, 'status 1 NetStream.Play.UnpublishNotify'])
    world.bob.command(id, 'play', 'film', 0, -1, false)
    await world.run()
    expect(statuses(world.bob)[0]).toBe('playStatus 1 NetStream.Play.Switch')
    expect(world.census().streams).toBe(0)
  })

  test('has a limit, and a reset drops what waits', async () => {
    const world = new Cinema(undefined, { config: { limits: { playListItems: 2 } } })
    const id = await world.play('long', 0)
    for (let count = 0; count < 3; count++) world.bob.command(id, 'play', 'film', 0, -1, false)
    expect(statuses(world.bob)).toEqual([...RECORDED, 'status 1 NetStream.Play.Failed'])
    world.bob.command(id, 'play', 'later', -1000)
    await world.run(70_000)
    expect(statuses(world.bob)).toEqual(LIVE)
    expect(world.recordings.open).toBe(0)
  })

  test('a recording that breaks gives way to the next', async () => {
    const world = new Cinema()
    const id = await world.play('long', 0)
    world.bob.command(id, 'play', 'film', 0, -1, false)
    world.recordings.opened[0]!.breaksAt = 0
    await world.run(2_000)
    expect(statuses(world.bob)).toEqual([
      ...RECORDED,
      'status 1 NetStream.Play.Failed',
      'StreamIsRecorded 1',
      ...NEXT.slice(1),
      ...COMPLETE,
    ])
    expect(world.logged.filter(({ level }) => level === 'warn')).toHaveLength(1)
  })

  test('play2 goes on with another rendition where the first is', async () => {
    const world = new Cinema()
    world.recordings.files.set('hd', film(60_000))
    const id = await world.play('long', 10_000)
    world.bob.take()
    world.bob.command(id, 'play2', AmfObject.of({ streamName: 'hd', transition: 'switch' }))
    await world.run()
    expect(
      world.bob
        .take()
        .filter((line) => !/ \w7?f?00$/.test(line))
        .slice(0, 4),
    ).toEqual([
      'status 1 NetStream.Play.Transition',
      expect.stringContaining('TransitionComplete'),
      'media 18/1 onMetaData "m"',
      'media 9/1@3000 1701', // by the time of the first, which began at 10 s
    ])
  })
})

describe('a part of a live stream', () => {
  test.each<[string, number, string[]]>([
    ['so many ms of its time', 100, ['media 9/1@500 1701', 'media 8/1@540 af01']],
    ['one picture', 0, ['media 9/1@500 1701']],
  ])('%s', async (_name, durationMs, expected) => {
    const world = new Cinema()
    const id = world.ann.publish('cam')
    await world.play('cam', -1000, durationMs)
    const sent = [
      media(9, 500, [0x17, 0]),
      media(9, 500, [0x17, 1]),
      media(8, 540, [0xaf, 1]),
      media(8, 600, [0xaf, 1]),
    ]
    for (const message of sent) world.ann.send({ ...message, messageStreamId: id })
    const lines = world.bob.take()
    expect(lines.filter((line) => /^media [89].*01$/.test(line)).map(rebased(500))).toEqual(expected)
    expect(lines.slice(-3)).toEqual([
      expect.stringContaining('Play.Complete'),
      'StreamEof 1',
      'status 1 NetStream.Play.Stop',
    ])
    for (const at of [700, 800]) world.ann.send(media(8, at, [0xaf, 1], id))
    expect(world.bob.take()).toEqual([])
  })

  /** The stream has a time of its own: the first frame shows by how much. */
  function rebased(first: number): (line: string, at: number, all: string[]) => string {
    const time = (line: string): number => Number(/@(\d+)/.exec(line)?.[1])
    return (line, _at, all) => line.replace(/@\d+/, `@${time(line) - time(all[0]!) + first}`)
  }
})

test('who asks without end has one look and one read under way', async () => {
  const world = new Cinema(undefined, { config: { limits: { pendingCalls: 10 } } })
  const id = world.bob.stream()
  for (let count = 0; count < 50; count++) world.bob.session.play(id, 'long', count * 100)
  const lengths: string[] = []
  for (let count = 0; count < 50; count++)
    world.bob.session.call('getStreamLength', ['long'], (answer) =>
      lengths.push(answer.ok ? 'ok' : 'refused'),
    )
  world.settle()
  await world.run()
  expect(lengths).toHaveLength(50)
  expect(pictures(world.bob)[0]).toBe(0)
  expect(world.recordings.mostLooks).toBeLessThanOrEqual(2)
  for (let count = 0; count < 50; count++) world.bob.session.streamCommand(id, 'seek', [count * 1_000])
  world.settle()
  await world.run()
  expect(world.recordings.opened.map(({ readers }) => readers)).toEqual(
    [0, 1].slice(2 - world.recordings.opened.length),
  )
  expect(pictures(world.bob)[0]).toBe(53_000 - 4_900) // the last seek, by the times of the last play
})

test('closing in the middle of anything leaves nothing', async () => {
  const world = new Cinema()
  world.bob.command(world.bob.stream(), 'play', 'long', 0)
  await world.run()
  const second = await world.play('long', 5)
  world.bob.command(second, 'seek', 30_000)
  world.bob.command(world.bob.stream(), 'play', 'film', 0)
  world.bob.command(world.bob.stream(), 'play', 'later', -2000)
  world.bob.breaks()
  await world.run(500)
  world.ann.close()
  expect([world.recordings.open, world.census(), world.errors]).toEqual([0, nothingLeft, []])
  expect(world.recordings.opened.map(({ readers }) => readers)).toEqual([0, 0, 0])
})
