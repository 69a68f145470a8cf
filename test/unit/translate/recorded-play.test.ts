/** The pace and the order in which a recording goes to its player, and what seeks, pauses and faults do to it. */
import { RecordedPlay } from '../../../src/translate/recorded-play.js'
import type { RecordedOutput, RecordedPart } from '../../../src/translate/recorded-play.js'
import type { Message } from '../../../src/rtmp/wire/message.js'
import { limitsWith } from '../../../src/util/limits.js'
import { FakeTime } from '../../support/fake-clock.js'
import { media } from '../../support/fake-rtmp-text.js'
import { MemoryRecording, film } from '../../support/memory-recordings.js'

class Rig implements RecordedOutput {
  readonly time = new FakeTime()
  readonly lines: string[] = []
  readonly recording: MemoryRecording
  readonly play: RecordedPlay
  readonly wants = { audio: true, video: true }
  bufferLengthMs = 500
  outstandingBytes = 0

  constructor(messages: readonly Message[] = film(10_000), part: Partial<RecordedPart> = {}) {
    this.recording = new MemoryRecording(messages)
    const limits = limitsWith({ playbackQueueBytes: 1_000 })
    this.play = new RecordedPlay(
      this.recording,
      { fromMs: 0, durationMs: -1, ...part },
      this,
      this.time.timers,
      limits,
    )
  }

  send({ type, timestamp, payload }: Message): number {
    const name = type === 18 ? 'data' : payload[1] === 0 ? 'head' : type === 8 ? 'sound' : 'picture'
    this.lines.push(`${payload[0] === 0x17 && payload[1] === 1 ? 'key' : name} ${timestamp}`)
    return payload.length
  }

  ended(): void {
    this.lines.push('ended')
  }

  failed(error: unknown): void {
    this.lines.push(`failed ${String(error)}`)
  }

  /** Time passes, and everything that can be read is read. */
  async wait(ms = 0): Promise<string[]> {
    for (let passed = 0; passed <= ms; passed += 50) {
      if (passed > 0) this.time.advance(50)
      await new Promise(setImmediate)
    }
    return this.lines.splice(0)
  }

  async begun(): Promise<string[]> {
    this.play.start(false)
    return this.wait()
  }
}

/** Times of the frames alone. */
const times = (lines: readonly string[]): number[] =>
  lines.filter((line) => /^(key|picture)/.test(line)).map((line) => Number(line.split(' ')[1]))

test('begins with metadata and headers, and is ahead by the buffer and half a second', async () => {
  const rig = new Rig()
  const lines = await rig.begun()
  expect(lines.slice(0, 5)).toEqual(['data 0', 'head 0', 'head 0', 'key 0', 'sound 0'])
  expect(Math.max(...times(lines))).toBe(1_000)
  expect(times(await rig.wait(400))).toEqual([1_200, 1_400])
  expect(rig.recording.reads).toBeLessThan(3 + 2 * 9)
})

test('the end: all has been sent, nothing is left', async () => {
  const rig = new Rig(film(1_000))
  const lines = await rig.begun()
  expect(lines.slice(-3)).toEqual(['key 1000', 'sound 1000', 'ended'])
  expect([rig.recording.readers, rig.time.timers.size, rig.play.sentBytes > 0]).toEqual([0, 0, true])
})

test('a longer buffer goes further ahead at once, one without end as fast as the player takes it', async () => {
  const rig = new Rig()
  await rig.begun()
  rig.bufferLengthMs = 3_000
  rig.play.bufferChanged()
  expect(Math.max(...times(await rig.wait()))).toBe(3_400)
  rig.bufferLengthMs = 36_000_000
  rig.play.bufferChanged()
  expect((await rig.wait()).at(-1)).toBe('ended')
})

test('playbackQueueBytes: a player that takes nothing gets no more, and goes on when it does', async () => {
  const rig = new Rig()
  rig.bufferLengthMs = 36_000_000
  rig.outstandingBytes = 1_001
  expect(await rig.begun()).toEqual([])
  expect(await rig.wait(60_000)).toEqual([])
  expect(rig.recording.reads).toBeLessThan(8)
  rig.outstandingBytes = 1_000
  expect((await rig.wait(400)).at(-1)).toBe('ended')
})

test('from an offset: the keyframe before it, headers with its time', async () => {
  const rig = new Rig(film(10_000), { fromMs: 4_700 })
  expect((await rig.begun()).slice(0, 4)).toEqual(['data 4000', 'head 4000', 'head 4000', 'key 4000'])
})

test.each<[string, Partial<RecordedPart>, number[]]>([
  ['some of it', { durationMs: 500 }, [0, 200, 400]],
  ['some of it from the middle', { fromMs: 3_000, durationMs: 300 }, [3_000, 3_200]],
  ['one picture', { durationMs: 0 }, [0]],
  ['more than there is', { fromMs: 9_800, durationMs: 90_000 }, [9_000, 9_200, 9_400, 9_600, 9_800, 10_000]],
  ['what begins behind the end', { fromMs: 0xffffffff, durationMs: 5 }, [10_000]],
])('%s', async (_name, part, expected) => {
  const rig = new Rig(undefined, part)
  const lines = await rig.begun()
  expect(times(lines)).toEqual(expected)
  expect(lines.at(-1)).toBe('ended')
})

