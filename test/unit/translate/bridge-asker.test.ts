import { Packet } from '../../../src/psyc/wire/packet.js'
import { BridgeAsker } from '../../../src/translate/bridge-asker.js'
import { PsycLab } from '../../support/psyc-lab.js'

const PLACE = 'psyc://psyced.example/@lobby'
const TONI = 'psyc://psyced.example/~toni'
const ANN = 'psyc://gw.example/~ann'

/** An asker whose node has a circuit to psyced, which answers what the test says. */
function scene(): {
  asker: BridgeAsker
  lab: PsycLab
  answers: string[]
  evicted: () => number
  say: Say
  sent: () => string
} {
  const lab = new PsycLab({ hosts: { 'psyced.example': ['10.1.2.3'] } })
  lab.registry.claim('ann', { deliver: () => undefined })
  const psyced = lab.legacy()
  psyced.send(':_source␉psyc://psyced.example/\n\n_status_circuit\n.\n')
  psyced.take()
  const answers: string[] = []
  let evictions = 0
  const asker = new BridgeAsker(lab.node, 'psyc://psyced.example/', () => evictions++)
  const say: Say = (target, method, body) => {
    const saying = { routing: { _source: ANN, _target: target }, method, variables: { _nick: 'ann' }, body }
    asker.ask(saying, 1_000, (answer) => answers.push(answer?.method ?? 'time-out'))
    lab.settle()
    return /_token_echo␉(\w+)/.exec((text += psyced.take()))?.[1] ?? ''
  }
  let text = ''
  const sent = (): string => {
    const all = text + psyced.take()
    text = ''
    return all
  }
  return { asker, lab, answers, evicted: () => evictions, say, sent }
}

type Say = (target: string, method: string, body: string) => string

function cast(token: string, speaker = ANN, context = PLACE): Packet {
  return Packet.of(
    { _context: context, _source_relay: speaker },
    '_message_public',
    { _token_echo: token },
    'x',
  )
}

test('a line is answered by its copy', () => {
  const { asker, answers, say } = scene()
  const token = say(PLACE, '_message_public', 'x')
  asker.heard(cast('something else'))
  expect(answers).toEqual([])
  asker.heard(cast(token))
  asker.heard(cast(token))
  expect(answers).toEqual(['_message_public'])
})

test.each([
  ['of somebody else', ANN.replace('ann', 'eve'), PLACE],
  ['of another place', ANN, PLACE.replace('lobby', 'other')],
])('a token in the words %s answers nothing', (_what, speaker, context) => {
  const { asker, answers, say } = scene()
  asker.heard(cast(say(PLACE, '_message_public', 'x'), speaker, context))
  expect(answers).toEqual([])
})

test('a copy answers what was said there before it, and nothing that was said after', () => {
  const { asker, answers, say, sent } = scene()
  say(PLACE, '_message_public', 'one')
  sent()
  const two = say(PLACE, '_message_public', 'two')
  sent()
  say(PLACE, '_message_public', 'three')
  asker.heard(cast(two))
  expect(answers).toHaveLength(2)
})

test('a private word is answered by what comes back from the person', () => {
  const { asker, answers, say } = scene()
  const token = say(TONI, '_message_private', 'psst')
  asker.heard(Packet.of({ _source: TONI, _target: ANN }, '_message_echo_private', { _token_echo: token }))
  expect(answers).toEqual(['_message_echo_private'])
})

test('nothing comes back: the time is up', () => {
  const { lab, answers, say, asker } = scene()
  const token = say(PLACE, '_message_public', 'x')
  lab.wait(1_000)
  asker.heard(cast(token))
  expect(answers).toEqual(['time-out'])
})

test('a cancelled question is not answered', () => {
  const { asker, lab, sent } = scene()
  const heard = jest.fn()
  const routing = { _source: ANN, _target: PLACE }
  asker.ask({ routing, method: '_message_public', variables: {}, body: 'x' }, 1_000, heard).cancel()
  lab.settle()
  asker.heard(cast(/_token_echo␉(\w+)/.exec(sent())?.[1] ?? ''))
  lab.wait(2_000)
  expect(heard).not.toHaveBeenCalled()
})

test('an action has no body', () => {
  const { say, sent } = scene()
  say(PLACE, '_message_public', '/me waves')
  expect(sent()).toMatch(/:_action␉waves\n(:.*\n)*_message_public\n\.\n/)
})

test('other requests are answered by their tag, those to others too', () => {
  const { say, sent } = scene()
  expect(say(PLACE, '_request_members', '')).toBe('')
  expect(sent()).toMatch(/:_tag␉\w+\n/)
})
