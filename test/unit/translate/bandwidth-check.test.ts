/** What a client learns that asks for its bandwidth [rtmp.md 3.9]. */
import { BandwidthCheck } from '../../../src/translate/bandwidth-check.js'
import type { CallAnswer } from '../../../src/rtmp/session/events.js'
import { FakeTime } from '../../support/fake-clock.js'
import { TestWorld } from '../../support/world.js'

const taken: CallAnswer = { ok: true, value: 0 }
const refused: CallAnswer = { ok: false, info: undefined }
const silent: CallAnswer = { ok: false, info: undefined, isUnanswered: true }

test.each<[string, readonly [CallAnswer, number], readonly [CallAnswer, number], readonly number[]]>([
  ['latency and rate', [taken, 40], [taken, 240], [2621, 64, 200, 40]],
  ['a client without onBWCheck', [refused, 40], [refused, 240], [2621, 64, 200, 40]],
  ['a line faster than the clock', [taken, 1], [taken, 1], [524_288, 64, 1, 1]],
  ['a client that answers nothing', [silent, 30_000], [silent, 30_000], [0, 0, 0, 0]],
  ['a client that is lost on the way', [taken, 40], [silent, 30_000], [0, 0, 0, 0]],
])('%s', (_name, first, second, done) => {
  const time = new FakeTime()
  const calls: [string, number][] = []
  const results: unknown[] = []
  const answers: ((answer: CallAnswer) => void)[] = []
  const check = new BandwidthCheck(
    {
      call: (name, args, onAnswer) => {
        if (onAnswer === undefined) results.push([name, ...args])
        else {
          calls.push([name, args.length])
          answers.push(onAnswer)
        }
      },
    },
    time.clock,
  )
  check.start()
  check.start() // once is enough
  for (const [answer, ms] of [first, second]) {
    time.advance(ms)
    answers.shift()!(answer)
  }
  expect(calls).toEqual([
    ['onBWCheck', 0],
    ['onBWCheck', 1],
  ])
  expect(results).toEqual([['onBWDone', ...done]])
  check.start()
  expect(answers).toHaveLength(1)
})

test('by a call of a client', () => {
  const ann = new TestWorld().flash({ args: ['ann'], methods: { onBWCheck: () => 0 } })
  ann.take()
  expect(ann.call('checkBandwidth')).toBe('result undefined')
  expect(ann.take('call').map((line) => line.slice(0, 18))).toEqual([
    'call onBWCheck',
    'call onBWCheck "xx',
    'call onBWDone 5242',
  ])
})
