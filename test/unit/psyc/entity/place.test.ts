/** A place by what it is sent: members here, on another node, and strangers. */
import { Place } from '../../../../src/psyc/entity/place.js'
import type { PlaceOptions } from '../../../../src/psyc/entity/place.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'
import type { Variables } from '../../../../src/psyc/wire/packet.js'
import { parseUniform } from '../../../../src/psyc/wire/uniform.js'
import type { Limits } from '../../../../src/util/limits.js'
import { PsycLab } from '../../../support/psyc-lab.js'
import type { RecordingEntity } from '../../../support/psyc-lab.js'

const ROOM = 'psyc://gw.example/@room'

class Rig {
  readonly lab: PsycLab
  readonly place: Place
  private readonly people = new Map<string, RecordingEntity>()

  constructor(limits: Partial<Limits> = {}, options: Partial<PlaceOptions> = {}) {
    this.lab = new PsycLab({ limits, hosts: { 'b.example': ['10.0.0.9'] } })
    const owners = ['psyc://gw.example/~owner']
    this.place = new Place(this.lab.node, parseUniform(ROOM), { owners, ...options })
    this.lab.node.register(this.place)
  }

  person(nick: string): RecordingEntity {
    let person = this.people.get(nick)
    if (person === undefined) this.people.set(nick, (person = this.lab.entity(`~${nick}`)))
    return person
  }

  say(nick: string, method: string, variables: Variables = {}, body = '', tag = 't1'): Packet[] {
    const person = this.person(nick)
    const routing = { _source: person.uniform.text, _target: ROOM, _tag: tag }
    this.lab.node.send(Packet.of(routing, method, variables, body))
    this.lab.settle()
    return person.packets.splice(0)
  }

  enter(nick: string, variables: Variables = {}): Packet[] {
    return this.say(nick, '_request_context_enter', { _nick: nick, ...variables })
  }

  heard(nick: string): string[] {
    return this.person(nick)
      .packets.splice(0)
      .map(({ method }) => method)
  }
}

const methods = (packets: readonly Packet[]): string[] => packets.map(({ method }) => method)

describe('entering [psyc.md 5.1, 5.2]', () => {
  test.each([
    ['_request_context_enter', '_echo_context_enter', '_notice_context_enter'],
    ['_request_enter', '_echo_place_enter', '_notice_context_enter'],
    ['_request_enter_automatic_subscription', '_echo_place_enter_automatic_subscription', undefined],
    ['_request_context_enter_again', '_echo_context_enter_again', undefined],
  ])('%s is answered in its family, with its suffix', (request, echo, notice) => {
    const rig = new Rig()
    rig.enter('ann')
    const [answer] = rig.say('bob', request, { _nick: 'bob' })
    expect(answer?.method).toBe(echo)
    expect(answer?.tagRelay).toBe('t1')
    expect(answer?.list('_list_members_nicks')?.texts()).toEqual(['ann', 'bob'])
    expect(answer?.text('_duty')).toBe('member')
    expect(rig.heard('ann')).toEqual([
      notice ?? request.replace('_request', '_notice').replace('_notice_enter', '_notice_context_enter'),
    ])
  })

  test('owners hear that they are', () => {
    expect(new Rig().enter('owner')[0]?.text('_duty')).toBe('owner')
  })

  test('again is no news, and is answered again', () => {
    const rig = new Rig()
    rig.enter('ann')
    rig.enter('bob')
    rig.heard('ann')
    expect(methods(rig.enter('bob'))).toEqual(['_echo_context_enter'])
    expect(rig.heard('ann')).toEqual([])
  })

  test.each<[string, Variables, string]>([
    ['without a nick', { _nick: undefined }, '_error_place_enter_necessary_nick'],
    ['with one that is too long', { _nick: 'x'.repeat(200) }, '_error_illegal_name_person_place'],
    [
      'with a display name that is too long',
      { _name_display: 'x'.repeat(200) },
      '_error_illegal_name_person_place',
    ],
  ])('%s: refused', (_name, variables, refusal) => {
    const rig = new Rig()
    expect(methods(rig.enter('ann', variables))).toEqual([refusal])
    expect(rig.place.members.size).toBe(0)
  })

  test('a nick of 64 bytes may be three times as long when it is mapped', () => {
    const mapped = '=d0=b6'.repeat(32)
    expect(methods(new Rig().enter('ann', { _nick: mapped }))).toEqual(['_echo_context_enter'])
  })

  test('full for newcomers, not for who is in', () => {
    const rig = new Rig({ placeMembers: 1 })
    rig.enter('ann')
    expect(methods(rig.enter('bob'))).toEqual(['_failure_exceeded_limit_place'])
    expect(methods(rig.enter('ann'))).toEqual(['_echo_context_enter'])
  })

  test('above 44 members only their number is told', () => {
    const rig = new Rig()
    for (let at = 0; at < 45; at++) rig.enter(`p${at}`)
    const [answer] = rig.enter('last')
    expect(answer?.text('_amount_members')).toBe('46')
    expect(answer?.list('_list_members')).toBeUndefined()
    expect(rig.say('last', '_request_members')[0]?.list('_list_members')?.elements).toHaveLength(46)
  })
})

