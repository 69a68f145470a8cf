import { PlaceMembers } from '../../../../src/psyc/entity/place-members.js'
import type { Member } from '../../../../src/psyc/entity/place-members.js'
import { parseUniform } from '../../../../src/psyc/wire/uniform.js'

function member(nick: string, routeKey: string, isSilent = false): Member {
  return { person: parseUniform(`psyc://a.example/~${nick}`), nick, isSilent, routeKey }
}

test('who is known to be there, in the order they came', () => {
  const members = new PlaceMembers()
  const [ann, bob] = [member('ann', 'r'), member('bob', 'r', true)]
  expect([members.add(ann), members.add(bob)]).toEqual([true, false])
  expect([members.size, members.listed]).toEqual([2, [ann]])
  members.unsilence(bob)
  expect(members.listed).toEqual([ann, bob])
  expect(members.byNick('BOB')).toBe(bob)
  expect([members.remove(ann), members.listed]).toEqual([false, [bob]])
  expect([members.remove(bob), members.byRoute('r')]).toEqual([true, []])
})

test('one who is silent has no nick to others', () => {
  const members = new PlaceMembers()
  members.add(member('ann', 'r', true))
  expect(members.byNick('ann')).toBeUndefined()
})

test('a route is open for a replica as for persons', () => {
  const members = new PlaceMembers()
  const ann = member('ann', 'r')
  expect([members.addReplica('r'), members.addReplica('r'), members.add(ann)]).toEqual([true, false, false])
  expect([members.hasReplica('r'), members.replicaCount, members.size]).toEqual([true, 1, 1])
  expect([members.remove(ann), members.isEmpty, members.removeReplica('r'), members.isEmpty]).toEqual([
    false,
    false,
    true,
    true,
  ])
  members.add(ann)
  expect([members.addReplica('r'), members.removeReplica('r'), members.removeReplica('r')]).toEqual([
    false,
    false,
    false,
  ])
})

test('who came by a lost route is in doubt until trusted or entered again', () => {
  const members = new PlaceMembers()
  const [ann, bob] = [member('ann', 'r'), member('bob', 's')]
  for (const one of [ann, bob]) members.add(one)
  members.addReplica('r')
  members.doubt('r')
  expect([members.doubted('r'), members.isReplicaDoubted('r')]).toEqual([[ann], true])
  members.addReplica('r')
  expect(members.isReplicaDoubted('r')).toBe(false)
  members.trust('r')
  expect([members.doubted('r'), members.doubted('s')]).toEqual([[], []])
})
