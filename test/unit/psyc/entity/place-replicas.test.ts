/** Another node follows a place as its root, besides what its persons do there [design 4; psyc.md 5.6]. */
import { Place } from '../../../../src/psyc/entity/place.js'
import type { PlaceOptions } from '../../../../src/psyc/entity/place.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'
import { parseUniform } from '../../../../src/psyc/wire/uniform.js'
import type { Limits } from '../../../../src/util/limits.js'
import { PsycLab } from '../../../support/psyc-lab.js'
import type { LabPeer } from '../../../support/psyc-lab.js'

const ROOM = 'psyc://gw.example/@room'
const B = 'psyc://b.example/'

interface Rig {
  readonly lab: PsycLab
  readonly place: Place
  readonly peer: LabPeer
}

function rig(
  { keepsState = true, limits = {} }: { keepsState?: boolean; limits?: Partial<Limits> } = {},
  options: Partial<PlaceOptions> = {},
): Rig {
  const hosts = { 'b.example': ['10.0.0.9'], 'c.example': ['10.0.0.8'] }
  const lab = new PsycLab({ limits, hosts })
  const place = new Place(lab.node, parseUniform(ROOM), { owners: [], ...options })
  lab.node.register(place)
  return { lab, place, peer: connect(lab, '10.0.0.9', keepsState) }
}

function connect(lab: PsycLab, address: string, keepsState = true): LabPeer {
  const peer = lab.modern({ address })
  const modules = keepsState ? '| _state| _context' : '| _context'
  peer.send(`:_list_understand_modules␉${modules}\n:_tag␉f\n\n_request_features\n|\n`)
  peer.take()
  return peer
}

/** One packet to the place, and the methods of what comes back. */
function ask(peer: LabPeer, source: string, method: string, entity = '', to = ROOM): string[] {
  peer.send(`:_source␉${source}\n:_target␉${to}\n:_tag␉t\n\n${entity}${method}\n|\n`)
  return peer.takeMethods()
}

const enterRoot = (peer: LabPeer): string[] => ask(peer, B, '_request_context_enter')
const enter = (peer: LabPeer, nick: string): string[] =>
  ask(peer, `${B}~${nick}`, '_request_context_enter', `:_nick␉${nick}\n`)

test('it is no person: nobody is told and nobody sees it, and it is given the full state', () => {
  const { lab, place, peer } = rig()
  lab.entity('~gus')
  lab.node.send(
    Packet.of({ _source: 'psyc://gw.example/~gus', _target: ROOM, _tag: '1' }, '_request_enter', {
      _nick: 'gus',
    }),
  )
  lab.settle()
  peer.send(`:_source␉${B}\n:_target␉${ROOM}\n:_tag␉t\n\n_request_context_enter\n|\n`)
  const text = peer.take()
  expect(text.split('\n').filter((line) => /^_(echo|status)/.test(line))).toEqual([
    '_echo_context_enter',
    '_status_state',
  ])
  expect(text).toContain('=_dict_members 39␉{22 psyc://gw.example/~gus}=_text:3 gus\n')
  expect(text).toContain('=_dict_streams␉\n')
  expect([place.members.size, place.members.listed.length, place.members.replicaCount]).toEqual([1, 1, 1])
})

test('one that keeps no state is told in words', () => {
  const { peer } = rig({ keepsState: false })
  peer.send(`:_source␉${B}\n:_target␉${ROOM}\n:_tag␉t\n\n_request_context_enter\n|\n`)
  const text = peer.take()
  expect(text).toContain(':_list_members␉\n:_list_members_nicks␉\n_status_state\n')
  expect(text).not.toContain('_dict')
})

test('it hears each coming and going once, with what that does to the state, also of its own persons', () => {
  const { peer } = rig()
  enterRoot(peer)
  peer.send(
    `:_source␉${B}~ann\n:_target␉${ROOM}\n:_tag␉t\n\n:_nick␉ann\n:_name_display␉Ann\n_request_context_enter\n|\n`,
  )
  const came = peer.take()
  expect(came.match(/^_notice_context_enter$/gm)).toHaveLength(1)
  expect(came).toMatch(/@_dict_members \d+␉\{21 psyc:\/\/b.example\/~ann\} =_text:3 Ann\n/)
  expect(came).not.toContain('_status_state')
  peer.send(`:_source␉${B}~ann\n:_target␉${ROOM}\n:_tag␉t\n\n_request_context_leave\n|\n`)
  expect(peer.take()).toMatch(/@_dict_members \d+␉\{21 psyc:\/\/b.example\/~ann\} -\n/)
})

