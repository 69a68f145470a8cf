/** The state of a place, as a peer that keeps it is given it [psyc.md 4.3; design 4]. */
import { TestWorld } from '../support/world.js'
import type { WorldPsyc } from '../support/world-psyc.js'

const ROOM = 'psyc://gw.example/@chat-lobby'

/** Bob is in the room and has set its topic; Eve's program keeps state, or does not. */
function room(keepsState: boolean): { bob: WorldPsyc; eve: WorldPsyc } {
  const world = new TestWorld()
  const bob = world.psyc().link('bob').enter('@chat-lobby', 'bob')
  bob.packet('@chat-lobby', '_request_set_topic', { _tag: 't', _topic: 'tea' })
  const eve = world.psyc()
  const modules = keepsState ? '| _state| _context' : '| _context'
  eve.write(`:_list_understand_modules␉${modules}\n:_tag␉f\n\n_request_features\n|\n`)
  eve.take()
  return { bob, eve }
}

test('who keeps state is given it after the echo of his enter', () => {
  const { eve } = room(true)
  const [echo, state, ...more] = eve.enter('@chat-lobby', 'eve').take()
  expect([echo?.method, state?.method, more]).toEqual(['_echo_context_enter', '_status_state', []])
  expect(state?.vars).toMatchObject({ _context: ROOM, _topic: 'tea' })
  expect(state?.vars['_token_run']).toMatch(/^[0-9a-f]{16}$/)
})

test('who does not is given none', () => {
  const { eve } = room(false)
  expect(eve.enter('@chat-lobby', 'eve').methods()).toEqual(['_echo_context_enter'])
})

test('a new topic is a change of state', () => {
  const { bob, eve } = room(true)
  eve.enter('@chat-lobby', 'eve').take()
  const sent = jest.spyOn(eve, 'send')
  bob.packet('@chat-lobby', '_request_set_topic', { _tag: 't', _topic: 'cake' })
  expect(eve.methods()).toEqual(['_notice_place_topic'])
  const raw = sent.mock.calls.map(([bytes]) => new TextDecoder().decode(bytes)).join('')
  expect(raw).toContain('\n=_topic\tcake\n')
})

test('who asks for a resync is given all of it, if he is a member', () => {
  const { eve } = room(true)
  const resync = `:_target␉${ROOM}\n\n?\n|\n`
  eve.write(resync)
  expect(eve.methods()).toEqual(['_error_necessary_membership'])
  eve.enter('@chat-lobby', 'eve').take()
  eve.write(resync)
  const [state] = eve.take()
  expect([state?.method, state?.vars['_topic']]).toEqual(['_status_state', 'tea'])
})
