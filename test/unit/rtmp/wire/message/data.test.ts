import { AmfExternalizable, AmfObject } from '../../../../../src/amf/value.js'
import { dataToAmf0, decodeData, encodeData } from '../../../../../src/rtmp/wire/message/data.js'
import type { Message } from '../../../../../src/rtmp/wire/message.js'
import { MessageType } from '../../../../../src/rtmp/wire/message.js'
import { fromHex, toHex } from '../../../../../src/util/bytes.js'
import type { GatewayError } from '../../../../../src/util/errors.js'
import { defaultLimits } from '../../../../../src/util/limits.js'

const message = (type: number, hex: string): Message => ({
  type,
  timestamp: 9,
  messageStreamId: 1,
  payload: fromHex(hex),
})

describe('data messages [RTMP §7.1.2]', () => {
  test.each([
    [18, '02 0002 6f6e 02 0001 61 05', ['a', null]],
    [18, '02 0002 6f6e', []],
    [15, '00 02 0002 6f6e 02 0001 61', ['a']],
    [15, '00 02 0002 6f6e 11 060361', ['a']],
    [15, '02 0002 6f6e 11 060361', ['a']],
  ])('type %s: %s', (type, hex, args) => {
    expect(decodeData(message(type, hex), defaultLimits)).toEqual({
      handler: 'on',
      args,
      unreadable: undefined,
    })
  })

  test.each([
    [18, '', 'AMF_TRUNCATED'],
    [18, '05', 'RTMP_BAD_HANDLER'],
    [15, '05', 'RTMP_BAD_FORMAT_SELECTOR'],
    [15, '00 05', 'RTMP_BAD_HANDLER'],
  ])('type %s: "%s" is refused', (type, hex, code) => {
    expect(() => decodeData(message(type, hex), defaultLimits)).toThrow(
      expect.objectContaining({ code }) as GatewayError,
    )
  })

  test.each([
    [MessageType.Data, '02 0002 6f6e 02 0001 61 05'],
    [MessageType.DataAmf3, '00 02 0002 6f6e 11 060361 11 01'],
  ])('type %s is written', (type, hex) => {
    expect(toHex(encodeData({ handler: 'on', args: ['a', null] }, type))).toBe(hex.replaceAll(' ', ''))
  })
})

describe('data for a peer of object encoding 0', () => {
  test('type 18 stays as it is', () => {
    const plain = message(18, '02 0002 6f6e')
    expect(dataToAmf0(plain, defaultLimits)).toBe(plain)
  })

  test('type 15 is converted down', () => {
    expect(dataToAmf0(message(15, '00 02 0002 6f6e 11 060361 11 0401'), defaultLimits)).toEqual(
      message(18, '02 0002 6f6e 02 0001 61 00 3ff0000000000000'),
    )
  })

  test('what AMF0 lacks becomes "unsupported"', () => {
    const payload = encodeData({ handler: 'on', args: [Uint8Array.of(1)] }, MessageType.DataAmf3)
    expect(dataToAmf0({ ...message(15, ''), payload }, defaultLimits)).toEqual(message(18, '02 0002 6f6e 0d'))
  })

  test('what cannot be read or written is dropped', () => {
    expect(dataToAmf0(message(15, '00 02 0002 6f6e ff'), defaultLimits)).toBeUndefined()
    expect(dataToAmf0(message(15, '07'), defaultLimits)).toBeUndefined()
    const longName = new AmfObject().set('n'.repeat(70_000), new AmfExternalizable('x'))
    longName.set('n'.repeat(70_000), 1)
    const payload = encodeData({ handler: 'on', args: [longName] }, MessageType.DataAmf3)
    expect(dataToAmf0({ ...message(15, ''), payload }, defaultLimits)).toBeUndefined()
  })
})
