import { PacketParser } from '../../../../src/psyc/wire/parser.js'
import type { Packet } from '../../../../src/psyc/wire/packet.js'
import { valueBytes } from '../../../../src/psyc/wire/packet.js'
import type { Limits } from '../../../../src/util/limits.js'
import { defaultLimits, limitsWith } from '../../../../src/util/limits.js'
import { encodeUtf8 } from '../../../../src/util/utf8.js'
import { outcome, packetsOf, pieces, plain } from '../../../support/psyc-outcome.js'

const message = ':_source\tpsyc://a/~x\n:_target\tpsyc://b/@y\n\n:_nick\tx\n_message_public\nHello\n|\n'

function parse(text: string, limits?: Limits): { packets: readonly unknown[]; error: string } {
  const bytes = encodeUtf8(text)
  const whole = outcome('1.0', [bytes], limits)
  expect(outcome('1.0', pieces(bytes, [1]), limits)).toEqual(whole)
  return whole
}

function first(text: string): Packet {
  const [packet] = packetsOf('1.0', encodeUtf8(text))
  if (packet === undefined) throw new Error('no packet')
  return packet
}

describe('the parser of PSYC 1.0 [psyc.md 2.1]', () => {
  test('gives the parts of a packet', () => {
    const packet = first(message)
    expect(packet).toMatchObject({ source: 'psyc://a/~x', target: 'psyc://b/@y', method: '_message_public' })
    expect(packet.text('_nick')).toBe('x')
    expect(packet.bodyText).toBe('Hello')
  })

  test('an empty packet has no routing and no method', () => {
    const packet = first('|\n')
    expect(packet).toMatchObject({ routing: [], entity: [], method: '', body: '' })
    expect(packet.stateOperation).toBeUndefined()
  })

  test('values and bodies are views on the received buffer', () => {
    const parser = new PacketParser(defaultLimits)
    const bytes = encodeUtf8(':_tag\t1\n\n:_x 12\ttwelve bytes\n_m\nbody\n|\n')
    parser.receive(bytes)
    const packet = parser.next()
    expect((packet?.body as Uint8Array).buffer).toBe(bytes.buffer)
    expect(valueBytes(packet?.entity[0]?.value ?? '').buffer).toBe(bytes.buffer)
    expect(parser.copied).toBe(0)
  })

  test('the same bytes again, interned by then, give the same packet', () => {
    const [one, two] = packetsOf('1.0', encodeUtf8(message + message))
    expect(plain(one as Packet)).toEqual(plain(two as Packet))
  })

  test('routing values that are not UTF-8 keep their bytes', () => {
    const bytes = Uint8Array.of(0x3a, 0x5f, 0x78, 9, 0xff, 0xfe, 10, 0x7c, 10)
    const [packet] = packetsOf('1.0', bytes)
    expect(packet?.routing[0]?.value).toEqual(Uint8Array.of(0xff, 0xfe))
  })

  test('bytes that came after a returned packet do not change it', () => {
    const parser = new PacketParser(defaultLimits)
    const bytes = encodeUtf8(message)
    const cut = bytes.length - 4
    parser.receive(bytes.slice(0, cut))
    expect(parser.next()).toBeUndefined()
    parser.receive(bytes.slice(cut))
    const packet = parser.next() as Packet
    const before = plain(packet)
    for (let turn = 0; turn < 5; turn++) {
      parser.receive(bytes.slice(0, cut))
      parser.next()
      parser.receive(bytes.slice(cut))
      parser.next()
    }
    expect(plain(packet)).toEqual(before)
  })

  test.each([
    ['$', 'PSYC_DELIMITER'],
    ['|x', 'PSYC_DELIMITER'],
    [':\tx', 'PSYC_MODIFIER_NAME'],
    [':_x y\n', 'PSYC_MODIFIER_TAB'],
    ['5\r\n', 'PSYC_CONTENT_LENGTH'],
    ['0000000000000001\n', 'PSYC_CONTENT_LENGTH'],
    ['\n:_x 0000000000000001\t', 'PSYC_MODIFIER_LENGTH'],
    ['\n:_x \t', 'PSYC_MODIFIER_LENGTH'],
    ['\n:_x 1\n', 'PSYC_MODIFIER_TAB'],
    ['\n:_x 1\taa', 'PSYC_MODIFIER_NEWLINE'],
    ['\n:_x\ty\n=\n', 'PSYC_MODIFIER_NAME'],
    ['\n+\n', 'PSYC_MODIFIER_NAME'],
    ['\n_m x\n', 'PSYC_METHOD'],
    ['\n_m\r\n', 'PSYC_METHOD'],
    ['\n\n', 'PSYC_DELIMITER'],
    ['2\n_m\n', 'PSYC_DELIMITER'],
    ['6\n_m\nab|', 'PSYC_DELIMITER'],
    ['6\n_m\nab\nx', 'PSYC_DELIMITER'],
    ['3\n:_a\tb\n', 'PSYC_DELIMITER'],
    ['9\n:_a\tb\n|', 'PSYC_DELIMITER'],
    ['4\n_m\nx', 'PSYC_DELIMITER'],
  ])('%j: %s, as soon as it can be told', (text, code) => {
    expect(parse(text)).toEqual({ packets: [], error: code })
  })

  test('after an error the parser is closed', () => {
    const parser = new PacketParser(defaultLimits)
    parser.receive(encodeUtf8(`${message}$`))
    expect(parser.next()).toBeDefined()
    expect(() => parser.next()).toThrow('offset')
    parser.receive(encodeUtf8(message))
    expect(parser.next()).toBeUndefined()
  })

  test('an error tells its place in the circuit', () => {
    const parser = new PacketParser(defaultLimits)
    for (const piece of pieces(encodeUtf8('|\n|\n\n:_a\tb\n$'), [3])) parser.receive(piece)
    while (parser.offset < 4) parser.next()
    expect(() => {
      while (parser.next() !== undefined);
    }).toThrow(expect.objectContaining({ offset: 11 }) as Error)
  })
})

