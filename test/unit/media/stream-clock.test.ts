import { StreamClock } from '../../../src/media/stream-clock.js'
import type { TimeKind } from '../../../src/media/stream-clock.js'

const U32 = 2 ** 32
type Step = readonly [kind: TimeKind | 'restart', given: number, nowMs: number, time?: number]

/** Given u32, at a time of the clock: the stream's own time. */
const stories: Readonly<Record<string, readonly Step[]>> = {
  'what the first publisher says passes': [
    ['video', 1_000_000, 0, 1_000_000],
    ['audio', 999_990, 1, 999_990],
    ['video', 1_000_033, 33, 1_000_033],
    ['video', 1_000_066, 33, 1_000_066],
  ],
  'a file sent at once keeps its times': [
    ['video', 0, 0, 0],
    ['video', 20_000, 1, 20_000],
    ['video', 45_000, 2, 45_000],
  ],
  'no kind goes back, another may be behind it': [
    ['video', 500, 0, 500],
    ['audio', 300, 0, 300],
    ['video', 480, 1, 500],
    ['video', 510, 2, 510],
  ],
  'what metadata says of its time before anything moves holds no longer than that': [
    ['still', 4_000_000_000, 0, 4_000_000_000],
    ['video', 0, 10, 0],
    ['still', 5, 20, 5],
    ['still', 0, 30, 5],
    ['restart', 0, 0],
    ['still', 4_000_000_000, 40, 5],
  ],
  'times wrap': [
    ['video', U32 - 20, 0, U32 - 20],
    ['video', 20, 40, U32 + 20],
    ['audio', 10, 40, U32 + 10],
  ],
  'a jump back is taken up where the clock on the wall says': [
    ['video', 60_000, 0, 60_000],
    ['audio', 60_010, 0, 60_010],
    ['video', 0, 33, 60_043],
    ['audio', 10, 34, 60_053],
    ['video', 33, 66, 60_076],
  ],
  'a jump forward too, unless as much time has passed': [
    ['video', 0, 0, 0],
    ['video', 40_000, 15_000, 40_000],
    ['video', 4_000_000_000, 15_040, 40_040],
    ['video', 4_000_000_040, 15_080, 40_080],
  ],
  'the next publisher goes on behind the last, both kinds together': [
    ['video', 5_000, 0, 5_000],
    ['restart', 0, 0],
    ['still', 0, 900, 5_000],
    ['video', 0, 1_000, 5_040],
    ['audio', 5, 1_000, 5_045],
    ['video', 40, 1_040, 5_080],
  ],
  'headers and data count where they fit and move nothing': [
    ['still', 0, 0, 0],
    ['video', 9_000_000, 0, 9_000_000],
    ['still', 9_000_010, 10, 9_000_010],
    ['still', 0, 20, 9_000_010],
    ['video', 9_000_040, 40, 9_000_040],
    ['still', 0, 50, 9_000_040],
  ],
}

test.each(Object.entries(stories))('%s', (_name, steps) => {
  const clock = new StreamClock()
  for (const [kind, given, nowMs, time] of steps)
    if (kind === 'restart') clock.restart()
    else expect([kind, given, clock.time(kind, given, nowMs)]).toEqual([kind, given, time])
})
