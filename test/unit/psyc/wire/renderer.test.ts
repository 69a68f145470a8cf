import { PsycDict } from '../../../../src/psyc/wire/dict.js'
import { PsycList } from '../../../../src/psyc/wire/list.js'
import type { Modifier } from '../../../../src/psyc/wire/packet.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'
import { renderPacket } from '../../../../src/psyc/wire/renderer.js'
import { updateOfKey, renderUpdate } from '../../../../src/psyc/wire/update.js'
import { equalBytes, noBytes } from '../../../../src/util/bytes.js'
import { packetsOf } from '../../../support/psyc-outcome.js'

const text = (packet: Packet): string => Buffer.from(renderPacket(packet)).toString()

describe('the renderer of PSYC 1.0 [psyc.md 2.3]', () => {
  test('a chat message', () => {
    const packet = Packet.of(
      { _source: 'psyc://a/~x', _target: 'psyc://b/@y' },
      '_message',
      { _nick: 'x' },
      'Grüße!',
    )
    expect(text(packet)).toBe(
      ':_source\tpsyc://a/~x\n:_target\tpsyc://b/@y\n\n:_nick\tx\n_message\nGrüße!\n|\n',
    )
  })

  test('the change of a shared object [design.md 4]', () => {
    const update = (key: string, ...rest: [Modifier['operator'], string?, string?]): Modifier => ({
      operator: '@',
      name: '_dict_slots',
      value: renderUpdate(updateOfKey(key, ...rest)),
    })
    const packet = new Packet(
      [
        { operator: ':', name: '_context', value: 'psyc://gw.example/@chat-lobby#_so_users' },
        { operator: ':', name: '_counter', value: '42' },
      ],
      [
        { operator: ':', name: '_amount_version', value: '17' },
        update('alice', '=', '_text', 'online'),
        update('bob', '-'),
      ],
      '_notice_change_shared',
      '',
    )
    expect(text(packet)).toBe(
      ':_context\tpsyc://gw.example/@chat-lobby#_so_users\n:_counter\t42\n107\n:_amount_version\t17\n' +
        '@_dict_slots 25\t{5 alice} =_text:6 online\n@_dict_slots\t{3 bob} -\n_notice_change_shared\n|\n',
    )
  })

  test.each([
    ['|\na', '8\n_m\n|\na\n|\n'],
    ['a\n|', '8\n_m\na\n|\n|\n'],
    ['|', '5\n_m\n|\n|\n'],
    ['||', '\n_m\n||\n|\n'],
    ['a\n|b', '\n_m\na\n|b\n|\n'],
  ])('data that could be taken for the delimiter gets a length: %j', (body, rendered) => {
    const bytes = new TextEncoder().encode(body)
    expect(text(new Packet([], [], '_m', body))).toBe(rendered.replace(/^8/, String(body.length + 4)))
    expect(text(new Packet([], [], '_m', bytes))).toBe(text(new Packet([], [], '_m', body)))
  })

  test('containers are written in the 1.0 syntax', () => {
    const packet = Packet.of({}, '', {
      _list_x: PsycList.ofTexts(['a', 'b']),
      _dict_y: new PsycDict([{ key: 'k', value: 'v' }]),
    })
    expect(text(packet)).toBe('\n:_list_x\t| a| b\n:_dict_y\t{1 k} v\n|\n')
  })

  test.each([
    ['LF in a routing value', new Packet([{ operator: ':', name: '_tag', value: 'a\nb' }], [], '', '')],
    [
      'LF in routing bytes',
      new Packet([{ operator: ':', name: '_tag', value: Uint8Array.of(10) }], [], '', ''),
    ],
    ['a name that is no keyword', Packet.of({}, '_m', { '_a b': '1' })],
    ['an empty name', new Packet([{ operator: ':', name: '', value: '' }], [], '', '')],
    ['a method that is no keyword', Packet.of({}, '_m\n')],
    ['data without a method', Packet.of({}, '', {}, 'x')],
  ])('%s is refused', (_, packet) => {
    expect(() => renderPacket(packet)).toThrow(
      expect.objectContaining({ code: 'PSYC_UNRENDERABLE' }) as Error,
    )
  })

  test('long text, long bytes and text beyond ASCII', () => {
    const long = 'ä€😀x'.repeat(1000)
    const bytes = new Uint8Array(100_000).fill(0x7c)
    const packet = Packet.of({ _tag: long }, '_m', { _a: long, _b: bytes, _c: `${'x'.repeat(50)}ü` }, long)
    const [again] = packetsOf('1.0', renderPacket(packet))
    expect(again?.tag).toBe(long)
    expect(again?.text('_a')).toBe(long)
    expect(equalBytes(again?.bytes('_b') ?? noBytes, bytes)).toBe(true)
    expect(again?.text('_c')).toBe(`${'x'.repeat(50)}ü`)
    expect(again?.bodyText).toBe(long)
  })

  test('packets rendered one after the other do not touch each other', () => {
    const packets = Array.from({ length: 3000 }, (_, at) =>
      Packet.of({ _tag: String(at) }, '_m', {}, 'x'.repeat(at % 200)),
    )
    const rendered = packets.map((packet) => renderPacket(packet))
    const spoilt = rendered.filter((bytes, at) => {
      const [again] = packetsOf('1.0', bytes)
      return again?.tag !== String(at) || again.bodyBytes.length !== at % 200
    })
    expect(spoilt).toHaveLength(0)
  })
})
