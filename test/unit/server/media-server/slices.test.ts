import { joinSlices } from '../../../../src/server/media-server/slices.js'
import type { Slice } from '../../../../src/server/media-server/slices.js'

const avc = (flags: number, dts: number, ...nal: number[]): Slice => ({
  flags,
  dts,
  data: Buffer.from([flags === 3 ? 0x17 : 0x27, 1, 0, 0, 0, ...nal]),
})
const hevc = (flags: number, dts: number, packetType: number, ...nal: number[]): Slice => {
  const time = packetType === 1 ? [0, 0, 0] : []
  const first = (flags === 3 ? 0x90 : 0xa0) | packetType
  return { flags, dts, data: Buffer.from([first, ...Buffer.from('hvc1'), ...time, ...nal]) }
}
const shown = (slices: readonly Slice[]): unknown[] =>
  slices.map(({ flags, dts, data }) => [flags, dts, data.toString('hex')])

test('slices become a picture at its end', () => {
  const first = joinSlices([], [avc(3, 0, 1)], false)
  expect(first).toEqual({ whole: [], open: [avc(3, 0, 1)] })
  expect(shown(joinSlices(first.open, [avc(3, 0, 2)], true).whole)).toEqual([[3, 0, '17010000000102']])
})

test('what stands before a keyframe belongs to it', () => {
  const { whole } = joinSlices([], [avc(4, 0, 6), avc(3, 0, 5)], true)
  expect(shown(whole)).toEqual([[3, 0, '17010000000605']])
})

test('a picture whose end was lost ends with the next one', () => {
  const { whole, open } = joinSlices([avc(4, 0, 1)], [avc(4, 40, 2)], false)
  expect(shown(whole)).toEqual([[4, 0, '270100000001']])
  expect(shown(open)).toEqual([[4, 40, '270100000002']])
})

test('sound between the slices goes ahead and ends nothing, whatever its marker says', () => {
  const sound = { flags: 1, dts: 50, data: Buffer.of(0xaf, 1) }
  const { whole, open } = joinSlices([avc(4, 40, 2)], [sound], true)
  expect(whole).toEqual([sound])
  expect(shown(joinSlices(open, [avc(4, 40, 3)], true).whole)).toEqual([[4, 40, '27010000000203']])
})

test('a header goes ahead of the picture whose delimiter came before it', () => {
  const header = { flags: 2, dts: 0, data: Buffer.of(0x17, 0) }
  const { whole, open } = joinSlices([avc(4, 0, 9)], [header, avc(3, 0, 5)], false)
  expect(whole).toEqual([header])
  expect(shown(joinSlices(open, [], true).whole)).toEqual([])
  expect(shown(joinSlices(open, [avc(3, 0, 6)], true).whole)).toEqual([[3, 0, '1701000000090506']])
})

test('a header of a later picture ends the one before', () => {
  const header = { flags: 2, dts: 40, data: Buffer.of(0x17, 0) }
  expect(joinSlices([avc(4, 0, 1)], [header], false)).toEqual({ whole: [avc(4, 0, 1), header], open: [] })
})

test.each([
  [1, '91687663310000000102'],
  [3, '93687663310102'],
])('slices of HEVC, packet type %d', (packetType, hex) => {
  const { whole } = joinSlices([hevc(3, 0, packetType, 1)], [hevc(3, 0, packetType, 2)], true)
  expect(shown(whole)).toEqual([[3, 0, hex]])
})

test('one slice is passed as it is', () => {
  const only = avc(4, 0, 1)
  expect(joinSlices([], [only], true).whole[0]).toBe(only)
})
