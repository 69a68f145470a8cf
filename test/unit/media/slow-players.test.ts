import { HubLab, publisher } from '../../support/hub-lab.js'
import type { Kind } from '../../support/hub-lab.js'
import type { Limits } from '../../../src/util/limits.js'

const FRAME_MS = 40

function rig(limits: Partial<Limits> = {}, gopCache = false) {
  const lab = new HubLab({ gopCache }, limits)
  const stream = lab.open()
  const publication = stream.publish(publisher)!
  /** One message every 40 ms. */
  const send = (kind: Kind, count = 1, length = 0): void => {
    for (let at = 0; at < count; at++) {
      publication.media(lab.next(kind, length))
      lab.time.advance(FRAME_MS)
    }
  }
  const player = lab.player()
  stream.play(player)
  return { lab, stream, publication, send, player }
}

const FULL = 1_000_000

test('media waits in the hub while the player has 128 KiB to take, and comes when it has taken them', () => {
  const { player, send } = rig()
  send('key')
  player.isStalled = true
  send('inter', 3, 70_000)
  expect(player.take()).toBe('key1 inter1 inter2')
  send('inter')
  player.drain(70_000)
  expect(player.take()).toBe('inter3')
  player.drain()
  expect(player.take()).toBe('inter4')
})

test('a faster stream may have 500 ms outstanding', () => {
  const { player, send } = rig()
  send('key')
  send('inter', 51, 40_000)
  player.isStalled = true
  player.take()
  send('inter', 20, 40_000)
  expect(player.outstandingBytes).toBe(13 * 40_000)
})

test('what is too late goes: pictures nobody needs first, then all to the next keyframe, sound last', () => {
  const { player, stream, lab, publication, send } = rig()
  send('key')
  player.take()
  player.outstandingBytes = FULL
  for (let at = 0; at < 50; at++) {
    publication.media(lab.next(at % 2 === 0 ? 'spare' : 'inter'))
    publication.media(lab.next('sound'))
    lab.time.advance(FRAME_MS)
  }
  // 2 s on: the spare ones are 1 s old and more, of the others the first 0.5 s too
  send('sound')
  expect(player.seat.drops.audio).toBe(1)
  send('key')
  send('inter')
  player.drain()
  const got = player.take().split(' ')
  expect(got.filter((name) => !name.startsWith('sound'))).toEqual(['key2', 'inter26'])
  const { drops } = player.seat
  expect(drops.video + drops.disposable).toBe(50)
  expect(got.filter((name) => name.startsWith('sound'))).toHaveLength(51 - drops.audio)
  expect(stream.drops).toEqual(drops)
  expect(player.heldLate).toBeGreaterThan(0)
})

test('disposable pictures go alone while the player is but a second behind', () => {
  const { player, send } = rig()
  send('key')
  player.take()
  player.outstandingBytes = FULL
  send('spare', 2)
  send('inter')
  send('sound', 22)
  send('spare')
  player.drain()
  expect(player.take().replace(/ sound\d+/g, '')).toBe('inter1 spare3')
  expect(player.seat.drops).toEqual({ disposable: 2, video: 0, audio: 0 })
})

test('the bytes of a stream that wait for slow players are limited as well as their time', () => {
  const { player, stream, send } = rig({ streamBacklogBytes: 100_000 })
  send('key')
  player.outstandingBytes = FULL
  send('inter', 20, 20_000)
  expect(stream.heldBytes).toBeLessThanOrEqual(120_000)
  expect(player.seat.drops.video).toBeGreaterThan(0)
})

test('streamBacklogMs: who is behind for longer loses sound', () => {
  const { player, send } = rig({ streamBacklogMs: 200 })
  player.outstandingBytes = FULL
  send('sound', 10)
  player.drain()
  expect([player.take(), player.seat.drops.audio]).toEqual(['sound7 sound8 sound9 sound10', 6])
})

test('headers, metadata and what is sent are never dropped', () => {
  const { player, publication, lab, send } = rig()
  player.outstandingBytes = FULL
  publication.metadata('onMetaData', lab.next('meta'))
  send('avc')
  publication.data(lab.next('cue'))
  send('sound', 100)
  publication.data(lab.next('cue'))
  player.drain()
  expect(player.take().replace(/ sound\d+/g, '')).toBe('meta1 avc1 cue1 cue2')
})

test('a player whose kept messages come to queueBytes is given up', () => {
  const { player, stream, publication, lab } = rig({ queueBytes: 10_000 })
  player.outstandingBytes = FULL
  for (let at = 0; at < 20 && !player.isOverrun; at++) {
    publication.data(lab.next('cue', 1_000))
    lab.time.advance(500)
  }
  expect([player.isOverrun, stream.playerCount, player.take()]).toEqual([true, 0, ''])
})

test('the others are served as if nobody were slow, and nothing waits once the slow one has gone', () => {
  const { lab, stream, player, send } = rig()
  const other = lab.player()
  stream.play(other)
  player.outstandingBytes = FULL
  send('key')
  send('inter', 5)
  expect(other.take()).toBe('key1 inter1 inter2 inter3 inter4 inter5')
  expect(stream.heldBytes).toBeGreaterThan(0)
  player.seat.leave()
  send('inter')
  expect([stream.heldBytes, lab.time.timers.size]).toEqual([0, 0])
})

test('a player with an allowance gets one message at a time, a large one in parts', () => {
  const lab = new HubLab()
  const form = Object.assign(lab.form, {
    split: (_message: object, bytes: Uint8Array) => [
      bytes.subarray(0, 4_000),
      bytes.subarray(4_000, 8_000),
      bytes.subarray(8_000),
    ],
  })
  const stream = lab.open()
  const publication = stream.publish(publisher)!
  const player = lab.player(form)
  player.isStalled = true
  player.allowanceBytes = 4_000
  stream.play(player)
  publication.media(lab.next('key', 10_000))
  publication.media(lab.next('inter'))
  const lengths = (): number[] => player.writes.splice(0).map(({ length }) => length)
  expect(lengths()).toEqual([4_000])
  player.drain()
  expect(lengths()).toEqual([4_000])
  publication.metadata('onMetaData', lab.next('meta'))
  player.drain(1)
  expect(lengths()).toEqual([2_000])
  player.drain()
  expect(player.take()).toBe('inter1 meta1')
  player.drain()
  publication.media(lab.next('key', 10_000))
  expect(lengths()).toEqual([4_000])
  player.seat.leave()
  expect(lengths()).toEqual([4_000, 2_000]) // what was begun is finished
})

test('who says nothing when it has taken something is looked after all the same', () => {
  const { lab, player, send } = rig()
  player.outstandingBytes = FULL
  send('sound')
  player.outstandingBytes = 0
  lab.time.advance(100)
  expect([player.take(), lab.time.timers.size]).toEqual(['sound1', 0])
})
