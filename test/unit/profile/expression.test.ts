import { compileExpression, type Scope, type Vocabulary } from '../../../src/profile/expression.js'
import { compileTemplate } from '../../../src/profile/template.js'
import { ConfigError } from '../../../src/util/errors.js'

const vocabulary: Vocabulary = {
  roots: ['arg', 'query', 'nick', 'body'],
  functions: { html: [1, 2], none: [0, 0] },
  variables: true,
}

/** Plain JavaScript values. */
const scope: Scope<unknown> = {
  root: (name) =>
    ({
      arg: ['zero', { user: 'u', name: 'n', deep: { x: 5 } }],
      nick: 'Alice',
      body: '<hi>',
      _topic: 'cats',
    })[name],
  member: (value, key) => (typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined),
  literal: (value) => value,
  call: (name, args) => `${name}(${args.join()})`,
  object: (entries) => Object.fromEntries(entries),
}

const values: readonly (readonly [string, unknown])[] = [
  ['nick', 'Alice'],
  ['query', undefined],
  ['query.user', undefined],
  ['arg.0', 'zero'],
  ['arg.7', undefined],
  ['arg.1.userName|username|user|nick|name', 'u'],
  ['arg.1.none|deep.x', 5],
  [' arg . 1 . name ', 'n'],
  ['_topic', 'cats'],
  ['_missing', undefined],
  ['html(nick, body)', 'html(Alice,<hi>)'],
  ['html(html(arg.9))', 'html(html())'],
  ['none()', 'none()'],
  ["'it is, ok'", 'it is, ok'],
  ["''", ''],
  ['42', 42],
  ['-1.5', -1.5],
  ['true', true],
  ['false', false],
  ['null', null],
]

test.each(values)('%j is %j', (text, value) => {
  const expression = compileExpression(text, vocabulary)
  expect(expression.text).toBe(text)
  expect(expression.evaluate(scope)).toEqual(value)
})

const mistakes: readonly (readonly [string, string])[] = [
  ['', 'expected an expression'],
  ['nikc', '"nikc" is nothing that is known here; did you mean "nick"?'],
  ['arg.', 'expected a member'],
  ['arg..0', 'expected a member'],
  ['arg.0|', 'expected a member'],
  ['nick body', 'unexpected "body"'],
  ['htm(nick)', '"htm" is no function; did you mean "html"?'],
  ['html(nick', 'expected ")"'],
  ['html()', 'html takes 1 to 2 arguments, not 0'],
  ['none(nick)', 'none takes 0 arguments, not 1'],
  ['constructor(nick)', '"constructor" is no function'],
  ["'open", 'unexpected "\'"'],
  ['nick;', 'unexpected ";"'],
  ['1x', '"1x" is no number'],
  ['html('.repeat(20) + 'nick' + ')'.repeat(20), 'calls are nested too deeply'],
]

test.each(mistakes)('%j is refused: %s', (text, message) => {
  expect(() => compileExpression(text, vocabulary)).toThrow(ConfigError)
  expect(() => compileExpression(text, vocabulary)).toThrow(message)
})

test('variables of a packet exist where packets are met only', () => {
  expect(() => compileExpression('_topic', { ...vocabulary, variables: false })).toThrow('known here')
})

test('a template makes objects', () => {
  const template = compileTemplate({ name: 'nick', more: { topic: '_topic', no: 'arg.9' } }, vocabulary)
  expect(template.evaluate(scope)).toEqual({ name: 'Alice', more: { topic: 'cats', no: undefined } })
  expect(() => compileTemplate({ a: { b: 'nope' } }, vocabulary)).toThrow(ConfigError)
})
