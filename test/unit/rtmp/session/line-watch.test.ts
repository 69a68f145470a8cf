import { LineWatch } from '../../../../src/rtmp/session/line-watch.js'
import { FakeTime } from '../../../support/fake-clock.js'

/** A line with a peer that takes `rate` bytes a ms, `tripMs` away; undefined: it answers no pings. */
class Line {
  readonly time = new FakeTime()
  readonly marks: number[] = []
  readonly watch: LineWatch
  written = 0
  /** When the peer will have taken all that was written. */
  private freeMs = 0

  constructor(
    private rate: number,
    private readonly tripMs = 1,
    private readonly answers = true,
  ) {
    this.watch = new LineWatch(this.time.clock, (id) => this.mark(id))
  }

  /** Offer `bytes` in messages of 1000 for some time; what there is no room for is held back. */
  offer(bytesPerMs: number, ms: number): void {
    for (let at = 0; at < ms; at += 10) {
      for (let left = bytesPerMs * 10; left >= 1_000; left -= 1_000) if (!this.write(1_000)) break
      this.time.advance(10)
    }
  }

  slowDown(rate: number): void {
    this.rate = rate
  }

  /** How long something that is sent now is under way. */
  get waitMs(): number {
    return Math.max(0, this.freeMs - this.time.clock.now())
  }

  private write(bytes: number): boolean {
    const { watch } = this
    const { allowanceBytes } = watch
    const outstanding = watch.outstanding(this.written)
    if (outstanding > 131_072 || (allowanceBytes !== undefined && outstanding >= allowanceBytes)) {
      watch.held(this.written, true)
      return false
    }
    this.written += bytes
    this.freeMs = Math.max(this.freeMs, this.time.clock.now()) + bytes / this.rate
    watch.wrote(this.written)
    return true
  }

  private mark(id: number): void {
    this.marks.push(id)
    this.written += 18
    if (this.answers) this.time.timers.after(this.waitMs + this.tripMs, () => this.watch.answered(id))
  }
}

test('a peer whose answers rest on their way is not taken for a slow one', () => {
  const time = new FakeTime()
  let written = 0
  const watch = new LineWatch(time.clock, (id) => {
    const restMs = 44 - (time.clock.now() % 44) // all that comes is read together
    time.timers.after(restMs, () => watch.answered(id))
  })
  for (let at = 0; at < 250; at++) {
    written += 2_000 // 200 KB a second
    watch.wrote(written)
    expect(watch.outstanding(written)).toBeLessThan(watch.allowanceBytes ?? Infinity)
    expect(watch.allowanceBytes ?? Infinity).toBeGreaterThanOrEqual(32_768)
    time.advance(10)
  }
  expect(watch.allowanceBytes).toBeUndefined()
})

test('a peer that takes all is trusted after two seconds, and then asked only every 320 KiB', () => {
  const line = new Line(1_000_000)
  expect(line.watch.allowanceBytes).toBe(32_768)
  line.offer(200, 3_000)
  expect(line.watch.allowanceBytes).toBeUndefined()
  const { length } = line.marks
  line.offer(200, 16_384)
  expect(line.marks.length - length).toBe(10)
})

test('so is one that is far away', () => {
  const line = new Line(1_000_000, 200)
  line.offer(200, 6_000)
  expect(line.watch.allowanceBytes).toBeUndefined()
})

test.each([
  ['a tenth', 20],
  ['a half', 100],
])('what is sent to a peer that takes %s of what it is offered arrives within 0.6 s', (_name, rate) => {
  const line = new Line(rate)
  line.offer(200, 5_000)
  const waits: number[] = []
  for (let at = 0; at < 100; at++) {
    line.offer(200, 100)
    waits.push(line.waitMs)
  }
  expect(Math.max(...waits)).toBeLessThan(600)
  expect(line.written).toBeGreaterThan(rate * 15_000 * 0.8) // and what it can take is used
})

test('a peer that becomes slow is noticed, and trusted again when it is not', () => {
  const line = new Line(1_000_000)
  line.offer(200, 4_000)
  line.slowDown(20)
  line.offer(200, 30_000)
  expect(line.watch.allowanceBytes).toBeLessThan(16_000)
  expect(line.waitMs).toBeLessThan(600)
  line.slowDown(1_000_000)
  line.offer(200, 10_000)
  expect(line.watch.allowanceBytes).toBeUndefined()
})

test.each([
  ['50 KB', 50_000],
  ['200 KB', 200_000],
])(
  'what is sent to a peer that takes the first %s at once, and then little, arrives within a second',
  (_name, atOnce) => {
    const line = new Line(1_000_000)
    line.offer(200, atOnce / 200)
    line.slowDown(40)
    const waits: number[] = []
    for (let at = 0; at < 500; at++) {
      line.offer(200, 10)
      waits.push(line.waitMs)
    }
    expect(Math.max(...waits)).toBeLessThan(1_000)
  },
)

test('a peer that answers no pings is not asked for ever', () => {
  const line = new Line(1_000_000, 1, false)
  line.offer(200, 4_000)
  const { length } = line.marks
  line.offer(200, 60_000)
  expect([line.watch.allowanceBytes, line.watch.outstanding(line.written), line.marks.length]).toEqual([
    undefined,
    0,
    length,
  ])
})

test('acknowledgements of a trusted peer save the marks', () => {
  const line = new Line(1_000_000)
  line.offer(200, 3_000)
  const { length } = line.marks
  for (let at = 0; at < 60; at++) {
    line.watch.acknowledged(line.written)
    line.offer(200, 1_000)
  }
  expect(line.marks).toHaveLength(length)
})

test('answers to other pings are not for the watch', () => {
  const line = new Line(20)
  line.offer(200, 100)
  expect([line.watch.answered(17), line.watch.answered(0x90000000)]).toEqual([false, false])
  expect(line.watch.answered(line.marks[0]!)).toBe(true)
  expect(line.watch.answered(line.marks[0]!)).toBe(true) // late, and still one of ours
})

test('a mark asks for no mark: who waits is asked once for what was written', () => {
  const line = new Line(20)
  line.offer(200, 500)
  const { length } = line.marks
  for (let at = 0; at < 100; at++) line.watch.held(line.written, true)
  expect(line.marks.length - length).toBeLessThanOrEqual(1)
})
