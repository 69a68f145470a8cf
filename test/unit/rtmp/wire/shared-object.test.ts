import { AmfObject } from '../../../../src/amf/value.js'
import type { SharedObjectEvent } from '../../../../src/rtmp/wire/shared-object.js'
import { decodeSharedObject, encodeSharedObject } from '../../../../src/rtmp/wire/shared-object.js'
import { fromHex, toHex } from '../../../../src/util/bytes.js'
import type { GatewayError } from '../../../../src/util/errors.js'
import { LimitError } from '../../../../src/util/errors.js'
import { defaultLimits, limitsWith } from '../../../../src/util/limits.js'

const head = '0001 61 00000001 00000000 00000000'

const decode = (events: string, type = 19, limits = defaultLimits): readonly SharedObjectEvent[] =>
  decodeSharedObject({ type, payload: fromHex((type === 16 ? '00' : '') + head + events) }, limits).events

const encode = (events: SharedObjectEvent[], type: 16 | 19 = 19): string => {
  const hex = toHex(encodeSharedObject({ name: 'a', version: 1, flags: 0, reserved: 0, events }, type))
  const whole = (type === 16 ? '00' : '') + head.replaceAll(' ', '')
  expect(hex.slice(0, whole.length)).toBe(whole)
  return hex.slice(whole.length)
}

