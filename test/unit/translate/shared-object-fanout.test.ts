/** However much one turn brings, no message has more events than a client of our own takes. */
import type { SharedObjectMessage } from '../../../src/rtmp/wire/shared-object.js'
import { SharedObjectFanout } from '../../../src/translate/shared-object-fanout.js'
import type { SharedObjectSubscriber, SlotValue } from '../../../src/translate/shared-object-fanout.js'
import { defaultLimits } from '../../../src/util/limits.js'
import { FakeTime } from '../../support/fake-clock.js'

const SLOTS = 3 * defaultLimits.messageEvents

class Lab {
  readonly time = new FakeTime()
  readonly slots = new Map<string, SlotValue>()
  readonly sent: SharedObjectMessage[] = []
  queuedBytes = 0
  private readonly due: (() => void)[] = []
  readonly fanout = new SharedObjectFanout({
    frame: { name: 'board', isPersistent: false, encode: (message) => this.encode(message) },
    turn: { atEnd: (run) => void this.due.push(run) },
    timers: this.time.timers,
    limits: defaultLimits,
    firstVersion: 1,
    slots: this.slots,
  })

  constructor() {
    const queued = (): number => this.queuedBytes
    const subscriber: SharedObjectSubscriber = {
      objectEncoding: 0,
      person: 'psyc://gw.example/~ann',
      get queuedBytes() {
        return queued()
      },
      sendCut: () => undefined,
    }
    this.fanout.sendState(this.fanout.add(subscriber, false), true)
  }

  endTurn(): void {
    for (const run of this.due.splice(0)) run()
  }

  /** Names that were sent, in order; every version is that of all before it. */
  names(): string[] {
    expect(Math.max(...this.sent.map(({ events }) => events.length))).toBeLessThanOrEqual(
      defaultLimits.messageEvents,
    )
    expect(this.sent.at(-1)?.version).toBe(this.fanout.version)
    return this.sent.flatMap(({ events }) =>
      events.flatMap((event) => (event.kind === 'change' ? event.slots.map(({ name }) => name) : [])),
    )
  }

  private encode(message: SharedObjectMessage): Uint8Array {
    this.sent.push(message)
    return new Uint8Array()
  }
}

const names = Array.from({ length: SLOTS }, (_, at) => `s${at}`)

test('the state of an object of very many slots', () => {
  const lab = new Lab()
  for (const name of names) lab.slots.set(name, { value: 1, size: 1 })
  for (const subscription of lab.fanout.all()) lab.fanout.resend(subscription)
  expect(lab.names()).toEqual(names)
})

test('changes of one turn, whose versions tell them apart', () => {
  const lab = new Lab()
  for (const name of names) {
    lab.slots.set(name, { value: 1, size: 1 })
    lab.fanout.change(name, lab.fanout.nextMark(lab.fanout.homeVersion + 1))
  }
  lab.endTurn()
  expect(lab.names()).toEqual(names)
  expect(new Set(lab.sent.map(({ version }) => version)).size).toBe(lab.sent.length)
})

test('what a slow client has not been sent', () => {
  const lab = new Lab()
  lab.queuedBytes = defaultLimits.objectSlowBytes + 1
  for (const name of names) {
    lab.slots.set(name, { value: 1, size: 1 })
    lab.fanout.change(name, lab.fanout.nextMark(lab.fanout.homeVersion + 1))
  }
  lab.endTurn()
  lab.queuedBytes = 0
  lab.time.advance(1_000)
  expect(lab.names()).toEqual(names)
})