describe('the limits [psyc.md 2.8]', () => {
  test.each([
    ['psycLineBytes', ':_x\t1234', ':_x\t12345\n'],
    ['psycLineBytes', '\n_metho1', '\n_method12'],
    ['psycRoutingLines', ':_a\t\n:_b\t\n', ':_a\t\n:_b\t\n:'],
    ['psycEntityLines', '\n:_a\t\n=_b\t\n', '\n:_a\t\n=_b\t\n:'],
    ['psycValueBytes', '\n:_a 16\t', '\n:_a 17\t'],
    ['psycContentBytes', '24\n', '25\n'],
    ['psycContentBytes', '\n_m\n12345678901234567890\n|\n', '\n_m\n123456789012345678901\n|\n'],
    ['psycContentBytes', '\n_m\n12345678901234567890\n|', '\n_m\n123456789012345678901234'],
    ['psycContentBytes', '\n:_a 16\t1234567890123456\n', '\n:_a 16\t1234567890123456\n:_b\t\n'],
  ])('%s: %j is taken, %j is not', (name, good, bad) => {
    const limits = limitsWith({
      psycLineBytes: 8,
      psycRoutingLines: 2,
      psycEntityLines: 2,
      psycValueBytes: 16,
      psycContentBytes: 24,
    })
    expect(parse(good, limits).error).toBe('')
    expect(parse(bad, limits)).toEqual({ packets: [], error: name })
  })
})

describe('pieces [psyc.md 2.9]', () => {
  const size = 15 * 1024 * 1024
  const body = new Uint8Array(size).fill(0x0a)

  test.each([
    ['with a length', `${size + 4}\n_m\n`],
    ['without a length', '\n_m\n'],
  ])('a body of 15 MiB in pieces of 1 KiB, %s, is copied a few times at most', (_, head) => {
    const parser = new PacketParser(defaultLimits)
    parser.receive(encodeUtf8(head))
    let early = 0
    for (let at = 0; at < size; at += 1024) {
      parser.receive(body.subarray(at, at + 1024))
      if (parser.next() !== undefined) early++
    }
    parser.receive(encodeUtf8('\n|\n'))
    expect(parser.next()?.bodyBytes).toHaveLength(size)
    expect(early).toBe(0)
    expect(parser.copied).toBeLessThan(4 * size)
  })

  test('what comes is not held beyond what is needed', () => {
    const parser = new PacketParser(defaultLimits)
    parser.receive(encodeUtf8('9\n_m\nabc'))
    expect(parser.next()).toBeUndefined()
    parser.receive(encodeUtf8('de\n|\n'))
    expect(parser.next()?.bodyText).toBe('abcde')
  })
})

describe('the partial packet', () => {
  function partial(text: string): unknown {
    const parser = new PacketParser(defaultLimits)
    parser.receive(encodeUtf8(text))
    while (parser.next() !== undefined);
    return parser.partial()
  }

  test('is none between packets', () => {
    expect(partial('')).toBeUndefined()
    expect(partial(message)).toBeUndefined()
  })

  test('has what was complete', () => {
    expect(partial(`${message}:_tag\t1\n30\n?\n:_a 1\tb\n:_c\td\n_m\nxyz`)).toMatchObject({
      routing: [{ operator: ':', name: '_tag', value: '1' }],
      contentLength: 30,
      stateOperation: 'resync',
      entity: [{ name: '_a' }, { name: '_c' }],
      sized: new Set([0]),
      method: '_m',
      body: undefined,
    })
    expect(partial(':_ta')).toMatchObject({ routing: [] })
  })
})

describe('XMLSocket [design.md 3]', () => {
  test('a NUL after the first packet makes the circuit NUL-separated', () => {
    const parser = new PacketParser(defaultLimits)
    parser.receive(encodeUtf8('|\n'))
    expect(parser.next()).toBeDefined()
    expect(parser.nulSeparated).toBe(false)
    parser.receive(encodeUtf8(`\0${message}\0${message}`))
    expect(parser.next()?.bodyText).toBe('Hello')
    expect(parser.nulSeparated).toBe(true)
    expect(parser.next()?.bodyText).toBe('Hello')
  })

  test.each([`\0${message}`, `|\n|\n\0`, '|\n:_a\tb\n\0'])('a NUL elsewhere is an error: %j', (text) => {
    expect(parse(text).error).toBe('PSYC_DELIMITER')
  })
})
