import { PsycDict } from '../../../../src/psyc/wire/dict.js'
import { LegacyParser, renderLegacyPacket } from '../../../../src/psyc/wire/legacy.js'
import { PsycList } from '../../../../src/psyc/wire/list.js'
import type { Modifier } from '../../../../src/psyc/wire/packet.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'
import type { Limits } from '../../../../src/util/limits.js'
import { defaultLimits, limitsWith } from '../../../../src/util/limits.js'
import { encodeUtf8 } from '../../../../src/util/utf8.js'
import { outcome, packetsOf, pieces } from '../../../support/psyc-outcome.js'

const message =
  ':_source\tpsyc://a/~x\n:_target\tpsyc://b/@y\n\n:_nick\tx\n_message_public\nHello\nworld\n.\n'

function first(text: string): Packet {
  const [packet] = packetsOf('0.9', encodeUtf8(text))
  if (packet === undefined) throw new Error('no packet')
  return packet
}

function parse(text: string, limits?: Limits): { packets: readonly unknown[]; error: string } {
  const bytes = encodeUtf8(text)
  const whole = outcome('0.9', [bytes], limits)
  expect(outcome('0.9', pieces(bytes, [1]), limits)).toEqual(whole)
  return whole
}

const text = (packet: Packet): string => Buffer.from(renderLegacyPacket(packet)).toString()
const unrenderable = expect.objectContaining({ code: 'PSYC_UNRENDERABLE' }) as Error