test('its leave leaves its persons in, and their leave leaves it in: the route stays open for either', () => {
  const { place, peer } = rig()
  enterRoot(peer)
  enter(peer, 'ann')
  expect(ask(peer, B, '_request_context_leave')).toEqual(['_echo_context_leave'])
  expect([place.members.size, place.context.size]).toEqual([1, 1])
  expect(ask(peer, `${B}~ann`, '_message_public')).toEqual(['_message_public', '_echo_message_public'])
  expect(ask(peer, B, '_request_context_leave')).toEqual(['_echo_context_leave_invalid'])

  expect(enterRoot(peer)).toEqual(['_echo_context_enter', '_status_state'])
  ask(peer, `${B}~ann`, '_request_context_leave')
  expect([place.members.size, place.context.size]).toEqual([0, 1])
  ask(peer, B, '_request_context_leave')
  expect([place.context.size, place.members.isEmpty]).toEqual([0, true])
})

test('it is given what was said since it last heard something, by the counters of then', () => {
  const { lab, place, peer } = rig()
  enterRoot(peer)
  enter(peer, 'ann')
  const say = (text: string): void =>
    peer.send(`:_source␉${B}~ann\n:_target␉${ROOM}\n\n_message_public\n${text}\n|\n`)
  for (const text of ['one', 'two', 'three']) say(text)
  peer.take()
  const again = (casts: number, run = place.context.run): string => {
    peer.send(
      `:_source␉${B}\n:_target␉${ROOM}\n:_tag␉t\n\n:_amount_casts␉${casts}\n:_token_run␉${run}\n_request_context_enter\n|\n`,
    )
    return peer.take()
  }
  const missed = again(2)
  expect(missed.match(/^(_echo|_status|_message)\w*$/gm)).toEqual([
    '_echo_context_enter',
    '_status_state',
    '_message_public',
    '_message_public',
    '_status_place_missed',
  ])
  expect(missed).toContain(`:_context␉${ROOM}\n:_target␉${B}\n\n:_amount_casts␉4\n_status_place_missed\n|\n`)
  expect(missed).toContain(`:_context␉${ROOM}\n:_target␉${B}\n:_source_relay␉${B}~ann\n:_counter␉3\n`)
  expect(again(4)).not.toContain('_message_public')
  expect(again(9, 'of an earlier start').match(/^(one|two|three)$/gm)).toEqual(['one', 'two', 'three'])
  expect(lab.warnings()).toEqual([])
})

test('what else was cast and is no state is told as well: notices, calls, the topic; and that some is forgotten', () => {
  const { place, peer } = rig({ limits: { placeMissed: 3 } })
  enterRoot(peer)
  enter(peer, 'ann')
  for (const method of ['_message_public', '_notice_invoke', '_request_set_topic', '_notice_x'])
    ask(peer, `${B}~ann`, method, ':_topic␉t\n')
  const known = (casts: number): string[] =>
    ask(peer, B, '_request_context_enter', `:_amount_casts␉${casts}\n:_token_run␉${place.context.run}\n`)
  const told = ['_echo_context_enter', '_status_state', '_notice_invoke', '_notice_place_topic', '_notice_x']
  expect(known(1)).toEqual([...told, '_status_place_missed'])
  const flag = (casts: number): boolean => {
    peer.send(
      `:_source␉${B}\n:_target␉${ROOM}\n:_tag␉t\n\n:_amount_casts␉${casts}\n:_token_run␉${place.context.run}\n_request_context_enter\n|\n`,
    )
    return peer.take().includes(':_flag_forgotten␉1\n')
  }
  expect([flag(1), flag(2), flag(5)]).toEqual([true, false, false])
})

test('nobody is waited for by a place that is over, whatever was found out about its node meanwhile', () => {
  const { lab, place, peer } = rig()
  enterRoot(peer)
  enter(peer, 'ann')
  lab.time.advance(10)
  ask(connect(lab, '10.0.0.9'), B, '_request_context_enter', ':_flag_lost␉1\n')
  expect(place.members.byRoute(B).map(({ isDoubted }) => isDoubted)).toEqual([true])
  const removed = jest.spyOn(place, 'remove')
  place.routes.dropForgotten(B, '_netburp', 0)
  place.close()
  lab.time.advance(60_000)
  expect(removed).not.toHaveBeenCalled()
})