describe('silent members [design 2]', () => {
  test('hear everything, are not listed, are announced by what they say', () => {
    const announced: string[] = []
    const rig = new Rig({}, { announced: (_place, { nick }) => announced.push(nick) })
    rig.enter('ann')
    rig.enter('ghost', { _flag_silent: '1' })
    expect(rig.heard('ann')).toEqual([])
    expect(rig.say('ann', '_request_members')[0]?.list('_list_members_nicks')?.texts()).toEqual(['ann'])
    rig.say('ann', '_message_public', {}, 'hi', '')
    expect(rig.heard('ghost')).toEqual(['_message_public'])
    rig.say('ghost', '_message_public', {}, 'boo', '')
    expect(rig.heard('ann')).toEqual(['_notice_context_enter', '_message_public'])
    expect(announced).toEqual(['ann', 'ghost'])
  })

  test('a second enter without the flag announces; one who leaves silently was never there', () => {
    const rig = new Rig()
    rig.enter('ann')
    rig.enter('ghost', { _flag_silent: '1' })
    rig.enter('ghost')
    rig.enter('mole', { _flag_silent: '1' })
    rig.say('mole', '_request_leave')
    expect(rig.heard('ann')).toEqual(['_notice_context_enter'])
  })
})

describe('leaving [psyc.md 5.3, 5.7]', () => {
  test.each([
    ['_request_context_leave', '_echo_context_leave', '_notice_context_leave'],
    ['_request_leave_logout', '_echo_place_leave_logout', '_notice_context_leave_logout'],
    ['_notice_place_leave_disconnect', '_echo_place_leave_disconnect', '_notice_context_leave_disconnect'],
    ['_notice_context_leave', '_echo_context_leave', '_notice_context_leave'],
  ])('%s', (request, echo, notice) => {
    const left: string[] = []
    const rig = new Rig({}, { left: (_place, { nick }) => left.push(nick) })
    rig.enter('ann')
    rig.enter('bob')
    rig.heard('ann')
    expect(methods(rig.say('bob', request))).toEqual([echo])
    expect([rig.heard('ann'), rig.heard('bob'), left]).toEqual([[notice], [], ['bob']])
  })

  test('who is not in hears so', () => {
    expect(methods(new Rig().say('ann', '_request_leave'))).toEqual(['_echo_place_leave_invalid'])
  })

  test('an error of a member takes out everybody who came the same way', () => {
    const rig = new Rig()
    rig.enter('ann')
    rig.enter('bob')
    rig.say('bob', '_failure_unsuccessful_delivery')
    expect(rig.heard('ann').slice(-1)).toEqual(['_notice_context_leave_netburp'])
    expect(rig.place.members.size).toBe(1)
    const routing = { _source: 'psyc://gw.example/~ann', _target: ROOM, _tag_relay: 'late' }
    rig.lab.node.send(Packet.of(routing, '_error_unknown_invoke'))
    rig.lab.settle()
    expect(rig.place.members.size).toBe(1)
  })
})

describe('people of another node [psyc.md 5.6]', () => {
  function withNode() {
    const rig = new Rig()
    const peer = rig.lab.modern({ address: '10.0.0.9' })
    const act = (nick: string, method: string, body = ''): string[] => {
      const source = `:_source␉psyc://b.example/~${nick}\n`
      const content = `:_nick␉${nick}\n${method}\n${body === '' ? '' : `${body}\n`}`
      peer.send(`${source}:_target␉${ROOM}\n${content.length}\n${content}|\n`)
      return peer.takeMethods()
    }
    return { rig, peer, act }
  }

  test('one copy for all of them, and none for one alone of his own coming', () => {
    const { act } = withNode()
    expect(act('joe', '_request_context_enter')).toEqual(['_echo_context_enter'])
    expect(act('jim', '_request_context_enter')).toEqual(['_notice_context_enter', '_echo_context_enter'])
    expect(act('jim', '_message_public', 'hi')).toEqual(['_message_public'])
  })

  test('who stays hears that the other has left', () => {
    const { act } = withNode()
    act('joe', '_request_context_enter')
    act('jim', '_request_context_enter')
    expect(act('jim', '_request_context_leave')).toEqual(['_echo_context_leave', '_notice_context_leave'])
    expect(act('joe', '_request_context_leave')).toEqual(['_echo_context_leave'])
  })

  test('all of them go with their node', () => {
    const { rig, act } = withNode()
    rig.enter('ann')
    act('joe', '_request_context_enter')
    act('jim', '_request_context_enter')
    rig.heard('ann')
    rig.place.removeRoute('psyc://b.example/', '_netburp')
    rig.lab.settle()
    expect(rig.heard('ann')).toEqual(['_notice_context_leave_netburp', '_notice_context_leave_netburp'])
  })
})