describe('the parser of PSYC 0.9 [psyc.md 2.10]', () => {
  test('gives the parts of a packet, and its body as a view', () => {
    const parser = new LegacyParser(defaultLimits)
    const bytes = encodeUtf8(message)
    parser.receive(bytes)
    const packet = parser.next()
    expect(packet).toMatchObject({
      source: 'psyc://a/~x',
      method: '_message_public',
      bodyText: 'Hello\nworld',
    })
    expect((packet?.body as Uint8Array).buffer).toBe(bytes.buffer)
    expect(parser.copied).toBe(0)
  })

  test('variables are sorted by name, wherever they stand', () => {
    const packet = first(':_source\ts\n:_target_peer\tp\n\n:_tag\tt\n:_understand_modules\t_context\n_m\n.\n')
    expect(packet.routing.map(({ name }) => name)).toEqual(['_source', '_tag', '_understand_modules'])
    expect(packet.entity.map(({ name }) => name)).toEqual(['_target_peer'])
  })

  test('lists: repeated operators, one line, an empty one', () => {
    const packet = first('\n:_list_a\tx\n:\ty\n\tz\n:_list_b\tone\n:_list_c\t\n:_x\t1\n:\t2\n_m\n.\n')
    expect(packet.list('_list_a')?.texts()).toEqual(['x', 'y\nz'])
    expect(packet.list('_list_b')?.texts()).toEqual(['one'])
    expect(packet.list('_list_c')?.texts()).toEqual([])
    expect(packet.list('_x')?.texts()).toEqual(['1', '2'])
  })

  test('aliases of _message are resolved', () => {
    expect(first('\n_converse_private\nhi\n.\n').method).toBe('_message_private')
  })

  test('a date becomes PSYC time, and back [psyc.md 1.5]', () => {
    const packet = first('\n:_date_birth\t1440444051\n:_date_x\tsoon\n:_time_place\t1440444051\n_m\n.\n')
    expect([packet.text('_date_birth'), packet.text('_date_x')]).toEqual(['10', 'soon'])
    expect(packet.text('_time_place')).toBe('1440444051')
    expect(text(packet)).toContain(':_date_birth\t1440444051\n')
  })

  test('the tag of an answer counts once', () => {
    const tags = (routing: string): unknown => first(`${routing}\n_m\n.\n`).routing.map(({ name }) => name)
    expect(tags(':_tag_relay\ta\n:_tag_reply\ta\n')).toEqual(['_tag_relay'])
    expect(tags(':_tag_reply\ta\n')).toEqual(['_tag_reply'])
    expect(tags(':_tag_relay\ta\n:_tag_reply\t0\n')).toEqual(['_tag_relay', '_tag_reply'])
  })

  test.each([
    ['hello\n', 'PSYC_DELIMITER'],
    ['_m\n', 'PSYC_DELIMITER'],
    [':\tx\n', 'PSYC_LIST'],
    [':_list_x\ta\n=\tb\n', 'PSYC_LIST'],
    ['\tx\n', 'PSYC_MODIFIER_NAME'],
    [':\n', 'PSYC_MODIFIER_NAME'],
    [':_a-b\tc\n', 'PSYC_MODIFIER_TAB'],
    ['\n_message-public\n', 'PSYC_METHOD'],
    ['\n\n', 'PSYC_METHOD'],
    [':_length\tx\n\n', 'PSYC_CONTENT_LENGTH'],
    [':_length\t1234567890123456\n\n', 'PSYC_CONTENT_LENGTH'],
    [':_length\t3\n\n_m\nab\n.\n', 'PSYC_DELIMITER'],
    [':_length\t3\n\n.\n_\n.\n', 'PSYC_DELIMITER'],
  ])('%j: %s', (input, code) => {
    expect(parse(input)).toEqual({ packets: [], error: code })
  })

  test('_length of Net::PSYC is understood', () => {
    expect(first(':_length\t0\n\n_m\nx\n.\n').bodyText).toBe('x')
    expect(first(':_length\t5\n\n:_a\tb\n.\n').text('_a')).toBe('b')
    expect(first(':_length\t2\n\n_m\n.\n')).toMatchObject({ method: '_m', body: '', routing: [] })
  })

  test.each([
    ['psycLineBytes', ':_x\t1234\n', ':_x\t12345'],
    ['psycRoutingLines', ':_a\tb\n\tc\n', ':_a\tb\n\tc\n\td\n'],
    ['psycEntityLines', '\n:_a\tb\n\tc\n', '\n:_a\tb\n\tc\n\td\n'],
    ['psycContentBytes', '\n_m\n123456789012345678901', '\n_m\n1234567890123456789012'],
    ['psycContentBytes', ':_length\t24\n\n', ':_length\t25\n\n'],
  ])('%s: %j is taken, %j is not', (name, good, bad) => {
    const limits = limitsWith({
      psycLineBytes: 11,
      psycRoutingLines: 2,
      psycEntityLines: 2,
      psycContentBytes: 24,
    })
    const strict = name === 'psycLineBytes' ? limitsWith({ psycLineBytes: 8 }) : limits
    expect(parse(good, strict).error).toBe('')
    expect(parse(bad, strict)).toEqual({ packets: [], error: name })
  })

  test('CR LF is understood where the greeting ended so, and only there', () => {
    const telnet = message.replace(/\n/g, '\r\n')
    const [, packet] = packetsOf('0.9', encodeUtf8(`.\r\n${telnet}`))
    expect(packet).toMatchObject({
      source: 'psyc://a/~x',
      method: '_message_public',
      bodyText: 'Hello\nworld',
    })
    expect(parse(telnet).error).toBe('PSYC_DELIMITER')
  })

  test('a NUL after the first packet makes the circuit NUL-separated [design.md 3]', () => {
    const parser = new LegacyParser(defaultLimits)
    parser.receive(encodeUtf8(`.\n\0${message}\0${message}\0`))
    expect(
      [parser.next(), parser.next(), parser.next(), parser.next()].map((packet) => packet?.method),
    ).toEqual(['', '_message_public', '_message_public', undefined])
    expect(parser.nulSeparated).toBe(true)
    expect(parser.partial()).toBeUndefined()
  })

  test('a long body in small pieces is copied a few times at most', () => {
    const size = 4 * 1024 * 1024
    const parser = new LegacyParser(defaultLimits)
    parser.receive(encodeUtf8('\n_m\n'))
    const piece = encodeUtf8(`${'x'.repeat(1023)}\n`)
    for (let at = 0; at < size; at += piece.length) {
      parser.receive(piece)
      if (parser.next() !== undefined) throw new Error('too early')
    }
    parser.receive(encodeUtf8('.\n'))
    expect(parser.next()?.bodyBytes).toHaveLength(size - 1)
    expect(parser.copied).toBeLessThan(4 * size)
  })
})

