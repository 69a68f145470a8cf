import { noticeInvoke } from '../../../src/translate/invoke-packet.js'
import type { Packet } from '../../../src/psyc/wire/packet.js'
import { SharedObjectSends } from '../../../src/translate/shared-object-sends.js'

function send(name: string): Packet {
  return noticeInvoke({}, { name, args: [] })
}

function nameOf(packet: Packet): string {
  return packet.text('_name_invoke') ?? ''
}

test('a send waits while something is missing, and then they come in order', () => {
  const heard: string[] = []
  const sends = new SharedObjectSends(1_000, (packet) => heard.push(nameOf(packet)))
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
  const sends = new SharedObjectSends(1_000, (packet) => heard.push(nameOf(packet).slice(0, 1)))
  for (const name of 'abcde') sends.take(send(name), false)
  expect(heard).toEqual(['a', 'b'])
  sends.take(send('f'.repeat(2_000)), false)
  expect(heard.join('')).toBe('abcdef')
})

test('what waits is the call alone, whatever is around it, and holds no buffer', () => {
  const heard: Packet[] = []
  const sends = new SharedObjectSends(1_000, (packet) => heard.push(packet))
  const buffer = new Uint8Array(100_000)
  const around = { [`_${'x'.repeat(10_000)}`]: 'x', _list_arguments: buffer.subarray(0, 4) }
  const packet = noticeInvoke({ _source_relay: 'y'.repeat(10_000) }, { name: 'a', args: [] }).withVariables(
    around,
  )
  sends.take(packet, false)
  sends.release()
  const [kept] = heard
  expect([kept?.routing, kept?.entity.map(({ name }) => name)]).toEqual([
    [],
    ['_name_invoke', '_list_arguments'],
  ])
  expect(kept?.bytes('_list_arguments')?.buffer.byteLength).toBe(4)
})
