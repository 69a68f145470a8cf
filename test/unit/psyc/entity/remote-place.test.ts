/** A place of another node as this one follows it, or as its persons tell when it cannot [design 3, 4]. */
import { RemotePlaces } from '../../../../src/psyc/entity/remote-places.js'
import type { RemotePlace } from '../../../../src/psyc/entity/remote-place.js'
import { ContextReplica } from '../../../../src/psyc/state/context-replica.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'
import { PsycList } from '../../../../src/psyc/wire/list.js'
import { parseUniform } from '../../../../src/psyc/wire/uniform.js'
import type { Limits } from '../../../../src/util/limits.js'
import { PsycLab } from '../../../support/psyc-lab.js'
import type { LabPeer } from '../../../support/psyc-lab.js'

const ROOM = 'psyc://b.example/@room'
const B = 'psyc://b.example/'
const RUN = '0123456789abcdef'

class Rig {
  readonly lab: PsycLab
  readonly places: RemotePlaces
  readonly home: LabPeer
  readonly moved: string[] = []
  readonly place: RemotePlace
  answers = 0

  constructor(limits: Partial<Limits> = {}) {
    this.lab = new PsycLab({ limits, hosts: { 'b.example': ['10.0.0.9'] } })
    this.home = this.lab.modern({ address: '10.0.0.9' })
    this.home.send(`:_source␉${B}\n:_target␉psyc://gw.example/\n\n_notice_circuit_established\n|\n`)
    this.home.send(`:_list_understand_modules␉| _state\n:_tag␉f\n\n_request_features\n|\n`)
    this.home.take()
    this.places = new RemotePlaces(this.lab.node)
    this.place = this.places.open(parseUniform(ROOM))
    this.place.listen({
      moved: ({ method, sourceRelay }) => this.moved.push(`${method} ${sourceRelay ?? ''}`),
      answered: () => this.answers++,
    })
    this.lab.settle()
  }

  /** Tag of the enter that the home was sent. */
  tag(): string {
    return /:_tag(?: \d+)?␉(\w+)/.exec(this.home.take())?.[1] ?? ''
  }

  echo(method = '_echo_context_enter'): void {
    this.home.send(
      `:_source␉${ROOM}\n:_target␉psyc://gw.example/\n:_tag_relay␉${this.tag()}\n\n${method}\n|\n`,
    )
  }

  state(members: string, counter = 5, run = RUN): void {
    const dict = members === '' ? '' : `=_dict_members␉${members}\n`
    this.home.send(
      `:_context␉${ROOM}\n:_target␉psyc://gw.example/\n:_counter␉${counter}\n\n=\n=_token_run␉${run}\n${dict}_status_state\n|\n`,
    )
  }

  cast(counter: number, content: string, relay = `${B}~ann`): void {
    this.home.send(`:_context␉${ROOM}\n:_source_relay␉${relay}\n:_counter␉${counter}\n\n${content}\n|\n`)
  }

  names(): string[] {
    return this.place.members().map(({ name }) => name)
  }
}

const item = (nick: string): string => `{${`${B}~${nick}`.length} ${B}~${nick}}=_text:${nick.length} ${nick}`
const update = (nick: string, rest: string): string => {
  const value = `{${`${B}~${nick}`.length} ${B}~${nick}} ${rest}`
  return `@_dict_members ${value.length}␉${value}\n`
}

test('who is there comes with the state, and then by what the home casts', () => {
  const rig = new Rig()
  rig.echo()
  rig.state(item('ann'))
  expect([rig.names(), rig.place.isFollowed, rig.answers]).toEqual([['ann'], true, 1])
  rig.cast(6, `${update('bob', '=_text:3 Bob')}_notice_context_enter`, `${B}~bob`)
  rig.cast(6, `${update('bob', '=_text:3 Bob')}_notice_context_enter`, `${B}~bob`)
  rig.cast(7, `${update('ann', '-')}_notice_context_leave_logout`)
  expect(rig.moved).toEqual([
    `_notice_context_enter ${B}~ann`,
    `_notice_context_enter ${B}~bob`,
    `_notice_context_leave_logout ${B}~ann`,
  ])
  expect(rig.names()).toEqual(['Bob'])
})

