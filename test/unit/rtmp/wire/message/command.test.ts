import { AmfObject } from '../../../../../src/amf/value.js'
import { decodeCommand, encodeCommand } from '../../../../../src/rtmp/wire/message/command.js'
import { MessageType } from '../../../../../src/rtmp/wire/message.js'
import { fromHex, toHex } from '../../../../../src/util/bytes.js'
import type { RtmpError } from '../../../../../src/util/errors.js'
import { AmfError, LimitError } from '../../../../../src/util/errors.js'
import { defaultLimits, limitsWith } from '../../../../../src/util/limits.js'

const decode = (type: number, hex: string, limits = defaultLimits): ReturnType<typeof decodeCommand> =>
  decodeCommand({ type, timestamp: 0, messageStreamId: 0, payload: fromHex(hex) }, limits)

const echo = '02 0004 6563686f 00 4000000000000000'

describe('command messages [RTMP §7.1.1]', () => {
  test.each([
    ['no arguments', 20, echo, []],
    ['a null command object', 20, `${echo} 05`, [null]],
    ['AMF0 arguments', 20, `${echo} 05 02 0001 61 06`, [null, 'a', undefined]],
    ['an AMF3 argument in type 20', 20, `${echo} 05 11 0401`, [null, 1]],
    ['type 17 with its selector', 17, `00 ${echo} 05 11 0401 0101`, [null, 1, true]],
    ['type 17 without a selector [rtmp.md 3.1]', 17, `${echo} 05 11 0401`, [null, 1]],
    ['a name in AMF3 [rtmp.md 3.1]', 17, `11 06 09 6563686f 00 4000000000000000 05`, [null]],
    ['a name and a number in AMF3, behind a selector', 17, `00 11 06 09 6563686f 11 0402 05`, [null]],
  ])('%s', (_, type, hex, args) => {
    expect(decode(type, hex)).toEqual({ commandName: 'echo', transactionId: 2, args, unreadable: undefined })
  })

  test('a name and nothing else wants no answer: so ffmpeg -listen tells onFCPublish', () => {
    const alone = { commandName: 'echo', transactionId: 0, args: [], unreadable: undefined }
    expect(decode(20, '02 0004 6563686f')).toEqual(alone)
    expect(decode(17, '00 02 0004 6563686f')).toEqual(alone)
  })

  test('references reach over all AMF0 values of a message [AMF0 §2.9]', () => {
    const { args } = decode(20, `${echo} 03 000009 07 0000`)
    expect(args[0]).toBeInstanceOf(AmfObject)
    expect(args[1]).toBe(args[0])
  })

  test('what cannot be read behind the arguments is reported, and the arguments are there', () => {
    expect(decode(20, `${echo} 05 0e`)).toMatchObject({
      args: [null],
      unreadable: { code: 'AMF_RESERVED_MARKER' },
    })
    expect(decode(20, `${echo} 05 02 00ff 61`)).toMatchObject({
      args: [null],
      unreadable: { code: 'AMF_TRUNCATED' },
    })
    const { unreadable } = decode(20, `${echo} 0a 00000001 0a 00000001 05`, limitsWith({ amfDepth: 1 }))
    expect(unreadable).toBeInstanceOf(LimitError)
  })

  test.each([
    ['nothing at all', 20, '', 'RTMP_BAD_COMMAND'],
    ['a selector and nothing else', 17, '00', 'RTMP_BAD_COMMAND'],
    ['a transaction ID that is cut off', 20, '02 0004 6563686f 00 4000', 'RTMP_BAD_COMMAND'],
    ['a transaction ID that is text', 20, '02 0004 6563686f 02 0001 32', 'RTMP_BAD_COMMAND'],
    ['a name that is a number', 20, '00 4000000000000000 00 4000000000000000', 'RTMP_BAD_COMMAND'],
    ['another selector', 17, `03 ${echo} 05`, 'RTMP_BAD_FORMAT_SELECTOR'],
  ])('%s is refused', (_, type, hex, code) => {
    expect(() => decode(type, hex)).toThrow(expect.objectContaining({ code }) as RtmpError)
  })

  test.each([
    [MessageType.Command, `${echo} 05 00 3ff0000000000000 02 0001 61 05`],
    [MessageType.CommandAmf3, `00 ${echo} 05 11 0401 11 060361 11 01`],
  ])('type %s is written', (type, hex) => {
    const payload = encodeCommand({ commandName: 'echo', transactionId: 2, args: [null, 1, 'a', null] }, type)
    expect(toHex(payload)).toBe(hex.replaceAll(' ', ''))
  })

  test('a command object other than null is AMF3 in type 17', () => {
    const payload = encodeCommand(
      { commandName: '', transactionId: 0, args: [AmfObject.of({})] },
      MessageType.CommandAmf3,
    )
    expect(toHex(payload)).toBe('00 020000 000000000000000000 11 0a0b0101'.replaceAll(' ', ''))
  })

  test('a limit on the way out is an error', () => {
    const command = { commandName: 'a', transactionId: 0, args: [null, 'b'.repeat(100), 1] }
    const limits = limitsWith({ amfOutputBytes: 50 })
    expect(() => encodeCommand(command, MessageType.Command, limits)).toThrow(LimitError)
  })

  test('unreadable values are AMF errors', () => {
    expect(decode(20, `${echo} ff`).unreadable).toBeInstanceOf(AmfError)
  })
})