describe('the renderer of PSYC 0.9 [psyc.md 2.10, psyced.md 6]', () => {
  test.each([
    [Packet.of({}, ''), '.\n'],
    [Packet.of({ _source: 's' }, ''), ':_source\ts\n.\n'],
    [Packet.of({}, '_m'), '\n_m\n.\n'],
    [
      Packet.of({ _tag_relay: '1' }, '_m', { _a: '' }, 'x\n'),
      ':_tag_relay\t1\n:_tag_reply\t1\n\n:_a\t\n_m\nx\n\n.\n',
    ],
    [
      Packet.of({}, '_m', { _list_a: PsycList.ofTexts(['x', 'y\nz']), _list_b: PsycList.ofTexts([]) }),
      '\n:_list_a\tx\n:\ty\n\tz\n:_list_b\t\n_m\n.\n',
    ],
    [Packet.of({}, '_m', { _list_a: '| x|1 y' }), '\n:_list_a\tx\n:\ty\n_m\n.\n'],
    [Packet.of({}, '_m', { _list_a: 'no|list' }), '\n_m\n.\n'],
    [
      Packet.of({}, '_m', { _dict_a: new PsycDict([{ key: 'k', value: 'v' }]), _dict_b: '{k} v' }),
      '\n_m\n.\n',
    ],
    [Packet.of({}, '_m', { _INTERNAL_x: '1', _length: '5' }), '\n_m\n.\n'],
    [
      Packet.of({}, '_m', { _a: 'one\r\ntwo\rthree\x07\x7f\0' }, 'a\r\n.\n\x1b.\r'),
      '\n:_a\tone\n\ttwo\n\tthree\n_m\na\n. \n. \n\n.\n',
    ],
  ])('%#', (packet, rendered) => {
    expect(text(packet)).toBe(rendered)
  })

  test('operators that psyced does not survive, and state operations, are left out', () => {
    const entity = [':', '=', '+', '-', '@', '?', '!'].map((operator, at) => ({
      operator,
      name: `_${at}`,
      value: '',
    }))
    expect(text(new Packet([], entity as Modifier[], '_m', '', 'reset'))).toBe(
      '\n:_0\t\n=_1\t\n?_5\t\n_m\n.\n',
    )
  })

  test.each([
    ['a _data method', Packet.of({}, '_data_flv', {}, 'x')],
    ['data without a method', Packet.of({}, '', {}, 'x')],
    ['a method that is no keyword', Packet.of({}, '_m x')],
    ['a name that is no keyword', Packet.of({}, '_m', { 'a b': '' })],
    ['LF in a routing value', Packet.of({ _tag: 'a\nb' }, '_m')],
    ['a control byte in a routing value', Packet.of({ _tag: 'a\x08' }, '_m')],
    ['a routing value beyond a line', Packet.of({ _tag: 'a'.repeat(1990) }, '_m')],
    ['a list of 405', Packet.of({}, '_m', { _list_a: PsycList.ofTexts(new Array<string>(405).fill('a')) })],
  ])('%s is refused', (_, packet) => {
    expect(() => renderLegacyPacket(packet)).toThrow(unrenderable)
  })

  test('long lines are wrapped below 2000 bytes, between characters', () => {
    const long = '€uro'.repeat(2000)
    const packet = Packet.of({}, '_m', { _a: long }, long)
    const lines = text(packet).split('\n')
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThan(2000)
    const again = first(text(packet))
    expect(again.bodyText.replace(/\n/g, '')).toBe(long)
    expect(again.text('_a')?.replace(/\n/g, '')).toBe(long)
  })

  test.each([
    ['_list_arguments', '_data_arguments'],
    ['_list_result', '_data_result'],
    ['_list_remove', '_data_remove'],
    ['_dict_slots', '_data_slots'],
    ['_dict_change', '_data_change'],
  ])('%s travels whole as base64 in %s [design.md 2.2]', (name, packed) => {
    const value = Uint8Array.from({ length: 5000 }, (_, at) => at % 256)
    const rendered = text(Packet.of({}, '_m', { [name]: value }))
    const lines = rendered.split('\n')
    expect(lines[1]).toHaveLength(packed.length + 2 + 1800)
    expect(lines[2]).toHaveLength(1801)
    const again = first(rendered)
    expect(again.entity.map((modifier) => modifier.name)).toEqual([name])
    expect(again.bytes(name)).toEqual(value)
  })

  test('a list of typed values survives as such', () => {
    const list = new PsycList([
      { type: '_text', value: 'a\r\n.\0' },
      { type: '_amount', value: '1' },
    ])
    const again = first(text(Packet.of({}, '_request_invoke', { _list_arguments: list })))
    expect(again.bytes('_list_arguments')).toEqual(list.render())
  })

  test('what is no base64 stays as it is', () => {
    expect(first('\n:_data_arguments\t???\n_m\n.\n').text('_data_arguments')).toBe('???')
  })
})