test('a cast about one that changes another is told of the other', () => {
  const rig = new Rig()
  rig.echo()
  rig.state(item('ann'))
  rig.cast(6, `${update('bob', '=_text:3 bob')}_notice_context_enter`)
  expect(rig.moved.at(-1)).toBe(`_notice_context_enter ${B}~bob`)
})

test('each cast is new once, whichever person brings it', () => {
  const { place } = new Rig()
  const cast = (counter?: number): Packet =>
    Packet.of({ _context: ROOM, _counter: counter?.toString() }, '_message_public')
  const first = cast(6)
  expect([place.isNew(first), place.isNew(first), place.isNew(cast(6))]).toEqual([true, true, true])

  const rig = new Rig()
  rig.echo()
  rig.state('', 5)
  const [six, again] = [cast(6), cast(6)]
  expect([six, six, again, again, cast(5), cast(), cast()].map((packet) => rig.place.isNew(packet))).toEqual([
    ...[true, true, false, false, false, true, true],
  ])
})

test('what a parent brings waits for what the home has told before it let us in again', () => {
  const cast = (counter: number): Packet =>
    Packet.of({ _context: ROOM, _counter: String(counter) }, '_message_public')
  const rig = new Rig()
  rig.echo()
  rig.state(item('ann'), 5)
  rig.home.breaks()
  rig.lab.settle()
  const [ofParent, ofHome, later] = [cast(6), cast(7), cast(8)]
  jest
    .spyOn(ContextReplica.prototype, 'isOfParent')
    .mockImplementation((packet) => packet === ofParent || packet === later)
  expect([ofParent, ofHome, later].map((packet) => rig.place.isNew(packet))).toEqual([true, false, false])
  jest.restoreAllMocks()
})

test('what was missed goes to the persons here as if it had just come', () => {
  const rig = new Rig()
  const heard: Packet[] = []
  rig.lab.node.subscribe(parseUniform(ROOM).key, { receive: (packet) => heard.push(packet) })
  rig.echo()
  rig.state('', 5)
  rig.state('', 7) // unasked: what led to it was missed, and comes with an enter
  rig.echo()
  rig.state('', 7)
  const old = (counter: number): void =>
    rig.home.send(
      `:_context␉${ROOM}\n:_target␉psyc://gw.example/\n:_source_relay␉${B}~ann\n:_counter␉${counter}\n\n:_time_place␉1\n_message_public\nhi\n|\n`,
    )
  heard.length = 0
  for (const counter of [5, 6, 6, 7, 8]) old(counter)
  const live = heard.filter(({ target }) => target === undefined)
  expect(
    live.map((packet) => [packet.route('_counter'), packet.bodyText, packet.text('_time_place')]),
  ).toEqual([
    ['6', 'hi', undefined],
    ['7', 'hi', undefined],
  ])
})

test('what the home has not told when it has told all is given up, and what it has forgotten is said', () => {
  const rig = new Rig()
  rig.echo()
  rig.state('', 5)
  /** An enter is answered. @returns what it said to have had */
  const enter = (): string | undefined => {
    const asked = rig.home.take()
    const tag = /:_tag(?: \d+)?␉(\w+)/.exec(asked)?.[1] ?? ''
    const routing = `:_source␉${ROOM}\n:_target␉psyc://gw.example/\n:_tag_relay␉${tag}`
    rig.home.send(`${routing}\n\n_echo_context_enter\n|\n`)
    return /:_amount_casts␉(\d+)/.exec(asked)?.[1]
  }
  const missed = (variables: string): void =>
    rig.home.send(`:_context␉${ROOM}\n:_target␉psyc://gw.example/\n\n${variables}_status_place_missed\n|\n`)
  const warned = (): string[] => rig.lab.warnings().map(({ message }) => message)
  rig.state('', 9)
  expect(enter()).toBe('5')
  rig.state('', 9)
  missed(':_amount_casts␉9\n')
  rig.state('', 11)
  expect([enter(), warned()]).toEqual(['9', []])
  rig.state('', 11)
  missed('')
  rig.state('', 12)
  expect([enter(), warned()]).toEqual(['9', []])
  missed(':_amount_casts␉12\n:_flag_forgotten␉1\n')
  expect(warned()).toEqual(['some of what was said is lost: the home remembers no more'])
})

