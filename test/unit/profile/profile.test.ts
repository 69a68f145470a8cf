import type { Scope } from '../../../src/profile/expression.js'
import { compileProfile, ProfileSet } from '../../../src/profile/profile.js'
import { ConfigError } from '../../../src/util/errors.js'

const scope: Scope<unknown> = {
  root: (name) =>
    ({ nick: 'Alice', body: 'hi', uniform: 'psyc://gw/~alice', id: 'a1', arg: ['x', 'y'] })[name],
  member: (value, key) => (value as Record<string, unknown>)[key],
  literal: (value) => value,
  call: (name, args) => `${name}(${args.join()})`,
  object: (entries) => Object.fromEntries(entries),
}

describe('the shipped profiles [design 2.3]', () => {
  const profiles = new ProfileSet()
  const plain = profiles.get('plain')
  const chat = profiles.get('chat')

  test('plain maps nothing and calls nothing', () => {
    expect(plain.matchCall('sendMessage')).toBeUndefined()
    expect(plain.callbacks('_message_public')).toEqual([])
    expect([plain.onSelf, plain.onMembers, plain.onHistory]).toEqual([[], [], []])
    expect(plain.objectRule('users')).toBeUndefined()
    expect(plain).toMatchObject({
      presence: 'act',
      duplicateNick: 'suffix',
      psyc: false,
      onBWDone: true,
      gopCache: true,
    })
  })

  test('chat maps the names of tutorials and of the Chat component [rtmp.md 8.2, 8.3]', () => {
    const said = chat.matchCall('sendMessage')
    expect(said?.value).toMatchObject({ method: '_message_public', target: undefined, variables: [] })
    expect(said?.value.body?.evaluate(scope)).toBe('x')
    const component = chat.matchCall('FCChat.chat1_mc.sendMessage')
    expect(component?.captures).toEqual(['chat1_mc'])
    expect(component?.value.body?.evaluate(scope)).toBe('html(x)')
    const told = chat.matchCall('sendPrivate')?.value
    expect([told?.target?.evaluate(scope), told?.body?.evaluate(scope)]).toEqual(['x', 'y'])
    expect(chat.matchCall('FCChat/a/connect')?.value.method).toBeUndefined()
    expect(chat.matchCall('toString')).toBeUndefined()
  })

  test('chat tells clients what the place says, by inheritance of methods', () => {
    const [call, send] = chat.callbacks('_message_public_question')
    expect(call).toMatchObject({ kind: 'call', name: 'receiveMessage' })
    expect(call?.args.map((arg) => arg.evaluate(scope))).toEqual(['Alice', 'hi'])
    expect(send).toMatchObject({ kind: 'send', name: 'receiveMessage' })
    expect(send?.kind === 'send' && send.object.match('FCChat.chat1.message')).toEqual(['chat1'])
    expect(send?.args[0]?.evaluate(scope)).toBe('html(Alice,hi)')
    expect(chat.callbacks('_notice_place_enter_login')[0]).toMatchObject({ name: 'userJoined' })
    expect(chat.callbacks('_notice_place')).toEqual([])
    expect(chat.callbacks('_message')).toEqual([])
    expect(chat.callbacks('self')).toEqual([])
    expect(chat.callbacks('')).toEqual([])
    expect(chat.callbacks('_'.repeat(1_000_000))).toEqual([])
    expect(chat.callbacks('_message_public' + '_x'.repeat(500))).toHaveLength(2)
    expect(chat.onMembers[0]).toMatchObject({ name: 'userList' })
    expect(chat.onHistory[0]).toMatchObject({ name: 'receiveHistory' })
  })

  test('chat mirrors the members into objects', () => {
    const rule = chat.objectRule('users')?.value
    expect(rule?.members?.slot.evaluate(scope)).toBe('a1')
    expect(rule?.members?.value.evaluate(scope)).toEqual({ name: 'Alice' })
    expect(chat.objectRule('FCPeopleList.x.users')?.captures).toEqual(['x'])
    expect(chat.objectRule('anything')?.value).toEqual({
      members: undefined,
      removeOnLeave: false,
      strict: false,
    })
    expect(chat.memberObjects.map(({ text }) => text)).toEqual(['users', 'FCPeopleList.*.users'])
  })

  test('a call leads to the profile that maps it', () => {
    expect(profiles.withCall('FCChat/a/sendMessage')?.name).toBe('chat')
    expect(profiles.withCall('other')).toBeUndefined()
    expect(() => profiles.get('chta')).toThrow('did you mean "chat"?')
  })

  test('a profile of the same name replaces a shipped one', () => {
    expect(new ProfileSet({ chat: {} }).get('chat').matchCall('sendMessage')).toBeUndefined()
  })
})

