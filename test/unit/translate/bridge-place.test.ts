import { compileProfile } from '../../../src/profile/profile.js'
import { bridgedPlace, mustHear } from '../../../src/translate/bridge-place.js'

const TEMPLATE = 'psyc://psyced.example/@{instance}'

test.each([
  [TEMPLATE, 'chat', 'Lobby', 'psyc://psyced.example/@lobby'],
  [TEMPLATE, 'chat', '', 'psyc://psyced.example/@chat'],
  [TEMPLATE, 'chat', 'Ä 1', 'psyc://psyced.example/@_=c3=a4=201'],
  ['psyc://psyced.example/@{app}-{instance}', 'Chat', '1st', 'psyc://psyced.example/@chat-_1st'],
  ['psyc://psyced.example/@flash', 'chat', 'a', 'psyc://psyced.example/@flash'],
  [TEMPLATE, 'chat', 'x'.repeat(300), undefined],
])('%s of %s/%s', (template, app, instance, expected) => {
  expect(bridgedPlace(template, app, instance)?.text).toBe(expected)
})

describe('who is in the place from the start', () => {
  const heard = { on: { _message_public: { call: 'say', args: ['body'] } } }
  test.each([
    ['hears talk', heard, true],
    ['hears nothing', {}, false],
    ['hears everything', { psyc: true }, true],
    ['says so', { presence: 'connect' }, true],
    ['never shows', { presence: 'never', ...heard }, false],
  ])('an app that %s: %#', (_what, source, expected) => {
    expect(mustHear(compileProfile('x', source))).toBe(expected)
  })
})