describe('a home that does not let the root in', () => {
  function told(): Rig {
    const rig = new Rig()
    rig.echo('_error_illegal_uniform')
    const lists = {
      _list_members: PsycList.ofTexts([`${B}~ann`, 'nonsense', `${B}~bob`]),
      _list_members_nicks: PsycList.ofTexts(['Ann', 'x']),
    }
    rig.place.heard(Packet.of({ _source: ROOM }, '_echo_place_enter', lists))
    return rig
  }

  test('is known by what persons are told', () => {
    const rig = told()
    expect([rig.place.isFollowed, rig.names()]).toEqual([false, ['Ann', 'bob']])
    const notice = (method: string, nick: string): void =>
      rig.place.heard(Packet.of({ _context: ROOM, _source_relay: `${B}~${nick}` }, method, { _nick: nick }))
    notice('_notice_place_enter_join', 'cy')
    notice('_notice_context_leave', 'ann')
    notice('_notice_place_topic', 'eve')
    rig.place.heard(Packet.of({ _context: ROOM }, '_notice_place_enter'))
    expect([rig.names(), rig.moved]).toEqual([['bob', 'cy'], []])
  })

  test('a list that is none is logged', () => {
    const rig = told()
    rig.place.heard(Packet.of({ _source: ROOM }, '_echo_place_enter', { _list_members: '|99 x' }))
    expect(rig.lab.logged.map(({ message }) => message)).toContain('a list of members is malformed')
  })

  test('is asked again by the next client', () => {
    const rig = told()
    rig.home.take()
    expect(rig.places.open(parseUniform(ROOM))).toBe(rig.place)
    rig.lab.settle()
    rig.echo()
    rig.state(item('ann') + item('cy'))
    expect([rig.place.isFollowed, rig.names(), rig.moved]).toEqual([
      true,
      ['ann', 'cy'],
      [`_notice_context_leave ${B}~bob`, `_notice_context_enter ${B}~cy`],
    ])
  })

  test('grants no names', () => {
    const rig = new Rig()
    const said: string[] = []
    const uniform = parseUniform('psyc://gw.example/@room#_stream_cam')
    rig.place.claims.claim('cam', uniform, {
      granted: () => said.push('granted'),
      refused: (method) => said.push(method),
      lost: () => said.push('lost'),
    })
    rig.echo('_error_illegal_uniform')
    expect([said, rig.place.claims.size]).toEqual([['_error_illegal_uniform'], 0])
  })
})

test('what is claimed while the home has not let us in again is claimed once more when it has', () => {
  const rig = new Rig()
  const claims = (): number => (rig.home.take().match(/^_request_stream_publish$/gm) ?? []).length
  rig.echo()
  rig.state('')
  rig.place.lost()
  rig.place.claims.claim('cam', parseUniform('psyc://gw.example/@room#_stream_cam'), {
    granted: () => undefined,
    refused: () => undefined,
    lost: () => undefined,
  })
  rig.lab.settle()
  expect(claims()).toBe(1)
  rig.state('')
  expect(claims()).toBe(1)
  rig.state('')
  expect(claims()).toBe(0)
})

test('a home that keeps a state without members is known by what persons are told', () => {
  const rig = new Rig()
  rig.echo()
  rig.state('')
  expect([rig.place.isFollowed, rig.answers]).toEqual([false, 1])
})

test('it is followed once for all, and left with the last', () => {
  const rig = new Rig()
  rig.echo()
  const again = rig.places.open(parseUniform('psyc://B.example/@Room'))
  rig.lab.settle()
  expect([again, rig.places.size, rig.home.takeMethods()]).toEqual([rig.place, 1, []])
  rig.places.close(again)
  expect(rig.places.find(parseUniform(ROOM))).toBe(again)
  rig.places.close(again)
  rig.places.close(again)
  rig.lab.settle()
  expect([rig.places.size, rig.home.takeMethods()]).toEqual([0, ['_request_context_leave']])
})
