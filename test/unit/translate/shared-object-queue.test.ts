import type { SharedObjectEvent } from '../../../src/rtmp/wire/shared-object.js'
import { MergingQueue, type OutgoingEvent } from '../../../src/translate/shared-object-queue.js'

function change(slot: string, value: number): OutgoingEvent {
  return { event: { kind: 'change', slots: [{ name: slot, value }] }, slot, size: 10 }
}
function remove(slot: string): OutgoingEvent {
  return { event: { kind: 'remove', names: [slot] }, slot, size: 5 }
}
const success: OutgoingEvent = { event: { kind: 'success', names: ['a'] }, slot: 'a', size: 5 }
const send: OutgoingEvent = { event: { kind: 'sendMessage', handler: 'x', args: [] }, size: 7 }
const clear: OutgoingEvent = { event: { kind: 'clear' }, size: 1 }

function show(event: SharedObjectEvent): string {
  if (event.kind === 'change')
    return event.slots.map(({ name, value }) => `${name}=${JSON.stringify(value)}`).join()
  return 'names' in event ? `${event.kind} ${event.names.join()}` : event.kind
}

const cases: readonly (readonly [string, readonly OutgoingEvent[], readonly string[], number])[] = [
  ['the latest value per slot', [change('a', 1), change('b', 1), change('a', 2)], ['a=2', 'b=1'], 20],
  ['a removal is a value too', [change('a', 1), remove('a')], ['remove a'], 5],
  ['success gives way to what replaces it', [success, change('a', 2)], ['a=2'], 10],
  [
    'never across a send',
    [change('a', 1), send, change('a', 2), change('a', 3)],
    ['a=1', 'sendMessage', 'a=3'],
    27,
  ],
  ['clear forgets what is before it', [change('a', 1), clear, change('a', 2)], ['clear', 'a=2'], 11],
  [
    'but not across a send',
    [change('a', 1), send, change('b', 1), clear],
    ['a=1', 'sendMessage', 'clear'],
    18,
  ],
]

test.each(cases)('%s [design 4]', (_title, events, expected, size) => {
  const queue = new MergingQueue()
  for (const event of events) queue.push(event)
  expect(queue.size).toBe(size)
  expect(queue.take().map(show)).toEqual(expected)
  expect([queue.isEmpty, queue.size]).toEqual([true, 0])
  queue.push(change('a', 9))
  expect(queue.take().map(show)).toEqual(['a=9'])
})
