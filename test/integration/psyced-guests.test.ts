/** psyced, telnet and IRC users who come to our places: `/join psyc://gw.example/@chat` [psyced.md 4.5]. */
import { ROOM, visit } from '../support/psyced-visit.js'

test('they are let in, over a circuit that psyced opens, and everybody is told once', () => {
  const { psyced, ann, toni, tess } = visit()
  expect(toni.take()).toEqual([`You enter ${ROOM}.`, 'tess enters chat.'])
  expect(tess.take()).toEqual([`You enter ${ROOM}.`])
  expect(ann.take('call userJoined')).toEqual([
    'call userJoined "toni" "psyc://psyced.example/~toni"',
    'call userJoined "tess" "psyc://psyced.example/~tess"',
  ])
  expect([psyced.open.length, psyced.double.croaked]).toEqual([1, []])
})

test('one copy for each psyced, and their talk comes to all', () => {
  const { network, psyced, ann, toni, tess } = visit()
  ann.take()
  toni.take()
  tess.take()
  const before = psyced.open[0]?.count('_message_public') ?? 0
  ann.call('sendMessage', 'one for all')
  expect((psyced.open[0]?.count('_message_public') ?? 0) - before).toBe(1)
  toni.say(ROOM, 'hällo')
  network.settle()
  const heard = ['Ann says: one for all', 'toni says: hällo']
  expect([toni.take(), tess.take()].map((lines) => lines.map((line) => line.replace(/^ann/, 'Ann')))).toEqual(
    [heard, heard],
  )
  expect(ann.take('call')).toEqual([
    'call receiveMessage "Ann" "one for all"',
    'call receiveMessage "toni" "hällo"',
  ])
})

test('what psyced does not know comes as a command of the place', () => {
  const { network, ann, toni } = visit()
  ann.take()
  toni.execute(ROOM, 'say by command')
  toni.execute(ROOM, 'me waves')
  toni.execute(ROOM, 'dance wildly')
  network.settle()
  expect(ann.take('call')).toEqual([
    'call receiveMessage "toni" "by command"',
    'call receiveMessage "toni" "*waves*"',
  ])
})

test('they leave one by one, and by the end of their psyced', () => {
  const { network, psyced, gw, ann, toni } = visit()
  ann.take()
  toni.part(ROOM)
  network.settle()
  expect(ann.take('call')).toEqual(['call userLeft "toni" "psyc://psyced.example/~toni"'])
  expect(toni.contexts.has(ROOM)).toBe(false)
  psyced.isDown = true
  psyced.cut()
  network.wait(31_000)
  expect(ann.take('call')).toEqual(['call userLeft "tess" "psyc://psyced.example/~tess"'])
  expect(gw.census().members).toBe(1)
})

test('who leaves is told as of a doing of his own, once, like the others there', () => {
  const { network, toni, tess } = visit()
  toni.take()
  tess.take()
  toni.part(ROOM)
  network.settle()
  expect([toni.take(), tess.take()]).toEqual([[`You leave ${ROOM}.`], ['toni leaves chat.']])
})

test('a circuit that is back in time has lost nobody', () => {
  const { network, psyced, ann, tess } = visit()
  ann.take()
  tess.take()
  psyced.cut()
  network.wait(5_000)
  tess.say(ROOM, 'still here')
  network.wait(40_000)
  expect(ann.take('call')).toEqual(['call receiveMessage "tess" "still here"'])
  ann.call('sendMessage', 'so am I')
  expect(tess.take().map((line) => line.replace(/^ann/, 'Ann'))).toEqual([
    'tess says: still here',
    'Ann says: so am I',
  ])
})

test('nor has one that nobody had anything to say on', () => {
  const { network, psyced, ann, toni } = visit()
  for (const minutes of [1, 20]) {
    psyced.cut()
    network.wait(minutes * 60_000)
  }
  ann.take()
  toni.take()
  toni.say(ROOM, 'still here')
  network.settle()
  ann.call('sendMessage', 'so am I')
  expect(ann.take('call receiveMessage')).toEqual([
    'call receiveMessage "toni" "still here"',
    'call receiveMessage "Ann" "so am I"',
  ])
  expect(toni.take()).toEqual(['toni says: still here', 'ann says: so am I'])
})

test('a psyced that crashed and is up again has forgotten them', () => {
  const { network, psyced, gw, ann } = visit()
  ann.take()
  network.wait(5_000)
  psyced.double.crash()
  network.wait(5_000)
  psyced.double.user('tess').join(ROOM)
  network.settle()
  network.wait(40_000)
  expect(ann.take('call')).toEqual(['call userLeft "toni" "psyc://psyced.example/~toni"'])
  expect(gw.census().members).toBe(2)
})

test.each([
  ['a ping comes back with its time', ['~ann', ':_time_ping	123', '_request_ping'], ':_time_ping	123'],
  ['an address that is none has a text to show', ['~Änn', '', '_message_private'], 'is not a legal address'],
])('%s', (_, [name = '', variable = '', method = ''], answer) => {
  const { network, psyced } = visit()
  const routing = `:_target	psyc://gw.example/${name}\n:_source	psyc://psyced.example/~toni\n:_tag	519c4d507a97b400`
  const said = `${routing}\n\n${variable === '' ? '' : `${variable}\n`}:_nick	toni\n${method}\nhello\n.\n`
  psyced.double.circuits[0]?.write(Buffer.from(said).toString('latin1'))
  network.settle()
  expect(psyced.sent).toContain(answer)
})

test('objects and calls of the room are not seen by them', () => {
  const { ann, toni, psyced } = visit()
  toni.take()
  ann.use('board')
  ann.set('board', 'x', 1)
  ann.call('broadcast', 'greet', 'all')
  expect([toni.take(), psyced.double.croaked]).toEqual([[], []])
})