describe('talking [psyc.md 5.4]', () => {
  test('a line goes to all under the nick that its speaker entered with', () => {
    const rig = new Rig()
    rig.enter('ann', { _name_display: 'Ann' })
    rig.enter('bob')
    rig.heard('ann')
    rig.say('bob', '_message_public', { _name_display: 'Ann', _time_place: 1 }, 'spoof')
    const [spoof] = rig.person('ann').packets.splice(0)
    expect([spoof?.text('_nick'), spoof?.text('_name_display'), spoof?.text('_time_place')]).toEqual([
      'bob',
      undefined,
      undefined,
    ])
    const own = rig.say(
      'ann',
      '_message_public',
      { _nick: 'admin', _name_display: 'Admin', _action: 'sings' },
      'la',
    )
    expect(methods(own)).toEqual(['_message_public', '_echo_message_public'])
    const [cast] = rig.person('bob').packets.slice(-1)
    expect([cast?.text('_nick'), cast?.text('_name_display'), cast?.text('_action'), cast?.bodyText]).toEqual(
      ['ann', 'Ann', 'sings', 'la'],
    )
    expect([cast?.sourceRelay, cast?.context, cast?.tag]).toEqual(['psyc://gw.example/~ann', ROOM, undefined])
  })

  test.each([
    ['_message_private', ['_failure_unsupported_function_whisper']],
    ['_notice_drawing', ['_notice_drawing', '_echo_notice_drawing']],
    ['_status_here', []],
    ['_warning', []],
    ['_echo_x', []],
    ['_info_x', []],
    ['_request_dance', ['_failure_unsupported_function']],
    ['_query_dance', ['_failure_unsupported_function']],
    ['_request_invoke', ['_error_unknown_invoke']],
  ])('%s of a member', (method, heard) => {
    const rig = new Rig()
    rig.enter('ann')
    expect(methods(rig.say('ann', method))).toEqual(heard)
  })

  test.each([
    ['_message_public', ['_error_necessary_membership']],
    ['_notice_drawing', ['_error_necessary_membership']],
    ['_request_members', ['_error_necessary_membership']],
    ['_request_history', ['_error_necessary_membership']],
    ['_request_status', ['_error_necessary_membership']],
    ['_request_set_topic', ['_error_necessary_membership']],
    ['_request_invoke', ['_error_necessary_membership']],
    ['_request_kick', ['_error_necessary_privilege']],
    ['_request_invitation', ['_error_necessary_membership']],
    ['_query_topic', ['_status_place_topic_none']],
    ['_request_description', ['_status_description_place']],
    ['_request_list_feature', ['_notice_list_feature_place']],
    ['_request_list_item', ['_notice_list_item']],
    ['_error_x', []],
    ['_failure_x', []],
    ['_status_x', []],
  ])('%s of a stranger', (method, heard) => {
    const rig = new Rig()
    rig.enter('ann')
    expect(methods(rig.say('mallory', method))).toEqual(heard)
    expect(rig.heard('ann')).toEqual([])
  })
})