test('it asks for the state again', () => {
  const { peer } = rig()
  peer.send(`:_source␉${B}\n:_target␉${ROOM}\n\n?\n|\n`)
  expect(peer.takeMethods()).toEqual(['_error_necessary_membership'])
  enterRoot(peer)
  peer.send(`:_source␉${B}\n:_target␉${ROOM}\n\n?\n|\n`)
  expect(peer.takeMethods()).toEqual(['_status_state'])
})

test('one too many is refused', () => {
  const { lab, place, peer } = rig({ limits: { placeMembers: 1 } })
  enterRoot(peer)
  const other = connect(lab, '10.0.0.8')
  expect(ask(other, 'psyc://c.example/', '_request_context_enter')).toEqual(['_failure_exceeded_limit_place'])
  expect(enterRoot(peer)).toEqual(['_echo_context_enter', '_status_state'])
  expect(place.members.replicaCount).toBe(1)
})

describe('lost', () => {
  test('who does not enter again is out, its streams with it', () => {
    const { lab, place, peer } = rig()
    enterRoot(peer)
    for (const nick of ['ann', 'al']) enter(peer, nick)
    for (const [nick, name] of [
      ['ann', 'one'],
      ['al', 'two'],
    ])
      ask(
        peer,
        `${B}~${nick ?? ''}`,
        '_request_stream_publish',
        `:_name_stream␉${name ?? ''}\n:_uniform_stream␉${B}@room#_stream_${name ?? ''}\n`,
      )
    place.routes.doubt(B)
    expect(place.context.size).toBe(0)
    enterRoot(peer)
    enter(peer, 'ann')
    ask(
      peer,
      `${B}~ann`,
      '_request_stream_publish',
      `:_name_stream␉one\n:_uniform_stream␉${B}@room#_stream_one\n`,
    )
    place.routes.dropDoubted(B, '_netburp')
    lab.settle()
    expect(peer.takeMethods()).toEqual(['_notice_stream_unpublish', '_notice_context_leave_netburp'])
    expect(place.members.listed.map(({ nick }) => nick)).toEqual(['ann'])
    expect([...place.streams.all()].map(({ name }) => name)).toEqual(['one'])
  })

  test('all of them, and the route is closed', () => {
    const { place, peer } = rig()
    enterRoot(peer)
    enter(peer, 'ann')
    place.routes.doubt(B)
    place.routes.dropDoubted(B, '_netburp')
    expect([place.members.isEmpty, place.context.size]).toEqual([true, 0])
    expect(peer.takeMethods()).toEqual([])
  })

  test('who is back by another line, while the old one looks alive, has given up the names that it does not claim', () => {
    const { lab, place, peer } = rig()
    const claim = (by: LabPeer, name: string): unknown =>
      ask(
        by,
        B,
        '_request_stream_publish',
        `:_name_stream␉${name}\n:_uniform_stream␉${B}@room#_stream_${name}\n`,
      )
    enterRoot(peer)
    for (const name of ['one', 'two', 'three']) claim(peer, name)
    lab.time.advance(10)
    const back = connect(lab, '10.0.0.9')
    ask(back, B, '_request_context_enter', ':_flag_lost␉1\n')
    claim(back, 'one')
    lab.time.advance(20_000)
    claim(back, 'three')
    expect(place.streams.size).toBe(3)
    lab.time.advance(10_000)
    expect([...place.streams.all()].map(({ name }) => name)).toEqual(['one', 'three'])
  })

  test('nobody, when it is believed to have been in all the time', () => {
    const { place, peer } = rig()
    enterRoot(peer)
    enter(peer, 'ann')
    place.routes.doubt(B)
    place.routes.trust(B)
    place.routes.dropDoubted(B, '_netburp')
    expect([place.members.size, place.members.replicaCount]).toEqual([1, 1])
  })

  test('a person that takes no casts is out alone', () => {
    const { place, peer } = rig()
    enterRoot(peer)
    for (const nick of ['ann', 'al']) enter(peer, nick)
    peer.send(`:_source␉${B}~ann\n:_target␉${ROOM}\n\n_failure_unsuccessful_delivery\n|\n`)
    expect([place.members.listed.map(({ nick }) => nick), place.members.replicaCount]).toEqual([['al'], 1])
  })
})

test('the place is told which run of a node follows it', () => {
  const seen: unknown[] = []
  const { peer } = rig({}, { followed: (_place, root, token) => seen.push([root.text, token]) })
  ask(peer, B, '_request_context_enter', ':_token_node␉abc\n')
  expect(seen).toEqual([[B, 'abc']])
})
