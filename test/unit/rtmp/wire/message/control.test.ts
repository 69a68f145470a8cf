import type { ControlMessage } from '../../../../../src/rtmp/wire/message/index.js'
import { decodeControl, encodeControl } from '../../../../../src/rtmp/wire/message/index.js'
import { MessageType } from '../../../../../src/rtmp/wire/message.js'
import { fromHex, toHex } from '../../../../../src/util/bytes.js'
import type { RtmpError } from '../../../../../src/util/errors.js'

const userControl = (hex: string): ControlMessage | undefined =>
  decodeControl({ type: MessageType.UserControl, timestamp: 0, messageStreamId: 0, payload: fromHex(hex) })

describe('control messages [RTMP §5.4, §7.1.7]', () => {
  test.each<[ControlMessage, number, string]>([
    [{ kind: 'setChunkSize', chunkSize: 60_000 }, 1, '0000ea60'],
    [{ kind: 'abort', chunkStreamId: 65_599 }, 2, '0001003f'],
    [{ kind: 'acknowledgement', sequenceNumber: 0xffffffff }, 3, 'ffffffff'],
    [{ kind: 'windowAcknowledgementSize', windowSize: 262_144 }, 5, '00040000'],
    [{ kind: 'setPeerBandwidth', windowSize: 2_500_000, limitType: 'soft' }, 6, '002625a001'],
    [{ kind: 'userControl', control: { event: 'StreamDry', messageStreamId: 7 } }, 4, '000200000007'],
    [{ kind: 'userControl', control: { event: 'StreamIsRecorded', messageStreamId: 7 } }, 4, '000400000007'],
    [
      { kind: 'userControl', control: { event: 'SetBufferLength', messageStreamId: 1, bufferLength: 300 } },
      4,
      '0003000000010000012c',
    ],
    [{ kind: 'userControl', control: { event: 'PingRequest', timestamp: 0xfffffffe } }, 4, '0006fffffffe'],
    [{ kind: 'userControl', control: { event: 'SwfVerificationRequest' } }, 4, '001a'],
    [
      { kind: 'userControl', control: { event: 'SwfVerificationResponse', data: Uint8Array.of(1, 1) } },
      4,
      '001b0101',
    ],
    [
      { kind: 'userControl', control: { event: 'unknown', eventType: 99, data: Uint8Array.of(5) } },
      4,
      '006305',
    ],
  ])('%j', (control, type, hex) => {
    const message = encodeControl(control)
    expect(message).toMatchObject({ chunkStreamId: 2, messageStreamId: 0, timestamp: 0, type })
    expect(toHex(message.payload)).toBe(hex)
    expect(decodeControl(message)).toEqual(control)
  })

  test.each([
    [1, '000001'],
    [2, ''],
    [3, '0000'],
    [5, '000000'],
    [6, '002625a0'],
    [4, '00'],
  ])('type %s is refused when it is too short: %s', (type, hex) => {
    const message = { type, timestamp: 0, messageStreamId: 0, payload: fromHex(hex) }
    expect(() => decodeControl(message)).toThrow(
      expect.objectContaining({ code: 'RTMP_BAD_CONTROL' }) as RtmpError,
    )
  })

  test('user control reads leniently [rtmp.md 2.4]', () => {
    const read = (hex: string): unknown => {
      const control = userControl(hex)
      return control?.kind === 'userControl' ? control.control : undefined
    }
    expect(read('0000')).toEqual({ event: 'StreamBegin', messageStreamId: 0 })
    expect(read('000300000001')).toEqual({ event: 'SetBufferLength', messageStreamId: 1, bufferLength: 0 })
    expect(read('00070000000599')).toEqual({ event: 'PingResponse', timestamp: 5 })
    expect(read('001a01')).toEqual({ event: 'SwfVerificationRequest' })
    expect(read('00050000')).toEqual({ event: 'unknown', eventType: 5, data: Uint8Array.of(0, 0) })
  })

  test('an unknown limit type counts as dynamic', () => {
    const message = { type: 6, timestamp: 0, messageStreamId: 0, payload: fromHex('0000000109') }
    expect(decodeControl(message)).toEqual({ kind: 'setPeerBandwidth', windowSize: 1, limitType: 'dynamic' })
  })

  test.each([0, 7, 8, 9, 20, 255])('type %s is none', (type) => {
    expect(
      decodeControl({ type, timestamp: 0, messageStreamId: 0, payload: new Uint8Array(9) }),
    ).toBeUndefined()
  })
})
