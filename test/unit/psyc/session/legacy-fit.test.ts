import { PsycError } from '../../../../src/util/errors.js'
import { fitForLegacy, unfitReason } from '../../../../src/psyc/session/legacy-fit.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'
import type { Modifier } from '../../../../src/psyc/wire/packet.js'

const SOURCE = 'psyc://gw.example/~ann'
const PLACE = 'psyc://psyced.example/@lobby'
const PERSON = 'psyc://psyced.example/~toni'
const ROOT = 'psyc://psyced.example/'

function to(target: string, method: string, entity: readonly Modifier[] = [], body = ''): Packet {
  return new Packet(Packet.of({ _source: SOURCE, _target: target }, method).routing, entity, method, body)
}

const set = (name: string, value = 'x', operator: Modifier['operator'] = ':'): Modifier => ({
  operator,
  name,
  value,
})

describe('what may go to psyced', () => {
  test.each([
    [PLACE, '_message_public'],
    [PLACE, '_message_public_question'],
    [PLACE, '_message'],
    [PLACE, '_notice_home'],
    [PLACE, '_notice_invoke'],
    [PLACE, '_notice_place_flash'],
    [PLACE, '_request_context_enter'],
    [PLACE, '_request_context_enter_again'],
    [PLACE, '_request_leave_logout'],
    [PLACE, '_request_members'],
    [PLACE, '_request_set_topic'],
    [PLACE, '_query_topic'],
    [PERSON, '_message_private'],
    [PERSON, '_message_echo_private'],
    [PERSON, '_error_unknown_name_user'],
    [PERSON, '_notice_invoke'],
    [ROOT, '_request_list_feature'],
  ])('%s %s', (target, method) => {
    expect(unfitReason(to(target, method))).toBeUndefined()
  })
})

describe('what may not', () => {
  test.each([
    [PLACE, '_data', 'closes the circuit'],
    [PERSON, '_data_flv', 'closes the circuit'],
    [PLACE, '_database', 'closes the circuit'],
    [PLACE, '_error', 'place of psyced'],
    [PLACE, '_error_illegal', 'place of psyced'],
    [PLACE, '_failure_x', 'place of psyced'],
    [PLACE, '_status_x', 'place of psyced'],
    [PLACE, '_warning_x', 'place of psyced'],
    [PLACE, '_request_invoke', 'place of psyced'],
    [PLACE, '_request', 'place of psyced'],
    [PLACE, '_query_x', 'place of psyced'],
    [PLACE, '_message_private', 'place of psyced'],
    [PLACE, '_message_audio', 'place of psyced'],
    [PLACE, '_notice_place_enter', 'place of psyced'],
    [PLACE, '_notice_place_leave_netburp', 'place of psyced'],
    [PLACE, '_notice_context_enter', 'place of psyced'],
    [PLACE, '_notice_authentication_x', 'place of psyced'],
    [PLACE, '_echo_x', 'place of psyced'],
    [PERSON, '_request_link', 'no clients'],
    [ROOT, '_request_circuit_shutdown', 'for the circuit'],
    [PERSON, '_request_circuit_shutdown', 'for the circuit'],
    [ROOT, '_notice_circuit_established', 'for the circuit'],
    [ROOT, '_status_circuit', 'for the circuit'],
    [ROOT, '_request_authorization', 'for the circuit'],
    [ROOT, `_x${'y'.repeat(300)}`, 'too long'],
  ])('%s %s: %s', (target, method, reason) => {
    expect(unfitReason(to(target, method))).toContain(reason)
    expect(() => fitForLegacy(to(target, method))).toThrow(PsycError)
  })

  test('a variable with a name longer than a line', () => {
    expect(unfitReason(to(PERSON, '_notice_x', [set(`_${'x'.repeat(256)}`)]))).toContain('too long')
  })
})

describe('what is changed', () => {
  test('variables that psyced would take for its own are left out', () => {
    const entity = [
      set('_nick'),
      set('_source'),
      set('_context'),
      set('_tag_reply'),
      set('_nick_verbatim'),
      set('_length'),
    ]
    expect(fitForLegacy(to(PLACE, '_message_public', entity)).entity).toEqual([set('_nick')])
  })

  test('a degree is a digit, or nothing', () => {
    const fitted = fitForLegacy(
      to(PLACE, '_message_public', [set('_degree_x', '5'), set('_degree_y', 'high')]),
    )
    expect(fitted.entity).toEqual([set('_degree_x', '5')])
  })

  test('assignments become plain variables', () => {
    const fitted = fitForLegacy(to(PLACE, '_notice_x', [set('_x', '1', '=')]))
    expect(fitted.entity).toEqual([set('_x', '1')])
  })

  test('notices to places have no body: telnet users would see it as a template', () => {
    expect(fitForLegacy(to(PLACE, '_notice_x', [], '[_nick] wins')).body).toBe('')
    expect(fitForLegacy(to(PERSON, '_notice_x', [], 'hello')).body).toBe('hello')
    expect(fitForLegacy(to(PLACE, '_message_public', [], 'hello')).body).toBe('hello')
  })

  test('casts of coming and going have their old names', () => {
    const cast = Packet.of(
      { _context: 'psyc://gw.example/@room', _source_relay: SOURCE },
      '_notice_context_enter_x',
    )
    expect(fitForLegacy(cast).method).toBe('_notice_place_enter_x')
  })

  test('nothing else: the same packet', () => {
    const packet = to(PLACE, '_message_public', [set('_nick')], 'hello')
    expect(fitForLegacy(packet)).toBe(packet)
  })
})

test('what the circuit says itself passes', () => {
  const status = Packet.of({ _source: 'psyc://gw.example' }, '_status_circuit', {
    _using_modules: '_context',
  })
  expect(fitForLegacy(status)).toBe(status)
  const error = Packet.of({}, '_error_invalid_host', { _host: 'x' })
  expect(fitForLegacy(error)).toBe(error)
})
