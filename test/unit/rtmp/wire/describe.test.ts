/** What the vectors of test/conformance/rtmp.test.ts do not show. */
import { describeControl, describeSharedObject } from '../../../../src/rtmp/wire/describe.js'
import { decodeCommand, decodeData } from '../../../../src/rtmp/wire/message/index.js'
import { decodeSharedObject } from '../../../../src/rtmp/wire/shared-object.js'
import { fromHex } from '../../../../src/util/bytes.js'
import { defaultLimits } from '../../../../src/util/limits.js'

test('events between servers', () => {
  const events = [
    { kind: 'proxyVersion' as const, name: 'k', version: 3 },
    { kind: 'proxySuccess' as const, slots: [{ name: 'k', value: null }] },
    { kind: 'requestClear' as const },
  ]
  expect(describeSharedObject({ name: 'a', version: 1, flags: 0x12, reserved: 0, events })).toEqual({
    name: 'a',
    version: 1,
    flags: 0x12,
    reserved: 0,
    persistent: true,
    events: [
      { type: 12, kind: 'proxyVersion', name: 'k', version: 3 },
      { type: 13, kind: 'proxySuccess', props: [['k', { t: 'null' }]] },
      { type: 14, kind: 'requestClear' },
    ],
  })
})

test('control messages', () => {
  expect(describeControl({ kind: 'acknowledgement', sequenceNumber: 5 })).toEqual({ sequence: 5 })
  expect(describeControl({ kind: 'windowAcknowledgementSize', windowSize: 5 })).toEqual({ window: 5 })
  const unknown = { event: 'unknown', eventType: 99, data: Uint8Array.of(1) } as const
  expect(describeControl({ kind: 'userControl', control: unknown })).toEqual({ event: 99, dataHex: '01' })
  const short = { event: 'SwfVerificationResponse', data: Uint8Array.of(1) } as const
  expect(describeControl({ kind: 'userControl', control: short })).toEqual({
    event: 'SWFVerificationResponse',
    dataHex: '01',
  })
})

test('names are plain where a message is read exactly', () => {
  const at = { timestamp: 0, messageStreamId: 0 }
  const command = { ...at, type: 17, payload: fromHex('00 11 0603 61 11 05 3ff0000000000000 05') }
  expect(decodeCommand(command, defaultLimits, true)).toMatchObject({ commandName: 'a', transactionId: 1 })
  const data = { ...at, type: 18, payload: fromHex('0c 00000001 61') }
  expect(decodeData(data, defaultLimits, true)).toMatchObject({ handler: 'a' })
  const send = { type: 19, payload: fromHex('0000 00000000 00000000 00000000 06 00000006 0c 00000001 61') }
  expect(decodeSharedObject(send, defaultLimits, true).events).toEqual([
    { kind: 'sendMessage', handler: 'a', args: [] },
  ])
})