describe('topic, history, status [psyc.md 5.5]', () => {
  test('a topic is cast, told, and removed', () => {
    const rig = new Rig()
    rig.enter('ann')
    rig.enter('bob')
    rig.heard('ann')
    const set = rig.say('ann', '_request_set_topic', { _topic: 'tea' })
    expect(methods(set)).toEqual(['_notice_place_topic', '_echo_set_topic'])
    expect(set[1]?.text('_topic')).toBe('tea')
    const [answer] = rig.say('mallory', '_query_topic')
    expect([answer?.method, answer?.text('_topic'), answer?.text('_nick')]).toEqual([
      '_status_place_topic',
      'tea',
      'ann',
    ])
    expect(rig.enter('bob').slice(-1)[0]?.text('_topic')).toBe('tea')
    expect(methods(rig.say('ann', '_request_set_topic', {}, '', ''))).toEqual(['_notice_place_topic_removed'])
    expect(methods(rig.say('ann', '_query_topic'))).toEqual(['_status_place_topic_none'])
    expect(methods(rig.say('ann', '_request_set_topic', { _topic: 'x'.repeat(5_000) }))).toEqual([
      '_failure_exceeded_limit_topic',
    ])
  })

  test('history: old packets for him who asks, with the time; then the echo', () => {
    const rig = new Rig({ historyAnswer: 2 })
    rig.enter('ann')
    for (const line of ['one', 'two', 'three']) rig.say('ann', '_message_public', {}, line, '')
    rig.enter('bob', { _flag_silent: '1' })
    const answers = rig.say('bob', '_request_history', { _amount: 9 })
    expect(answers.map(({ method, bodyText }) => `${method} ${bodyText}`)).toEqual([
      '_message_public two',
      '_message_public three',
      '_echo_history ',
    ])
    const [old] = answers
    expect([
      old?.context,
      old?.target,
      old?.sourceRelay,
      old?.text('_time_place'),
      old?.route('_counter'),
    ]).toEqual([ROOM, 'psyc://gw.example/~bob', 'psyc://gw.example/~ann', '1700000001', undefined])
    expect(rig.heard('ann')).toEqual([])
    expect(methods(rig.say('bob', '_request_history', { _match: 'TWO' }))).toEqual([
      '_message_public',
      '_echo_history',
    ])
  })

  test('`_amount_history` in the enter, for newcomers only', () => {
    const rig = new Rig()
    rig.enter('ann')
    rig.say('ann', '_message_public', {}, 'one', '')
    expect(methods(rig.enter('bob', { _amount_history: 5 }))).toEqual([
      '_echo_context_enter',
      '_message_public',
    ])
    expect(methods(rig.enter('bob', { _amount_history: 5 }))).toEqual(['_echo_context_enter'])
  })

  test('status is members and topic', () => {
    const rig = new Rig()
    rig.enter('ann')
    expect(methods(rig.say('ann', '_request_status'))).toEqual([
      '_status_place_members',
      '_status_place_topic_none',
    ])
    const empty = new Rig()
    empty.enter('ghost', { _flag_silent: '1' })
    expect(methods(empty.say('ghost', '_request_members'))).toEqual(['_status_place_members_none'])
  })
})

describe('owners [psyc.md 5.3]', () => {
  function withOwner(): Rig {
    const rig = new Rig()
    for (const nick of ['owner', 'ann', 'bob']) rig.enter(nick)
    for (const nick of ['owner', 'ann', 'bob']) rig.heard(nick)
    return rig
  }

  test.each([['ann'], ['ANN'], ['psyc://gw.example/~ann']])('kick %s, who cannot come back', (who) => {
    const rig = withOwner()
    const answers = rig.say('owner', '_request_kick', { _person: who })
    expect(methods(answers).sort()).toEqual(['_notice_context_leave_banned', '_status_place_banned'])
    expect(rig.heard('bob')).toEqual(['_notice_context_leave_banned'])
    expect(rig.heard('ann')).toEqual(['_notice_context_leave_banned'])
    expect(methods(rig.enter('ann'))).toEqual(['_error_place_enter_necessary_invitation'])
    const [unbanned] = rig.say('owner', '_request_unban', { _person: 'psyc://gw.example/~ann' })
    expect(unbanned?.list('_list_banned')?.elements).toEqual([])
    expect(methods(rig.enter('ann'))).toEqual(['_echo_context_enter'])
  })

  test('kick nobody', () => {
    expect(methods(withOwner().say('owner', '_request_ban', { _person: 'eve' }))).toEqual([
      '_error_unknown_name_user',
    ])
  })
})

describe('the end of a place', () => {
  const IDLE = 300_000

  function withEnd(isNeeded = () => false) {
    const ended: string[] = []
    const rig = new Rig({}, { ended: ({ name }) => ended.push(name), isNeeded })
    return { rig, ended }
  }

  test.each([
    ['nobody ever came', () => undefined],
    [
      'the last has left',
      (rig: Rig) => {
        rig.enter('ann')
        rig.lab.wait(2 * IDLE)
        rig.say('ann', '_request_leave')
      },
    ],
  ])('%s', (_name, act) => {
    const { rig, ended } = withEnd()
    act(rig)
    rig.lab.wait(IDLE - 1)
    expect(ended).toEqual([])
    rig.lab.wait(1)
    expect(ended).toEqual(['room'])
    expect(rig.lab.time.timers.size).toBe(0)
  })

  test('not while somebody is there, or something else needs it', () => {
    let isNeeded = true
    const { rig, ended } = withEnd(() => isNeeded)
    rig.enter('ann')
    rig.lab.wait(IDLE * 2)
    rig.say('ann', '_request_leave')
    rig.lab.wait(IDLE)
    expect(ended).toEqual([])
    isNeeded = false
    rig.lab.wait(IDLE)
    expect(ended).toEqual(['room'])
  })
})
