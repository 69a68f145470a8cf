import { AmfObject, type AmfValue } from '../../../src/amf/value.js'
import { Packet } from '../../../src/psyc/wire/packet.js'
import {
  echoInvoke,
  invokeError,
  invokeErrors,
  noticeInvoke,
  parseInvoke,
  parseResult,
  requestInvoke,
  type InvokeError,
} from '../../../src/translate/invoke-packet.js'
import { displayText } from '../../../src/translate/text.js'
import { LimitError, TranslateError } from '../../../src/util/errors.js'
import { limitsWith } from '../../../src/util/limits.js'
import { decodeUtf8 } from '../../../src/util/utf8.js'
import { onLegacyWire, overLegacy } from '../../support/psyc-legacy-wire.js'

const calls: readonly (readonly [string, readonly AmfValue[]])[] = [
  ['ping', []],
  ['FCChat.chat1/sendMessage', ['hi', 5, null]],
  ['Méthode \n[_nick]', [AmfObject.of({ a: 1 }), new Uint8Array(5000).fill(0x2e)]],
]

test.each(calls)('a call of %j there and back, on both syntaxes [design 2]', (name, args) => {
  for (const packet of [requestInvoke({ _tag: 't' }, { name, args }), noticeInvoke({}, { name, args })]) {
    expect(packet.text('_name_invoke')).toBe(name)
    expect(parseInvoke(packet)).toEqual({ name, args })
    expect(parseInvoke(overLegacy(packet))).toEqual({ name, args })
    const legacy = onLegacyWire(packet)
    expect(legacy.bytes('_list_arguments')).toBeUndefined()
    expect(parseInvoke(legacy)).toEqual({ name, args })
    const longest = Math.max(
      0,
      ...(legacy.text('_data_arguments') ?? '').split('\n').map((line) => line.length),
    )
    expect(longest).toBeLessThanOrEqual(1800)
  }
})

test('the variables of a call and of its answer', () => {
  const packet = requestInvoke({ _tag: 't' }, { name: 'a', args: ['b'] })
  expect([packet.method, packet.tag, decodeUtf8(packet.bytes('_list_arguments')!)]).toEqual([
    '_request_invoke',
    't',
    '|=_text:1 b',
  ])
  expect(noticeInvoke({}, { name: 'a', args: [] }).method).toBe('_notice_invoke')
  const echo = echoInvoke({ _tag_relay: 't' }, 5)
  expect([echo.method, echo.tagRelay, decodeUtf8(echo.bytes('_list_result')!)]).toEqual([
    '_echo_invoke',
    't',
    '|=_amount:1 5',
  ])
  expect(onLegacyWire(echo).text('_data_result')).toBe('fD1fYW1vdW50OjEgNQ==')
})

test.each([undefined, null, 'x', AmfObject.of({})])('the result %j there and back', (result) => {
  const echo = echoInvoke({}, result)
  expect(parseResult(echo)).toEqual(result)
  expect(parseResult(onLegacyWire(echo))).toEqual(result)
})

test('an echo of a native entity may have no result', () => {
  expect(parseResult(Packet.of({}, '_echo_invoke'))).toBeUndefined()
  expect(parseResult(Packet.of({}, '_echo_invoke', { _list_result: '| hi' }))).toBe('hi')
})

test.each(Object.keys(invokeErrors) as InvokeError[])('%s reads as a sentence', (method) => {
  const packet = invokeError({ _tag_relay: 't' }, method, 'a.b')
  expect([packet.method, packet.tagRelay, packet.text('_name_invoke')]).toEqual([method, 't', 'a.b'])
  expect(displayText(packet)).toContain('a.b')
})

const bad: readonly (readonly [string, Record<string, string>])[] = [
  ['no name', {}],
  ['an empty name', { _name_invoke: '' }],
  ['no list', { _name_invoke: 'a', _list_arguments: 'a b' }],
  ['no base64', { _name_invoke: 'a', _data_arguments: '***' }],
  ['no list in base64', { _name_invoke: 'a', _data_arguments: 'YSBi' }],
]

test.each(bad)('%s is refused', (_, variables) => {
  expect(() => parseInvoke(Packet.of({}, '_request_invoke', variables))).toThrow(TranslateError)
})

test('limits hold before anything is decoded', () => {
  const limits = limitsWith({ typedTextBytes: 100 })
  expect(() => requestInvoke({}, { name: 'a', args: ['x'.repeat(100)] }, limits)).toThrow(LimitError)
  const huge = Packet.of({}, '_request_invoke', {
    _name_invoke: 'a',
    _data_arguments: ' '.repeat(1_000_000) + '=x',
  })
  expect(() => parseInvoke(huge, limits)).toThrow(LimitError)
})
