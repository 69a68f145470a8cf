import { Packet } from '../../../src/psyc/wire/packet.js'
import { SharedObjectSends } from '../../../src/translate/shared-object-sends.js'

function send(body: string): Packet {
  return Packet.of({}, '_notice_invoke', {}, body)
}

test('a send waits while something is missing, and then they come in order', () => {
  const heard: string[] = []
  const sends = new SharedObjectSends(1_000, ({ bodyText }) => heard.push(bodyText))
  sends.take(send('a'), true)
  sends.take(send('b'), false)
  sends.take(send('c'), false)
  expect(heard).toEqual(['a'])
  sends.release()
  sends.release()
  sends.take(send('d'), true)
  expect(heard).toEqual(['a', 'b', 'c', 'd'])
})

test('objectHeldBytes: the oldest do not wait any longer, and none is lost', () => {
  const heard: string[] = []
  const sends = new SharedObjectSends(1_000, ({ bodyText }) => heard.push(bodyText.slice(0, 1)))
  for (const name of 'abcde') sends.take(send(name), false)
  expect(heard).toEqual(['a', 'b'])
  sends.take(send('f'.repeat(2_000)), false)
  expect(heard.join('')).toBe('abcdef')
})
