import { Packet } from '../../../src/psyc/wire/packet.js'
import { PsycList } from '../../../src/psyc/wire/list.js'
import { parseUniform } from '../../../src/psyc/wire/uniform.js'
import { BridgeRoster, listedMembers } from '../../../src/translate/bridge-roster.js'

const person = (nick: string): ReturnType<typeof parseUniform> =>
  parseUniform(`psyc://psyced.example/~${nick}`)

function roster(): { roster: BridgeRoster; told: string[] } {
  const told: string[] = []
  const made = new BridgeRoster({
    came: ({ name }) => told.push(`+${name}`),
    went: ({ name }) => told.push(`-${name}`),
  })
  return { roster: made, told }
}

test('coming and going are told once', () => {
  const { roster: made, told } = roster()
  made.came(person('a'), 'A')
  made.came(person('a'), 'A')
  made.went(person('a'))
  made.went(person('a'))
  made.went(person('b'))
  expect(told).toEqual(['+A', '-A'])
})

test('a list tells what changed, and keeps the names that are known', () => {
  const { roster: made, told } = roster()
  made.came(person('a'), 'Á')
  made.came(person('b'), 'B')
  made.replace(['a', 'c'].map((nick) => ({ person: person(nick), name: nick })))
  expect(told).toEqual(['+Á', '+B', '-B', '+c'])
  expect(made.values().map(({ name }) => name)).toEqual(['Á', 'c'])
})

describe('lists of packets', () => {
  test('members and their nicks', () => {
    const lists = {
      _list_members: PsycList.ofTexts(['psyc://psyced.example/~a', 'no uniform', 'psyc://psyced.example/~c']),
      _list_members_nicks: PsycList.ofTexts(['A', 'B']),
    }
    const listed = listedMembers(Packet.of({}, '_status_place_members', lists))
    expect(listed?.map(({ person: { name }, name: nick }) => [name, nick])).toEqual([
      ['a', 'A'],
      ['c', 'c'],
    ])
  })

  test.each([
    ['none', {}],
    ['one that is none', { _list_members: '3 x' }],
  ])('%s', (_what, variables) => {
    expect(listedMembers(Packet.of({}, '_status_place_members', variables))).toBeUndefined()
  })
})
