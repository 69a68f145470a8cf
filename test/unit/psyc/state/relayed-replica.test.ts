/** A replica whose casts come from a parent in the tree, and whose states come from the master [design 4, 5]. */
import { ContextReplica } from '../../../../src/psyc/state/context-replica.js'
import { Routes } from '../../../../src/psyc/state/routes.js'
import { CHILD, CROWDED, ENTER, IDLE, RUN } from '../../../../src/psyc/state/route-packets.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'
import type { StateVariables } from '../../../../src/psyc/state/variables.js'
import type { Modifier, Routing } from '../../../../src/psyc/wire/packet.js'
import { CONTEXT, RouteLab, rootOf } from '../../../support/route-lab.js'

const ROUTE = '_status_context_route'
const ECHO = '_echo_context_enter'
const nobody = { onPeerLost: () => () => undefined, onStreamsLost: () => () => undefined }
const LIST = '_list_words'
const token = '0123456789abcdef'

/** The state is a list of words; each cast adds one. The parent is p, and master and parent have said a and b. */
class Fed extends RouteLab {
  readonly heard: string[] = []
  readonly replica: ContextReplica
  /** `_tag` of the last `?`. */
  asked: string | undefined
  private readonly routes = new Routes({ ...nobody, keepStreams: () => () => undefined }, () => false)
  /** Method and `_counter` of what the child k was sent. */
  private readonly passedOn: string[] = []

  constructor() {
    super('n')
    const relaying = { node: this, routes: this.routes, degree: 2, queuedBytes: () => 0 }
    this.replica = new ContextReplica(
      this,
      this.context,
      {
        state: (state) => this.heard.push(`state ${wordsOf(state)}`),
        cast: (_, state) => this.heard.push(wordsOf(state)),
        disproved: (counter) => this.heard.push(`no more than ${counter}`),
        refused: () => undefined,
      },
      { relaying },
    )
    this.replica.open()
    this.answer(ECHO)
    this.state('', 0)
    this.cast('m', CROWDED, {}, { _target: this.root.text })
    const named = { _uniform_parent: rootOf('p'), _token_route: token, _amount_depth: 2 }
    this.answer(ROUTE, named)
    this.answer(ECHO)
    this.cast('p', RUN, { _token_run: token }, { _target: this.root.text })
    this.says(1, 'a')
    this.says(2, 'b')
    this.heard.splice(0)
  }

  override send(packet: Packet): void {
    if (packet.stateOperation === 'resync') this.asked = packet.tag
    super.send(packet)
  }

  override sendTo(memberKey: string, packet: Packet): void {
    if (memberKey === rootOf('k'))
      this.passedOn.push(`${packet.method} ${packet.route('_counter') ?? ''}`.trim())
    super.sendTo(memberKey, packet)
  }

  /** k comes, which has had that cast. @returns what it is sent */
  feedsFrom(casts: number): string[] {
    const edge = { _token_route: 'fedcba9876543210' }
    this.routes.receive(this.ofMaster(CHILD, { _uniform_child: rootOf('k'), ...edge }), this.origin('m'))
    const had = { _token_run: token, _amount_casts: casts }
    this.routes.receive(this.toRoot('k', ENTER, { ...edge, ...had }), this.origin('k'))
    return this.passedOn.splice(0)
  }

  /** @param by 'm': by the circuit of the master */
  says(counter: number, word: string, by: 'm' | 'p' = 'p'): void {
    const routing = { _context: CONTEXT, _counter: String(counter) }
    this.receive(routing, '_notice_word', [['+', LIST, `| ${word}`]], by)
  }

  /** @param tag of the `?` that it answers */
  state(words: string, counter: number, tag?: string, by: 'm' | 'p' = 'm'): void {
    const routing = { _context: CONTEXT, _target: this.root.text, _counter: String(counter), _tag_relay: tag }
    const entity = [
      ['=', '_token_run', token],
      ['=', LIST, words.replace(/./g, '| $&')],
    ] as const
    this.receive(routing, '_status_state', entity, by, 'reset')
  }

  pulse(casts: number): void {
    this.cast('p', IDLE, { _amount_depth: 1, _token_run: token, _amount_casts: casts })
  }

  private receive(
    routing: Routing,
    method: string,
    entity: readonly (readonly [Modifier['operator'], string, string])[],
    by: 'm' | 'p',
    operation?: 'reset',
  ): void {
    const modifiers = entity.map(([operator, name, value]) => ({ operator, name, value }))
    const packet = new Packet([...Packet.of(routing, '').routing], modifiers, method, '', operation)
    const parentKey = by === 'm' ? undefined : rootOf(by)
    this.replica.receive(packet, { ...this.origin('m'), parentKey })
  }
}

