import { TranslateError } from '../../../src/util/errors.js'
import { limitsWith } from '../../../src/util/limits.js'
import {
  checkedUniform,
  exactName,
  foldApp,
  foldName,
  foldNick,
  objectChannel,
  parseChannel,
  parsePlaceResource,
  personResource,
  placeResource,
  streamChannel,
  unexactName,
  unfoldApp,
  unfoldName,
} from '../../../src/translate/name.js'

// name, folded, exact
const table: readonly (readonly [string, string, string])[] = [
  ['users', 'users', 'users'],
  ['Users', 'users', '_=55sers'],
  ['A', 'a', '_=41'],
  ['room 1', 'room=201', 'room=201'],
  ['1', '_1', '_1'],
  ['_so', '__so', '__so'],
  ['-x', '_-x', '_-x'],
  ['+x', '+x', '+x'],
  ['!x', '_=21x', '_=21x'],
  ['=', '_=3d', '_=3d'],
  ['a/b.c', 'a=2fb=2ec', 'a=2fb=2ec'],
  ['Zoë', 'zo=c3=ab', '_=5ao=c3=ab'],
  ['É', '_=c3=a9', '_=c3=89'],
  ['日本', '_=e6=97=a5=e6=9c=ac', '_=e6=97=a5=e6=9c=ac'],
  ['\0\n', '_=00=0a', '_=00=0a'],
  ['__proto__', '___proto__', '___proto__'],
]

test.each(table)('%j is folded %s, exact %s [design 2.1]', (name, folded, exact) => {
  expect(foldName(name)).toBe(folded)
  expect(foldNick(name)).toBe(folded)
  expect(exactName(name)).toBe(exact)
  expect(unfoldName(folded)).toBe(name.toLowerCase())
  expect(unexactName(exact)).toBe(name)
  expect(unexactName(exact.toUpperCase())).toBe(name) // PSYC compares without case
})

test.each(['', '_', 'a b', '=41', '=4', '_a', '=zz', 'a=2', 'a=61', '1', '-a', 'a=C3', 'é', '_=ff', 'a#b'])(
  '%j is no exact name',
  (text) => expect(unexactName(text)).toBeUndefined(),
)

test('what a folded name cannot be', () => {
  expect(unfoldName('_=41')).toBeUndefined()
  expect(unfoldName('a=2db')).toBeUndefined()
  expect(unfoldApp('a=2db')).toBe('a-b')
  expect(unfoldApp('a-b')).toBeUndefined()
})

const places: readonly (readonly [string, string, string])[] = [
  ['chat', '', '@chat'],
  ['chat', '_definst_', '@chat'],
  ['chat', 'lobby', '@chat-lobby'],
  ['Chat', 'Lobby', '@chat-lobby'],
  ['my-app', 'a-b', '@my=2dapp-a-b'],
  ['-', '-', '@_=2d-_-'],
  ['live', 'a/b', '@live-a=2fb'],
  ['2chat', '1', '@_2chat-_1'],
]

test.each(places)('the place of %j, %j is %s [design 2.1]', (app, instance, resource) => {
  expect(placeResource(app, instance)).toBe(resource)
  expect(foldApp(app)).toBe(resource.slice(1).split('-')[0])
  expect(parsePlaceResource(resource)).toEqual({
    app: app.toLowerCase(),
    instance: instance === '_definst_' ? '' : instance.toLowerCase(),
  })
})

test.each(['', '@', 'chat', '~chat', '@-a', '@chat-', '@a b', '@chat-__definst_', '@a.b'])(
  '%j is no application instance',
  (resource) => expect(parsePlaceResource(resource)).toBeUndefined(),
)

test('channels of objects and streams, and back', () => {
  expect(objectChannel('users', false)).toBe('_so_users')
  expect(objectChannel('Users', true)).toBe('_sop__=55sers')
  expect(streamChannel('cam 1')).toBe('_stream_cam=201')
  expect(parseChannel('_so_users')).toEqual({ kind: 'object', name: 'users', persistent: false })
  expect(parseChannel('_SOP__=55SERS')).toEqual({ kind: 'object', name: 'Users', persistent: true })
  expect(parseChannel('_stream_cam=201')).toEqual({ kind: 'stream', name: 'cam 1' })
  for (const other of ['', '_so_', '_presence', '_follow', '_so_a b'])
    expect(parseChannel(other)).toBeUndefined()
  expect(personResource('Alice W')).toBe('~alice=20w')
})

test('names have limits in bytes before they are mapped, uniforms after [design 2.1]', () => {
  const limits = limitsWith({ nickBytes: 4, nameBytes: 6, uniformBytes: 10 })
  expect(foldNick('éé', limits)).toBe('_=c3=a9=c3=a9')
  expect(exactName('ééé', limits)).toHaveLength(19)
  expect(checkedUniform('psyc://a/b', limits)).toBe('psyc://a/b')
  const refused = [
    () => foldNick('', limits),
    () => foldNick('ééa', limits),
    () => foldName('éééa', limits),
    () => exactName('x'.repeat(7), limits),
    () => placeResource('', 'x', limits),
    () => checkedUniform('psyc://a/é', limits),
  ]
  for (const call of refused) {
    expect(call).toThrow(TranslateError)
    expect(call).toThrow(expect.objectContaining({ code: 'TRANSLATE_NAME' }) as Error)
  }
})
