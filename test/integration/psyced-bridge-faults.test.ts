/** What goes wrong between a gateway and psyced, and that the users of both come out of it together [psyced.md 3.4, 9]. */
import { meeting } from '../support/psyced-meeting.js'
import type { Meeting } from '../support/psyced-meeting.js'

const LOBBY = 'lobby'

function membersAt({ psyced }: Meeting): string[] {
  return (psyced.double.places.get(LOBBY)?.members ?? []).map(({ nick }) => nick).sort()
}

/** As the Flash client's app would list them. */
function shown({ ann }: Meeting): string[] {
  const text = ann.call('members')
  return [...text.matchAll(/"?nick"?[:=] ?"([^"]+)"/g)].map(([, nick]) => nick ?? '').sort()
}

test('a circuit that breaks is made again, and nobody came or went', () => {
  const met = meeting()
  const { network, psyced, ann, toni } = met
  psyced.cut()
  network.wait(5_000)
  expect(psyced.open).toHaveLength(1)
  expect(membersAt(met)).toEqual(['ann', 'toni'])
  expect([ann.take('call'), toni.take()]).toEqual([[], []])
  expect(ann.call('sendMessage', 'back')).toBe('result undefined')
  expect(toni.take()).toEqual(['ann says: back'])
})

test('who came and went meanwhile is told when the circuit is back, once', () => {
  const met = meeting()
  const { network, psyced, ann, toni } = met
  psyced.isDown = true
  psyced.cut()
  toni.part(LOBBY)
  psyced.double.user('tess').join(LOBBY)
  psyced.isDown = false
  network.wait(60_000)
  expect(ann.take('call').sort()).toEqual([
    'call userJoined "tess" "psyc://psyced.example/~tess"',
    'call userLeft "toni" "psyc://psyced.example/~toni"',
  ])
  expect(shown(met)).toEqual(['Ann', 'tess'])
})

test('psyced sends what is old after what is new: the list puts it right', () => {
  const met = meeting()
  const { network, psyced, ann, toni } = met
  const double = psyced.double
  psyced.isDown = true
  psyced.cut()
  toni.part(LOBBY) // queued
  const root = 'psyc://gw.example/'
  expect(double.queuedFor(root)).toBeGreaterThan(0)
  psyced.isDown = false
  network.wait(2_000) // our circuit is back, and we have entered again
  toni.join(LOBBY) // overtakes
  network.settle()
  double.releaseQueued(root)
  network.settle()
  network.wait(40_000)
  expect(shown(met)).toEqual(['Ann', 'toni'])
  expect(ann.call('sendMessage', 'still here')).toBe('result undefined')
  expect(toni.take().at(-1)).toBe('ann says: still here')
})

test('a slow reader misses what psyced drops: members are right again later, calls are answered', () => {
  const met = meeting()
  const { network, psyced, ann, toni } = met
  const [circuit] = psyced.double.circuits
  if (circuit === undefined) throw new Error('no circuit')
  circuit.room = 0
  const lost = ann.ask('sendMessage', 'one')
  psyced.double.user('tess').join(LOBBY)
  toni.part(LOBBY)
  network.settle()
  expect([circuit.dropped > 2, lost()]).toEqual([true, 'nothing'])
  circuit.room = undefined
  expect(ann.call('sendMessage', 'two')).toBe('result undefined')
  expect(lost()).toBe('result undefined') // psyced took it, for it took the next
  expect(shown(met)).toEqual(['Ann', 'toni'])
  network.wait(300_000)
  expect(shown(met)).toEqual(['Ann', 'tess'])
  expect(psyced.open).toHaveLength(1)
})

test('psyced is started anew: it knows its members still, and talk goes on', () => {
  const met = meeting()
  const { network, psyced, ann, toni } = met
  psyced.isDown = true
  psyced.double.shutDown()
  network.wait(8_000)
  psyced.isDown = false
  network.wait(30_000)
  expect(membersAt(met)).toEqual(['ann', 'toni'])
  ann.call('sendMessage', 'and now?')
  expect(toni.take()).toContain('ann says: and now?')
  expect(ann.closed).toBeUndefined()
})