function wordsOf(state: StateVariables): string {
  return (state.list(LIST) ?? []).map(({ value }) => String.fromCharCode(...value)).join('')
}

test('a state that the master sent before what the parent has brought does not take it back', () => {
  const fed = new Fed()
  fed.state('a', 1)
  expect(fed.heard.splice(0)).toEqual(['state ab'])
  fed.says(3, 'c')
  expect(fed.heard).toEqual(['abc'])
})

test('what the parent brought after casts that were missing follows the state that has those', () => {
  const fed = new Fed()
  fed.says(4, 'd', 'm')
  fed.says(5, 'e')
  expect(fed.heard.splice(0)).toEqual(['abd', 'abde'])
  fed.state('abcd', 4, fed.asked)
  fed.says(6, 'f')
  expect(fed.heard).toEqual(['state abcde', 'abcdef'])
})

test('a state that the parent brought is not taken back by an older one of the master, who is asked once more', () => {
  const fed = new Fed()
  fed.says(4, 'd', 'm')
  fed.state('abcdef', 6, undefined, 'p')
  const first = fed.asked
  fed.state('abcd', 4, first)
  expect(fed.heard.splice(0)).toEqual(['abd', 'state abcdef'])
  expect(fed.asked).not.toBe(first)
  fed.state('abcdefg', 7, fed.asked)
  expect(fed.heard).toEqual(['state abcdefg'])
})

test('a state that the parent made up is taken back when the master says twice that there was not so much', () => {
  const fed = new Fed()
  fed.says(4, 'd', 'm')
  fed.state('abcdef', 6, undefined, 'p')
  fed.state('abcd', 4, fed.asked)
  fed.take()
  fed.state('abcd', 4, fed.asked)
  expect(fed.heard).toEqual(['abd', 'state abcdef', 'no more than 4', 'state abcd'])
  expect(fed.take().at(-1)).toContain('failed=p')
})

test('what the master says of the casts that it has counts, whatever the parent has made of them', () => {
  const fed = new Fed()
  fed.state('A', 1)
  expect(fed.heard).toEqual(['state Ab'])
})

test('what the parent has brought is taken back when the master, asked for that, does not have it', () => {
  const fed = new Fed()
  fed.pulse(1)
  fed.pulse(1)
  expect(fed.asked).toBeDefined()
  fed.state('a', 1, fed.asked)
  expect(fed.heard).toEqual(['no more than 1', 'state a'])
  expect(fed.take().at(-1)).toContain('failed=p')
})

test('a state that the master sent before it was asked settles nothing', () => {
  const fed = new Fed()
  fed.pulse(1)
  fed.pulse(1)
  fed.take()
  fed.state('a', 1)
  fed.state('abc', 3, fed.asked)
  expect(fed.heard).toEqual(['state ab', 'state abc'])
  expect(fed.take()).toEqual([])
})

test('a master that never says which question it answers is entered again after homeMs, and that settles it', () => {
  const fed = new Fed()
  const lie = (): void => {
    fed.pulse(1)
    fed.pulse(1)
    fed.state('ab', 2)
  }
  const live = (seconds: number): void => {
    for (let at = 0; at < seconds; at++) {
      fed.wait(1_000)
      fed.pulse(2)
    }
  }
  const enters = (): string[] => fed.take().filter((line) => line.endsWith(ENTER))
  fed.take()
  lie()
  live(4)
  lie()
  live(3)
  fed.wait(999)
  expect(enters()).toEqual([])
  fed.wait(1)
  expect(enters()).toHaveLength(1)
  fed.answer(ECHO)
  fed.heard.splice(0)
  fed.state('a', 1)
  expect(fed.heard).toEqual(['no more than 1', 'state a'])
})

test.each([
  ['it has all', 4, [RUN]],
  ['it has had what we have had a state for', 3, [RUN, '_status_state 4']],
  ['it lacks casts before that', 1, [RUN, '_notice_word 2', '_status_state 4']],
  ['it lacks all', 0, [RUN, '_notice_word 1', '_notice_word 2', '_status_state 4']],
])('a child after a state in place of casts: %s', (_, had, expected) => {
  const fed = new Fed()
  fed.state('abcd', 4)
  expect(fed.feedsFrom(had)).toEqual(expected)
})
