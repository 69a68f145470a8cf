import { HEADERS_MOST, KEYFRAMES_MOST, KeyframeIndex } from '../../../src/media/keyframe-index.js'
import { aacHeader, avcHeader, frame, keyframe, sound } from '../../support/recordings.js'

test('the last keyframe at or before a time is found', () => {
  const index = new KeyframeIndex()
  index.note(avcHeader(), 13)
  for (let at = 0; at < 100; at++) {
    index.note(keyframe(at * 1_000), 1_000 + at * 10)
    index.note(frame(at * 1_000 + 500), 1_005 + at * 10)
  }
  expect(index.before(41_999)).toEqual({ timeMs: 41_000, position: 1_410 })
  expect(index.before(42_000)).toEqual({ timeMs: 42_000, position: 1_420 })
  expect(index.before(1e9)).toEqual({ timeMs: 99_000, position: 1_990 })
  expect(index.before(-1)).toBeUndefined()
  expect([index.headers, index.lastMs, index.hasVideo]).toEqual([[13], 99_500, true])
})

test('a day of keyframes is thinned evenly and stays within its bound', () => {
  const index = new KeyframeIndex()
  for (let at = 0; at < 43_200; at++) index.note(keyframe(at * 2_000), at)
  const { keyframes } = index
  expect(keyframes.length).toBeLessThan(KEYFRAMES_MOST)
  expect(keyframes.length).toBeGreaterThan(KEYFRAMES_MOST / 4)
  const gaps = keyframes.slice(1).map(({ timeMs }, at) => timeMs - (keyframes[at]?.timeMs ?? 0))
  expect(Math.max(...gaps)).toBeLessThanOrEqual(4 * Math.min(...gaps))
  expect(keyframes[0]).toEqual({ timeMs: 0, position: 0 })
})

test('sound is a place to begin, once a second, until there is video', () => {
  const index = new KeyframeIndex()
  index.note(aacHeader(), 1)
  for (let at = 0; at < 100; at++) index.note(sound(at * 25), 10 + at)
  expect(index.keyframes.map(({ timeMs }) => timeMs)).toEqual([0, 1_000, 2_000])
  index.note(keyframe(2_600), 500)
  index.note(sound(9_000), 600)
  expect(index.keyframes).toEqual([{ timeMs: 2_600, position: 500 }])
})

test('of too many sequence headers the first and the last ones stay', () => {
  const index = new KeyframeIndex()
  for (let at = 0; at < 1_000; at++) index.note(avcHeader(), at)
  expect(index.headers).toHaveLength(HEADERS_MOST)
  expect([index.headers[0], index.headers.at(-1)]).toEqual([0, 999])
})
