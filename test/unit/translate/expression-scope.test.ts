import {
  AmfArray,
  AmfEcmaArray,
  AmfExternalizable,
  AmfObject,
  type AmfValue,
} from '../../../src/amf/value.js'
import { compileExpression } from '../../../src/profile/expression.js'
import { compileTemplate } from '../../../src/profile/template.js'
import { vocabularies } from '../../../src/profile/vocabulary.js'
import {
  queryObject,
  rootsOf,
  scopeOfCall,
  scopeOfCallback,
  textOf,
} from '../../../src/translate/expression-scope.js'

const args = new AmfArray([
  '<b>hi</b>',
  new AmfEcmaArray(['__proto__', '0'], ['p', 'zero']),
  new AmfExternalizable('ArrayCollection', new AmfArray(['inner'], ['length'], [7])),
])
const scope = scopeOfCall(rootsOf({ arg: args, query: queryObject(new Map([['user', 'bob']])), nick: 'Al' }))
const callbackScope = scopeOfCallback(rootsOf({ nick: '<Al>', body: 'a\nb', _topic: 'cats' }))

const calls: readonly (readonly [string, AmfValue])[] = [
  ['html(arg.0)', 'hi'],
  ['html(arg.9)', ''],
  ['arg.1.0', 'zero'],
  ['arg.1.__proto__', 'p'],
  ['arg.1.constructor', undefined],
  ['arg.2.0', 'inner'],
  ['arg.2.length', 7],
  ['arg.0.length', undefined],
  ['query.user', 'bob'],
  ['component', undefined],
  ['null', null],
  ['1.5', 1.5],
]

test.each(calls)('in calls %s is %j', (text, value) => {
  expect(compileExpression(text, vocabularies.call).evaluate(scope)).toEqual(value)
})

const callbacks: readonly (readonly [string, AmfValue])[] = [
  ['html(body)', 'a<br>b'],
  ['html(nick, body)', '<b>&lt;Al&gt;: </b>a<br>b<br>'],
  ['_topic', 'cats'],
  ['_toString', undefined],
]

test.each(callbacks)('in callbacks %s is %j', (text, value) => {
  expect(compileExpression(text, vocabularies.callback).evaluate(callbackScope)).toEqual(value)
})

test('templates make anonymous objects', () => {
  const template = compileTemplate({ name: 'nick', none: 'time' }, vocabularies.callback)
  expect(template.evaluate(callbackScope)).toStrictEqual(AmfObject.of({ name: '<Al>', none: undefined }))
})

test('text and finite numbers read as text', () => {
  expect(['a', 5, NaN, true, null, undefined, new AmfObject()].map(textOf)).toEqual([
    'a',
    '5',
    ...Array<undefined>(5),
  ])
})