test('one that accepts and never answers: the client is refused in time', () => {
  const met = meeting()
  const { network, psyced, gw } = met
  psyced.double.isShuttingDown = true
  psyced.cut()
  const bob = gw.flash({ args: ['bob'] })
  network.wait(9_000)
  expect(bob.outcome).toMatch(/^error NetConnection.Connect.Rejected/)
})

test('psyced stays away: clients are closed when the place is given up', () => {
  const { network, psyced, ann } = meeting()
  psyced.isDown = true
  psyced.cut()
  network.wait(40_000)
  expect(ann.closed).toBe('finished')
})

test('our node is started anew: those it does not know any more leave', () => {
  const met = meeting()
  const { network, psyced, gw, toni } = met
  const place = psyced.double.place(LOBBY, LOBBY)
  place.members.push({ uniform: gw.uniform('~ghost'), nick: 'ghost', origin: 'psyc://gw.example/' })
  const bob = gw.flash({ args: ['bob'] })
  network.settle()
  expect(bob.take('call').join()).not.toContain('ghost')
  expect(membersAt(met)).toEqual(['ann', 'bob', 'toni'])
  expect(toni.take()).toContain('ghost leaves lobby.')
})

describe('thrown out', () => {
  test('with the whole node, without a word: the next line enters again and is said', () => {
    const met = meeting()
    const { psyced, ann, toni } = met
    psyced.double.burp('psyc://gw.example/')
    expect(membersAt(met)).toEqual(['toni'])
    toni.take()
    expect(ann.call('sendMessage', 'hello?')).toBe('result undefined')
    expect(toni.take()).toEqual(['ann enters lobby.', 'ann says: hello?'])
    expect(ann.take('call')).toEqual(['call receiveMessage "Ann" "hello?"'])
  })

  test('without a word, and silent itself: it is in again at the next look', () => {
    const met = meeting()
    met.psyced.double.burp('psyc://gw.example/')
    met.network.wait(301_000)
    expect(membersAt(met)).toEqual(['ann', 'toni'])
    expect(met.ann.closed).toBeUndefined()
  })

  test('others hear of a lost route as of a leave', () => {
    const { network, psyced, ann } = meeting()
    const place = psyced.double.place(LOBBY, LOBBY)
    place.members.push({ uniform: 'psyc://gone.example/~gus', nick: 'gus', origin: 'psyc://gone.example/' })
    place.cast('_notice_place_enter', 'psyc://gone.example/~gus', { _nick: 'gus' }, '')
    network.settle()
    psyced.double.burp('psyc://gone.example/')
    network.settle()
    expect(ann.take('call')).toEqual([
      'call userJoined "gus" "psyc://gone.example/~gus"',
      'call userLeft "gus" "psyc://gone.example/~gus"',
    ])
  })
})

test('banned while away: the next line is refused, and the client is closed', () => {
  const { network, psyced, ann } = meeting()
  psyced.double.burp('psyc://gw.example/')
  const place = psyced.double.place(LOBBY, LOBBY)
  place.banned.add('psyc://gw.example/~ann')
  expect(ann.call('sendMessage', 'hello?')).toMatch(/Call.Failed|nothing/)
  network.wait(1_000)
  expect([ann.closed, place.members.length]).toEqual(['finished', 1])
})

test.each(['_echo_place_enter', '_echo_place_leave', '_echo_context_leave', '_info_place_members'])(
  'a member who casts %s is believed nothing',
  (method) => {
    const met = meeting()
    const { network, psyced, ann, toni } = met
    const lists = { _nick: 'toni', _list_members: [toni.uniform], _list_members_nicks: ['toni'] }
    psyced.double.place(LOBBY, LOBBY).cast(method, toni.uniform, lists, '')
    network.settle()
    expect(shown(met)).toEqual(['Ann', 'toni'])
    toni.say(LOBBY, 'still heard?')
    network.settle()
    expect(ann.take('call receive')).toEqual(['call receiveMessage "toni" "still heard?"'])
  },
)