test('a profile with everything', () => {
  const profile = compileProfile('mine', {
    nick: ['arg.0.id'],
    password: ['arg.1'],
    presence: 'never',
    duplicateNick: 'replace',
    psyc: true,
    onBWDone: false,
    gopCache: false,
    calls: {
      'game/move': {
        method: '_notice_game_move',
        variables: { _text_move: 'arg.0' },
        answer: { ok: 'true' },
      },
    },
    on: { _notice_game: [{ call: 'moved', args: [{ who: 'nick', move: '_text_move' }] }] },
    objects: { '*': { strict: true, removeOnLeave: true } },
  })
  const { method, variables, answer } = profile.matchCall('game.move')!.value
  expect([method, variables[0]![0], variables[0]![1].evaluate(scope), answer?.evaluate(scope)]).toEqual([
    '_notice_game_move',
    '_text_move',
    'x',
    { ok: true },
  ])
  expect(profile.callbacks('_notice_game_move')[0]!.args[0]!.evaluate(scope)).toEqual({
    who: 'Alice',
    move: undefined,
  })
  expect(profile.objectRule('x')?.value).toMatchObject({ strict: true, removeOnLeave: true })
  expect(profile).toMatchObject({
    presence: 'never',
    duplicateNick: 'replace',
    psyc: true,
    onBWDone: false,
    gopCache: false,
  })
})

// profile, path, what the message says
const mistakes: readonly (readonly [unknown, string, string])[] = [
  ['chat', '', 'expected an object, not "chat"'],
  [{ presense: 'act' }, 'presense', 'unknown entry; did you mean "presence"?'],
  [{ presence: 'acts' }, 'presence', 'expected one of act, connect, never; did you mean "act"?, not "acts"'],
  [{ psyc: 'yes' }, 'psyc', 'expected true or false, not "yes"'],
  [{ nick: 'arg.0' }, 'nick', 'expected a list of expressions, not "arg.0"'],
  [{ nick: ['agr.0'] }, 'nick.0', 'did you mean "arg"?'],
  [{ nick: ['nick'] }, 'nick.0', '"nick" is nothing that is known here'],
  [{ calls: { a: { method: 'message' } } }, 'calls.a.method', '"message" is no method'],
  [{ calls: { a: { method: '_error_x' } } }, 'calls.a.method', 'cannot be sent for a call'],
  [{ calls: { a: { methud: '_x' } } }, 'calls.a.methud', 'did you mean "method"?'],
  [{ calls: { a: { body: 'arg.0' } } }, 'calls.a.body', 'has no meaning without "method"'],
  [
    { calls: { a: { method: '_x', body: 'html(nick, arg.0)' } } },
    'calls.a.body',
    'html takes 1 arguments, not 2',
  ],
  [
    { calls: { a: { method: '_x', variables: { x: 'arg.0' } } } },
    'calls.a.variables.x',
    'expected a name like _topic',
  ],
  [
    { calls: { a: { answer: 5 } } },
    'calls.a.answer',
    'expected an expression, or an object of expressions, not 5',
  ],
  [{ on: { member: { call: 'x' } } }, 'on.member', 'did you mean "members"?'],
  [
    { on: { _x: { call: 'x', object: 'o', send: 's' } } },
    'on._x',
    'expected either "call", or "object" and "send"',
  ],
  [{ on: { _x: { object: 'o' } } }, 'on._x', 'expected either "call"'],
  [{ on: { _x: {} } }, 'on._x', 'expected either "call"'],
  [{ on: { _x: [{ call: '' }] } }, 'on._x.0.call', 'expected the name of a method'],
  [{ on: { _x: { call: 'x', args: ['bdoy'] } } }, 'on._x.args.0', 'did you mean "body"?'],
  [{ on: { _x: { call: 'x', args: [{ a: 'bdoy' }] } } }, 'on._x.args.0', 'did you mean "body"?'],
  [{ on: { _x: 'receiveMessage' } }, 'on._x', 'expected an object'],
  [{ objects: { users: { members: { slot: 'id' } } } }, 'objects.users.members.value', 'not nothing'],
  [{ objects: { users: { membres: {} } } }, 'objects.users.membres', 'did you mean "members"?'],
]

test.each(mistakes)('profile %j: %s %s', (source, path, message) => {
  const compile = (): unknown => compileProfile('p', source)
  expect(compile).toThrow(ConfigError)
  expect(compile).toThrow(
    expect.objectContaining({ path: path === '' ? 'profiles.p' : `profiles.p.${path}` }) as Error,
  )
  expect(compile).toThrow(message)
})

test('all mistakes are told at once', () => {
  expect(() => compileProfile('p', { psyc: 1, gopCache: 2 })).toThrow(
    /profiles\.p\.psyc: .*\nprofiles\.p\.gopCache: /,
  )
})