describe('shared object events [RTMP §7.1.3]', () => {
  test.each<[SharedObjectEvent, string]>([
    [{ kind: 'use' }, '01 00000000'],
    [{ kind: 'release' }, '02 00000000'],
    [{ kind: 'requestChange', slots: [{ name: 'k', value: true }] }, '03 00000005 0001 6b 0101'],
    [{ kind: 'change', slots: [{ name: '', value: null }] }, '04 00000003 0000 05'],
    [{ kind: 'success', names: ['k'] }, '05 00000003 0001 6b'],
    [{ kind: 'sendMessage', handler: 'f', args: [false] }, '06 00000006 02 0001 66 0100'],
    [{ kind: 'status', code: 'c', level: 'l' }, '07 00000006 0001 63 0001 6c'],
    [{ kind: 'clear' }, '08 00000000'],
    [{ kind: 'remove', names: ['é'] }, '09 00000004 0002 c3a9'],
    [{ kind: 'requestRemove', names: ['__proto__'] }, '0a 0000000b 0009 5f5f70726f746f5f5f'],
    [{ kind: 'useSuccess' }, '0b 00000000'],
    [{ kind: 'proxyVersion', name: 'k', version: 9 }, '0c 00000007 0001 6b 00000009'],
    [{ kind: 'proxySuccess', slots: [{ name: 'k', value: undefined }] }, '0d 00000004 0001 6b 06'],
    [{ kind: 'requestClear' }, '0e 00000000'],
    [{ kind: 'unknown', type: 77, data: Uint8Array.of(1, 2) }, '4d 00000002 0102'],
  ])('%j', (event, hex) => {
    expect(decode(hex)).toEqual([event])
    expect(encode([event])).toBe(hex.replaceAll(' ', ''))
  })

  test('several pairs are read from one event and written as several events [rtmp.md 4.2]', () => {
    const events: SharedObjectEvent[] = [
      {
        kind: 'change',
        slots: [
          { name: 'a', value: null },
          { name: 'b', value: null },
        ],
      },
      { kind: 'remove', names: ['c', 'd'] },
    ]
    expect(decode('04 00000008 0001 61 05 0001 62 05  09 00000006 0001 63 0001 64')).toEqual(events)
    const written = '04 00000004 0001 61 05 04 00000004 0001 62 05 09 00000003 0001 63 09 00000003 0001 64'
    expect(encode(events)).toBe(written.replaceAll(' ', ''))
  })

  test('values of type 16 are AMF3 behind 0x11, keys and handlers are not [rtmp.md 4.3]', () => {
    const events: SharedObjectEvent[] = [
      { kind: 'change', slots: [{ name: 'k', value: 1 }] },
      { kind: 'sendMessage', handler: 'f', args: [null] },
    ]
    const hex = '04 00000006 0001 6b 11 0401  06 00000006 02 0001 66 11 01'
    expect(encode(events, 16)).toBe(hex.replaceAll(' ', ''))
    expect(decode(hex, 16)).toEqual(events)
  })

  test('AMF3 values are converted down for type 19', () => {
    const value = AmfObject.of({ data: Uint8Array.of(1) })
    expect(encode([{ kind: 'change', slots: [{ name: 'k', value }] }])).toBe(
      '04 0000000e 0001 6b 03 0004 64617461 0d 000009'.replaceAll(' ', ''),
    )
  })

  test('data of events that have none, and a stray byte behind the last pair, are ignored', () => {
    expect(decode('01 00000003 010203')).toEqual([{ kind: 'use' }])
    expect(decode('05 00000004 0001 6b ff')).toEqual([{ kind: 'success', names: ['k'] }])
    expect(decode('05 00000000')).toEqual([{ kind: 'success', names: [] }])
  })

  test('references do not reach from one slot to another [rtmp.md 4.3]', () => {
    expect(() => decode('04 0000000d 0001 61 03 000009 0001 62 07 0000')).toThrow(
      expect.objectContaining({ code: 'AMF_BAD_REFERENCE' }) as GatewayError,
    )
  })

  test.each([
    [
      'a value that runs past its event',
      '03 00000005 0001 78 02 00  05 616263 01 00000000',
      'RTMP_BAD_SHARED_OBJECT',
    ],
    ['an array that announces more than its event', '03 00000008 0001 78 0a ffffffff', 'AMF_TRUNCATED'],
    ['a key that runs past its event', '05 00000003 0009 78', 'RTMP_BAD_SHARED_OBJECT'],
    ['a status without level', '07 00000003 0001 63', 'RTMP_BAD_SHARED_OBJECT'],
    ['a send without handler', '06 00000000', 'RTMP_BAD_SHARED_OBJECT'],
    ['a handler that is null', '06 00000001 05', 'RTMP_BAD_HANDLER'],
    ['an event behind the end', '01 0000', 'RTMP_BAD_SHARED_OBJECT'],
  ])('%s is refused', (_, hex, code) => {
    expect(() => decode(hex)).toThrow(expect.objectContaining({ code }) as GatewayError)
  })

  test('limits', () => {
    const use = '01 00000000'
    const limits = limitsWith({ messageEvents: 3, objectKeyBytes: 2 })
    const limitName = (hex: string): string => {
      try {
        decode(hex, 19, limits)
        return ''
      } catch (error) {
        return (error as LimitError).limitName
      }
    }
    expect(limitName(use.repeat(3))).toBe('')
    expect(limitName(use.repeat(4))).toBe('messageEvents')
    expect(limitName('05 00000006 0000 0000 0000')).toBe('')
    expect(limitName('05 00000008 0000 0000 0000 0000')).toBe('messageEvents')
    expect(limitName('04 00000004 0001 61 05')).toBe('')
    expect(limitName('04 00000006 0003 616161 05')).toBe('objectKeyBytes')
  })

  test('text that is too long for its length is not written', () => {
    expect(() => encode([{ kind: 'success', names: ['é'.repeat(32_768)] }])).toThrow(LimitError)
  })

  test('a message that grows beyond the limit on output is not written', () => {
    const slots = [1, 2, 3].map((value) => ({ name: 'k', value: String(value).repeat(100) }))
    const message = {
      name: 'a',
      version: 1,
      flags: 0,
      reserved: 0,
      events: [{ kind: 'change' as const, slots }],
    }
    expect(() => encodeSharedObject(message, 19, limitsWith({ amfOutputBytes: 250 }))).toThrow(LimitError)
  })
})
