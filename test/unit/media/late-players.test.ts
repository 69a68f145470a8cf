import type { Limits } from '../../../src/util/limits.js'
import { HubLab, publisher } from '../../support/hub-lab.js'

/** A stream with 25 pictures and 25 sounds a second, and a keyframe whenever the test says so. */
function rig(limits: Partial<Limits> = {}, gopCache = true) {
  const lab = new HubLab({ gopCache }, limits)
  const stream = lab.open()
  const publication = stream.publish(publisher)!
  publication.media(lab.next('avc'))
  const run = (pictures: number, first: 'key' | 'inter' = 'key', length = 0): void => {
    for (let at = 0; at < pictures; at++) {
      publication.media(lab.next(at === 0 ? first : 'inter', length))
      publication.media(lab.next('sound'))
      lab.time.advance(40)
    }
  }
  const join = (from?: 'live') => {
    const player = lab.player()
    stream.play(player, from)
    return player
  }
  return { lab, stream, publication, run, join }
}

const count = (text: string, kind: string): number =>
  text.split(' ').filter((name) => name.startsWith(kind)).length

test('the running group comes from its keyframe, with headers of its time', () => {
  const { run, join } = rig()
  run(10)
  run(3)
  const player = join()
  expect(player.takeTimed()).toBe(
    'avc1@400 key2@400 sound11@400 inter10@440 sound12@440 inter11@480 sound13@480',
  )
  run(1, 'inter')
  expect(player.take()).toBe('inter12 sound14')
})

test('metadata says time 0: at any other, ffmpeg takes it for a stream of subtitles that never comes', () => {
  const { lab, publication, run, join } = rig()
  run(10)
  publication.metadata('onMetaData', lab.next('meta'))
  run(3)
  expect([join().takeTimed(), join('live').takeTimed()]).toEqual([
    expect.stringMatching(/^meta1@0 avc1@400 key2@400 /),
    expect.stringMatching(/^meta1@0 avc1@480$/),
  ])
})

test('a long group comes paced: half a second at once, then four times as fast as it was made', () => {
  const { lab, run, join } = rig()
  run(250)
  const player = join()
  expect(count(player.take(), 'key') + count(player.take(), 'inter')).toBe(1)
  lab.time.advance(1_000)
  expect(count(player.take(), 'inter')).toBeGreaterThan(90)
  lab.time.advance(2_500)
  run(5, 'inter')
  const all = player.all.filter((name) => !name.startsWith('sound'))
  expect(all).toEqual(['avc1', 'key1', ...Array.from({ length: 254 }, (_, at) => `inter${at + 1}`)])
  expect([player.seat.drops.video, lab.time.timers.size]).toEqual([0, 0])
})

test('who joins and takes nothing is slow in the end, and the log does not grow with it', () => {
  const { stream, run, join } = rig()
  run(25)
  const player = join()
  player.outstandingBytes = 1_000_000
  for (let second = 0; second < 20; second++) run(25)
  expect(player.seat.drops.video).toBeGreaterThan(300)
  expect(stream.heldBytes).toBeLessThan(25 * 4 * 2 * 20)
})

test('who joins and falls behind is slow as soon as that shows: the log holds two seconds for it, not ten', () => {
  const { stream, run, join } = rig()
  run(25, 'key', 100)
  const player = join()
  player.outstandingBytes = 1_000_000
  let most = 0
  for (let second = 0; second < 10; second++) {
    run(25, 'key', 100)
    most = Math.max(most, stream.heldBytes)
  }
  expect(most / (25 * (100 + 10))).toBeLessThan(3)
})

test('who joins and keeps its distance is not hurried', () => {
  const { lab, run, join } = rig()
  run(75)
  const player = join()
  for (let second = 0; second < 8; second++) {
    player.outstandingBytes = 1_000_000
    run(25, 'inter')
    lab.time.advance(0)
    player.drain()
  }
  expect(player.seat.drops.video).toBe(0)
})

test.each<[string, Partial<Limits>]>([
  ['gopCacheMs', { gopCacheMs: 1_000 }],
  ['gopCacheMessages', { gopCacheMessages: 60 }],
  ['gopCacheBytes', { gopCacheBytes: 3_500 }],
])('%s: a group that is too long is not kept, and never cut', (_name, limits) => {
  const { stream, run, join } = rig(limits)
  run(40, 'key', 100)
  const early = join()
  expect([early.take(), stream.heldBytes]).toEqual(['avc1', 0])
  run(2)
  expect(early.take()).toBe('sound41 key2 inter40 sound42'.replace('sound41 key2', 'key2 sound41'))
  expect(join().take()).toBe('avc1 key2 sound41 inter40 sound42')
})

test('without the cache, or asked for live, pictures begin with the next keyframe', () => {
  for (const [gopCache, from] of [
    [false, undefined],
    [true, 'live'],
  ] as const) {
    const { run, join } = rig({}, gopCache)
    run(3)
    const player = join(from)
    run(1, 'inter')
    run(2)
    expect(player.take()).toBe('avc1 sound4 key2 sound5 inter4 sound6')
  }
})

test('the first group begins with the publication: sound before its keyframe comes too', () => {
  const { lab, publication, run, join } = rig()
  publication.media(lab.next('sound'))
  expect(join().take()).toBe('avc1 sound1')
  run(1)
  expect(join().take()).toBe('avc1 sound1 key1 sound2')
  publication.media(lab.next('avc'))
  run(1)
  expect(join().take()).toBe('avc2 key2 sound3')
})

test('gopLeadMs: without a keyframe there is no group', () => {
  const { lab, stream, publication, join } = rig()
  publication.media(lab.next('sound'))
  lab.time.advance(2_001)
  publication.media(lab.next('sound'))
  expect(stream.heldBytes).toBe(0)
  expect(join().take()).toBe('avc1')
})

test('sound alone starts at once and is shared', () => {
  const { lab, publication, join } = rig()
  const players = [join(), join()]
  publication.media(lab.next('sound'))
  expect(players.map(({ writes }) => writes.at(-1))).toEqual(Array(2).fill(players[0]!.writes[1]))
  expect(players[0]!.take()).toBe('avc1 sound1')
})

test('the group of a publisher that has gone is not for those who come later', () => {
  const { stream, publication, run, join } = rig()
  join()
  run(5)
  publication.end()
  expect(stream.isIdle).toBe(false)
  expect(join().take()).toBe('')
})

test('nobody plays and nothing is cached: nothing is kept', () => {
  const { stream, run } = rig({}, false)
  run(100)
  expect(stream.heldBytes).toBe(0)
})
