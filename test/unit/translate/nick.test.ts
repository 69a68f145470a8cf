import { AmfArray, AmfEcmaArray, AmfObject, type AmfValue } from '../../../src/amf/value.js'
import { compileProfile, ProfileSet } from '../../../src/profile/profile.js'
import { chooseNick, choosePassword, numberedNick, remoteNick } from '../../../src/translate/nick.js'
import { limitsWith } from '../../../src/util/limits.js'

const profiles = new ProfileSet()
const plain = profiles.get('plain')
const chat = profiles.get('chat')
const own = compileProfile('own', { nick: ['arg.2', 'arg.1.id'], password: ['arg.0'] })

const GUEST = 'guest-x7k2'
const object = (properties: Record<string, AmfValue>): AmfObject => AmfObject.of(properties)

// profile, arguments, `user` of the query, display name
const table: readonly (readonly [typeof plain, readonly AmfValue[], string | undefined, string])[] = [
  [plain, [], undefined, GUEST],
  [plain, ['Alice'], undefined, 'Alice'],
  [plain, ['Alice', 'secret'], 'Bob', 'Bob'],
  [plain, ['  Alice '], undefined, 'Alice'],
  [plain, [5, true, 'Alice', 'secret'], undefined, 'Alice'],
  [plain, ['', 'secret'], undefined, GUEST],
  [plain, [null, 'secret'], undefined, GUEST],
  [plain, [undefined, 'secret'], undefined, GUEST],
  [plain, ['x'.repeat(32)], undefined, 'x'.repeat(32)],
  [plain, ['x'.repeat(33), 'secret'], undefined, GUEST],
  [plain, ['🦊'.repeat(16)], undefined, '🦊'.repeat(16)],
  [plain, ['🦊'.repeat(17)], undefined, GUEST], // 68 bytes
  [plain, ['a\nb'], undefined, GUEST],
  [plain, ['a\u202eb'], undefined, GUEST],
  [plain, ['   '], undefined, GUEST],
  [plain, ['\ud800'], undefined, GUEST],
  [plain, [object({ name: 'n', user: 'u' })], undefined, 'u'],
  [plain, [object({ userName: '', username: 'un' })], undefined, 'un'],
  [plain, [5, new AmfEcmaArray(['nick'], ['n'])], undefined, 'n'],
  [plain, [object({}), object({ nick: 'n' })], undefined, GUEST],
  [plain, [object({ name: 5 })], undefined, GUEST],
  [plain, ['', object({ nick: 'n' })], undefined, 'n'],
  [plain, ['Alice', object({ nick: 'n' })], undefined, 'Alice'],
  [plain, [], '', GUEST],
  [chat, ['Alice', 'secret'], undefined, 'Alice'],
  [chat, ['Alice', 'secret'], 'Bob', 'Bob'],
  [chat, [object({ nick: 'n', name: 'x' }), 'secret'], undefined, 'n'],
  [chat, [4711, 'secret'], undefined, '4711'],
  [chat, [null, 'secret'], undefined, GUEST],
  [chat, ['same', 'same'], undefined, 'same'],
  [own, ['secret', object({ id: 'n' }), 'Alice'], undefined, 'Alice'],
  [own, ['secret', object({ id: 'n' })], undefined, 'n'],
  [own, ['secret'], undefined, GUEST],
  [own, ['secret', true, new AmfArray()], 'Bob', 'Bob'],
]

test.each(table)('case %#: %p calls itself %j of %j: %s [design 2.1]', (profile, args, user, display) => {
  const query = new Map(user === undefined ? [] : [['user', user]])
  const nick = chooseNick({ args, query }, profile, 'x7k2')
  expect(nick.display).toBe(display)
  expect(nick.isGuest).toBe(display === GUEST)
})

test('the mapped name is for uniforms, the display name for people', () => {
  expect(chooseNick({ args: ['Alice W.'], query: new Map() }, plain, 'x')).toEqual({
    display: 'Alice W.',
    mapped: 'alice=20w=2e',
    isGuest: false,
  })
  expect(chooseNick({ args: [], query: new Map() }, plain, 'x7k2').mapped).toBe(GUEST)
})

test('a nick may be as long as nickBytes allows', () => {
  const query = new Map([['user', 'x'.repeat(64)]])
  expect(chooseNick({ args: [], query }, plain, 'x').display).toHaveLength(64)
  expect(chooseNick({ args: [], query }, plain, 'x', limitsWith({ nickBytes: 63 })).isGuest).toBe(true)
})

test('the password is where the profile says, and nowhere else', () => {
  const request = { args: ['alice', 'secret'], query: new Map([['password', 'x']]) }
  expect(choosePassword(request, plain)).toBeUndefined()
  expect(choosePassword(request, chat)).toBe('secret')
  expect(choosePassword({ ...request, args: ['alice'] }, chat)).toBeUndefined()
})

test('a name that is taken gets a number and stays within its limit', () => {
  expect(numberedNick('alice', 2)).toBe('alice_2')
  expect(numberedNick('é'.repeat(32), 10)).toBe(`${'é'.repeat(30)}_10`)
  expect(numberedNick('🦊🦊', 2, limitsWith({ nickBytes: 8 }))).toBe('🦊_2')
  expect(remoteNick('alice', 'gw.example')).toBe('alice@gw.example')
})