test('one picture of what has none ends without', async () => {
  const sounds = [0, 100, 200].map((at) => media(8, at, [0xaf, 1]))
  expect(await new Rig(sounds, { durationMs: 0 }).begun()).toEqual(['ended'])
})

test('data alone, and nothing at all', async () => {
  const rig = new Rig(film(0).slice(0, 1))
  expect(await rig.begun()).toEqual(['data 0', 'ended'])
  expect(await new Rig([]).begun()).toEqual(['ended'])
})

describe('a pause', () => {
  test('stops at once; what the player has kept is not sent again', async () => {
    const rig = new Rig()
    await rig.begun()
    rig.play.pause()
    expect(await rig.wait(5_000)).toEqual([])
    rig.play.resume()
    const lines = await rig.wait()
    expect(Math.min(...times(lines))).toBe(1_200)
    expect(Math.max(...times(await rig.wait(1_000)))).toBe(3_200)
  })

  test('what the player threw away is sent again, and nothing before', async () => {
    const rig = new Rig()
    await rig.begun()
    rig.play.pause()
    rig.play.resume(400)
    const lines = await rig.wait()
    expect(lines.filter((line) => !line.startsWith('head')).slice(0, 3)).toEqual([
      'data 0',
      'picture 600',
      'sound 600',
    ])
  })

  test('later than anything it was sent goes on where it stopped', async () => {
    const rig = new Rig()
    await rig.begun()
    rig.play.pause()
    rig.play.resume(9_000)
    expect(times(await rig.wait(200))[0]).toBe(1_200)
  })

  test('twice, and of what has ended, is harmless', async () => {
    const rig = new Rig(film(0))
    rig.play.resume()
    await rig.begun()
    rig.play.pause()
    rig.play.pause()
    rig.play.resume(0)
    expect(await rig.wait(100)).toEqual([])
  })

  test('before the end holds the end back', async () => {
    const rig = new Rig(film(0))
    rig.play.start(false)
    rig.play.pause()
    expect(await rig.wait(100)).toEqual([])
    rig.play.resume()
    expect((await rig.wait()).at(-1)).toBe('ended')
  })

  test('who seeks in it is shown the picture, and goes on from there', async () => {
    const rig = new Rig()
    await rig.begun()
    rig.play.pause()
    rig.play.seek(5_500)
    expect(await rig.wait(500)).toEqual(['data 5000', 'head 5000', 'head 5000', 'key 5000'])
    rig.play.seek(20_000)
    expect((await rig.wait()).at(-1)).toBe('key 10000')
    rig.play.seek(5_500)
    await rig.wait()
    rig.play.resume(5_500)
    expect(times(await rig.wait()).slice(0, 3)).toEqual([5_000, 5_200, 5_400])
  })
})

test('a seek throws away what was under way, and begins at a keyframe', async () => {
  const rig = new Rig()
  let open = (): void => undefined
  rig.recording.gate = new Promise((resolve) => (open = resolve))
  rig.play.start(false)
  rig.play.seek(6_100)
  rig.play.seek(8_100)
  expect([rig.recording.readers, rig.recording.reads]).toEqual([1, 1])
  open()
  const lines = await rig.wait()
  expect([lines[0], times(lines)[0], rig.recording.readers]).toEqual(['data 8000', 8_000, 1])
})

test('after the end it can be sought', async () => {
  const rig = new Rig(film(1_000))
  await rig.begun()
  rig.play.seek(0)
  expect((await rig.wait()).at(-1)).toBe('ended')
})

test('stop while it reads: nothing is sent, the reader is closed when it can be', async () => {
  const rig = new Rig()
  let open = (): void => undefined
  rig.recording.gate = new Promise((resolve) => (open = resolve))
  rig.play.start(false)
  rig.play.stop()
  open()
  expect(await rig.wait(100)).toEqual([])
  expect([rig.recording.readers, rig.time.timers.size]).toEqual([0, 0])
})

test('a reader that breaks is told once, and what breaks after a stop not at all', async () => {
  const rig = new Rig()
  rig.recording.breaksAt = 600
  const lines = await rig.begun()
  expect(lines.at(-1)).toBe('failed Error: the disk is gone')
  expect([rig.recording.readers, rig.time.timers.size]).toEqual([0, 0])
  rig.recording.breaksAt = 0
  rig.play.seek(0)
  rig.play.stop()
  expect(await rig.wait(100)).toEqual([])
  expect(rig.recording.readers).toBe(0)
})

test('what the player does not want is left out, and headers are not', async () => {
  const rig = new Rig()
  rig.wants.audio = false
  const lines = await rig.begun()
  expect(lines.filter((line) => line.startsWith('sound'))).toEqual([])
  expect(lines.filter((line) => line.startsWith('head'))).toHaveLength(2)
})
