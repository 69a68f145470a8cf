/** A node's side of a multicast tree, as child and as parent [design 5]. m is the master, p and q are parents, k and l children. */
import { RouteMember } from '../../../../src/psyc/state/route-member.js'
import { Routes } from '../../../../src/psyc/state/routes.js'
import type { Variables } from '../../../../src/psyc/wire/packet.js'
import type { Limits } from '../../../../src/util/limits.js'
import { RouteLab, rootOf } from '../../../support/route-lab.js'

class Node extends RouteLab {
  readonly member: RouteMember
  readonly routes: Routes
  /** What the handler was told. */
  readonly told: string[] = []
  missed = 0
  isWanted = true
  private readonly peerLost: ((rootKey: string) => void)[] = []

  constructor(limits: Partial<Limits> = {}, degree = 3) {
    super('n', limits)
    this.routes = new Routes(
      {
        onPeerLost: () => () => undefined,
        onStreamsLost: (listener) => {
          this.peerLost.push(listener)
          return () => undefined
        },
        keepStreams: () => () => undefined,
      },
      () => true,
    )
    this.member = new RouteMember({
      ...{ node: this, context: this.context, feed: this, degree },
      handler: {
        packet: ({ method }) => this.told.push(method),
        interrupted: () => this.told.push('interrupted'),
        ended: (method) => this.told.push(`ended ${method}`.trim()),
      },
      missed: () => this.missed,
      isWanted: () => this.isWanted,
    })
    this.routes.addMember(this.member)
    this.member.open()
  }

  /** Fed by p, by the edge e1. */
  static fed(limits: Partial<Limits> = {}, degree = 3): Node {
    const node = new Node(limits, degree)
    node.answer('_status_context_route', { parent: 'p', edge: 'e1', depth: 2 })
    node.answer('_echo_context_enter')
    node.take()
    node.told.length = 0
    return node
  }

  /** The same, and k hangs on it by the edge e2. */
  static withChild(limits: Partial<Limits> = {}): Node {
    const node = Node.fed(limits)
    node.master('_notice_context_child', { child: 'k', edge: 'e2' })
    node.says('k', '_request_context_enter', { edge: 'e2' })
    node.take()
    return node
  }

  says(name: string, method: string, variables: Variables = {}): boolean {
    return this.routes.receive(this.toRoot(name, method, variables), this.origin(name))
  }

  master(method: string, variables: Variables = {}): boolean {
    return this.routes.receive(this.ofMaster(method, variables), this.origin('m'))
  }

  loses(name: string): void {
    for (const listener of this.peerLost) listener(rootOf(name))
  }

  /** Casts go on meanwhile, ten a second. */
  run(ms: number, via = 'p'): void {
    for (let passed = 0; passed < ms; passed += 100) {
      this.wait(100)
      this.cast(via)
    }
    this.told.length = 0
  }
}

test('it asks the master, enters where it is told, and takes what comes from there', () => {
  const node = new Node()
  expect(node.take()).toEqual(['m#: _request_context_enter degree=3'])
  node.cast('m')
  node.answer('_status_context_route', { parent: 'p', edge: 'e1', depth: 2 })
  expect(node.take()).toEqual(['p: _request_context_enter edge=e1'])
  expect(node.parent).toBe('p')
  expect(node.member.isFed).toBe(false)
  node.answer('_echo_context_enter')
  node.cast('p')
  expect(node.told).toEqual(['interrupted', '_data_flv'])
  expect(node.member.isFed).toBe(true)
})

test('fed by the master', () => {
  const node = new Node()
  node.answer('_echo_context_enter', { edge: 'e1' })
  node.cast('m')
  expect(node.told).toEqual(['interrupted', '_data_flv'])
  expect(node.parent).toBeUndefined()
})

test.each(['q', 'm', 'k'])('casts that %s brings are not taken while p feeds', (via) => {
  const node = Node.withChild()
  node.cast(via)
  node.cast(via, '_notice_context_idle', { depth: 1 })
  expect(node.told).toEqual([])
  expect(node.take()).toEqual([])
})

const failures: readonly (readonly [string, (node: Node) => void])[] = [
  ['its circuit breaks', (node) => node.loses('p')],
  ['it says so', (node) => void node.says('p', '_failure_context_enter')],
  ['routeSilenceMs: nothing comes from it', (node) => node.wait(2_250)],
]

test.each(failures)('the parent fails: %s', (_, fails) => {
  const node = Node.withChild()
  fails(node)
  const asked = node.take().filter((line) => !line.includes('_notice_context_wait'))
  expect(asked).toEqual(['m#: _request_context_enter degree=3 children=1 failed=p edge=e1'])
  node.answer('_status_context_route', { parent: 'q', edge: 'e3', depth: 2 })
  expect(node.take()).toEqual([
    'p: _request_context_leave edge=e1 moved=1',
    'q: _request_context_enter edge=e3',
  ])
  node.cast('p')
  node.answer('_echo_context_enter')
  node.cast('q')
  expect(node.told).toEqual(['interrupted', 'interrupted', '_data_flv'])
  expect(node.member.children.has(rootOf('k'))).toBe(true)
})

test('a parent that refuses, does not answer, or is lost while it is asked', () => {
  for (const refuses of [
    (node: Node) => node.answer('_failure_context_enter'),
    (node: Node) => node.wait(3_000),
    (node: Node) => node.loses('p'),
  ]) {
    const node = new Node()
    node.answer('_status_context_route', { parent: 'p', edge: 'e1', depth: 2 })
    node.take()
    refuses(node)
    expect(node.take()).toEqual(['m#: _request_context_enter degree=3 failed=p edge=e1'])
  }
})

test('moved by the master, unasked; to the master itself it goes by asking', () => {
  const node = Node.fed()
  node.master('_status_context_route', { parent: 'q', edge: 'e3', depth: 3 })
  expect(node.take()).toEqual([
    'p: _request_context_leave edge=e1 moved=1',
    'q: _request_context_enter edge=e3',
  ])
  node.answer('_echo_context_enter')
  node.master('_status_context_route', { parent: 'm', edge: 'e4', depth: 1 })
  expect(node.take()).toEqual(['m#: _request_context_enter degree=3 parent=m edge=e4'])
  node.answer('_echo_context_enter', { edge: 'e4' })
  expect(node.take()).toEqual(['q: _request_context_leave edge=e3 moved=1'])
})

test.each([
  ['somebody else', 'q', '_status_context_route'],
  ['the parent', 'p', '_status_context_route'],
  ['somebody else', 'q', '_notice_context_child'],
])('%s cannot speak for the master: %s %s', (_, name, method) => {
  const node = Node.fed()
  const forged = node.ofMaster(method, { parent: 'q', child: 'q', edge: 'e3', depth: 2 })
  node.routes.receive(forged, node.origin(name))
  node.routes.receive(forged, { ...node.origin('m'), parentKey: rootOf(name) })
  node.says(name, method, { parent: 'q', child: 'q', edge: 'e3', depth: 2 })
  node.says('q', '_request_context_enter', { edge: 'e3' })
  expect(node.take()).toEqual([])
  node.wait(1_900)
  expect(node.member.parentKey).toBe(rootOf('p'))
  expect(node.member.children.size).toBe(0)
})

test('nonsense of the master is not followed', () => {
  const node = Node.fed()
  for (const route of [{}, { parent: 'q' }, { edge: 'e3' }, { parent: 'n', edge: 'e3' }])
    expect(node.master('_status_context_route', route)).toBe(true)
  expect(node.take()).toEqual([])
})

test('a child is taken when master and child speak of the same edge, whoever comes first', () => {
  const node = Node.fed()
  node.says('k', '_request_context_enter', { edge: 'e2' })
  expect(node.take()).toEqual([])
  node.master('_notice_context_child', { child: 'k', edge: 'e2' })
  expect(node.take()).toEqual(['k: _echo_context_enter', '+k'])
  node.master('_notice_context_child', { child: 'l', edge: 'e3' })
  node.says('l', '_request_context_enter', { edge: 'e3' })
  expect(node.take()).toEqual(['l: _echo_context_enter', '+l'])
})

test.each([
  ['nobody has announced it', 'k', 'e2', undefined],
  ['another edge was announced', 'k', 'e3', 'e2'],
  ['it has no edge at all', 'k', undefined, 'e2'],
])('routeHeldMs: a child is refused when %s', (_, name, edge, announced) => {
  const node = Node.fed()
  if (announced !== undefined) node.master('_notice_context_child', { child: 'k', edge: announced })
  node.says(name, '_request_context_enter', edge === undefined ? {} : { edge })
  node.run(2_000)
  expect(node.take()).toEqual(['k: _failure_context_enter'])
  expect(node.member.children.size).toBe(0)
})

test('an edge is good for one child and one time', () => {
  const node = Node.withChild()
  node.says('q', '_request_context_enter', { edge: 'e2' })
  node.run(2_000)
  expect(node.take()).toEqual(['q: _failure_context_enter'])
  node.says('k', '_request_context_enter', { edge: 'e2' })
  node.run(2_000)
  expect(node.take()).toEqual(['k: _failure_context_enter'])
})

test('who speaks for another node is not heard', () => {
  const node = Node.fed()
  node.master('_notice_context_child', { child: 'k', edge: 'e2' })
  node.routes.receive(node.toRoot('k', '_request_context_enter', { edge: 'e2' }), node.origin('q'))
  expect(node.take()).toEqual(['k: _failure_context_enter'])
})

test('a child waits while the node is not fed itself', () => {
  const node = new Node()
  node.answer('_status_context_route', { parent: 'p', edge: 'e1', depth: 2 })
  node.master('_notice_context_child', { child: 'k', edge: 'e2' })
  node.says('k', '_request_context_enter', { edge: 'e2' })
  node.take()
  node.wait(1_000)
  expect(node.take()).toEqual([])
  node.answer('_echo_context_enter')
  expect(node.take()).toEqual(['k: _echo_context_enter', '+k'])
})

test('routeHeld: more children do not wait', () => {
  const node = Node.fed({ routeHeld: 2 })
  for (const name of ['k', 'l', 'o']) node.says(name, '_request_context_enter', { edge: 'e2' })
  expect(node.take()).toEqual(['o: _failure_context_enter'])
})

test('routeTold: the oldest announcement is forgotten', () => {
  const node = Node.fed({ routeTold: 1 })
  node.master('_notice_context_child', { child: 'k', edge: 'e2' })
  node.master('_notice_context_child', { child: 'l', edge: 'e3' })
  node.says('k', '_request_context_enter', { edge: 'e2' })
  node.says('l', '_request_context_enter', { edge: 'e3' })
  expect(node.take()).toEqual(['l: _echo_context_enter', '+l'])
})

test('twice as many children as it offered are borne, and no more', () => {
  const node = Node.fed({}, 1)
  for (const name of ['k', 'l', 'o']) {
    node.master('_notice_context_child', { child: name, edge: 'e2' })
    node.says(name, '_request_context_enter', { edge: 'e2' })
  }
  expect(node.take().slice(-2)).toEqual(['+l', 'o: _failure_context_enter'])
})

test('its children concern it, until they leave', () => {
  const node = Node.withChild()
  const concerned = (): boolean[] => ['k', 'l'].map((name) => node.member.concerns(rootOf(name)))
  expect(concerned()).toEqual([true, false])
  node.says('k', '_request_context_leave', { edge: 'e2' })
  expect(concerned()).toEqual([false, false])
})

test('lost and left children are reported, those that the master moved are not', () => {
  const lost = Node.withChild()
  lost.loses('k')
  expect(lost.take()).toEqual(['-k', 'm#: _notice_context_child_lost child=k edge=e2'])
  const left = Node.withChild()
  left.says('k', '_request_context_leave', { edge: 'e9' })
  expect(left.take()).toEqual([])
  left.says('k', '_request_context_leave', { edge: 'e2' })
  expect(left.take()).toEqual(['-k', 'm#: _notice_context_child_left child=k edge=e2'])
  const moved = Node.withChild()
  moved.says('k', '_request_context_leave', { edge: 'e2', moved: '1' })
  expect(moved.take()).toEqual(['-k'])
})

test('casts that are missing for five seconds: another parent is asked for, while the old one still feeds', () => {
  const node = Node.fed()
  for (let second = 0; second < 7; second++) {
    node.missed++
    node.run(1_000)
  }
  expect(node.take()).toEqual(['m#: _request_context_enter degree=3 failed=p edge=e1'])
  expect(node.member.isFed).toBe(true)
  node.answer('_status_context_route', { parent: 'q', edge: 'e3', depth: 2 })
  node.answer('_echo_context_enter')
  node.take()
  for (let second = 0; second < 20; second++) {
    node.missed++
    node.run(1_000, 'q')
  }
  expect(node.take()).toEqual([])
})

test('casts that are missing now and then are borne', () => {
  const node = Node.fed()
  for (let second = 0; second < 20; second++) {
    if (second % 4 > 0) node.missed++
    node.run(1_000)
  }
  expect(node.take()).toEqual([])
})

test('children are told to be patient when there is nothing for them, and are passed the news that all is well', () => {
  const node = Node.withChild()
  node.wait(1_000)
  expect(node.take()).toEqual(['k: _notice_context_wait depth=0'])
  node.cast('p', '_notice_context_idle', { depth: 1 })
  expect(node.take()).toEqual(['k: _notice_context_idle depth=2'])
  node.wait(600)
  node.cast('p', '_notice_context_wait', { depth: 3 })
  expect(node.take()).toEqual(['k: _notice_context_wait depth=4'])
  node.cast('p', '_notice_context_wait', { depth: 3 })
  expect(node.take()).toEqual([])
})

test('news that was passed on too often is in a loop: it ends, and its silence is noticed', () => {
  const node = Node.withChild()
  for (let time = 0; time < 4; time++) {
    node.cast('p', '_notice_context_idle', { depth: 64 })
    node.wait(600)
  }
  expect(node.take()).toContain('m#: _request_context_enter degree=3 children=1 failed=p edge=e1')
})

test('calls for patience alone: it makes sure of its place, and then the parent has failed', () => {
  const node = Node.fed()
  const patience = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 500) {
      node.wait(500)
      node.cast('p', '_notice_context_wait', { depth: 1 })
    }
  }
  patience(6_500)
  expect(node.take()).toEqual(['m#: _request_context_enter degree=3 parent=p edge=e1'])
  node.answer('_status_context_route', { parent: 'p', edge: 'e1', depth: 2 })
  expect(node.take()).toEqual([])
  patience(6_500)
  expect(node.take()).toContain('m#: _request_context_enter degree=3 failed=p edge=e1')
})

test('the circuit to the master breaks while it is asked: it is asked again soon', () => {
  const node = new Node()
  const asked = ['m#: _request_context_enter degree=3']
  expect(node.take()).toEqual(asked)
  node.loses('q')
  node.wait(300)
  expect(node.take()).toEqual([])
  node.loses('m')
  node.wait(300)
  expect(node.take()).toEqual(asked)
  node.answer('_status_context_route', { parent: 'p', edge: 'e1', depth: 2 })
  node.answer('_echo_context_enter')
  expect(node.member.isFed).toBe(true)
})

test('the circuit to the master breaks: who is fed stays, and tells where he is', () => {
  const node = Node.withChild()
  node.loses('m')
  node.run(2_000)
  expect(node.take()).toEqual(['m#: _request_context_enter degree=3 children=1 parent=p edge=e1'])
  node.answer('_failure_unsuccessful_delivery_disconnect')
  node.run(60_000)
  expect(node.member.isFed).toBe(true)
  const asked = node.take()
  expect(asked.length).toBeGreaterThan(8)
  expect(new Set(asked)).toEqual(new Set(['m#: _request_context_enter degree=3 children=1 parent=p edge=e1']))
})

test('routeStarvedMs: not fed, and the master does not answer', () => {
  const node = Node.withChild()
  node.loses('p')
  node.wait(29_000)
  expect(node.told).toEqual(['interrupted'])
  node.wait(2_000)
  expect(node.told).toEqual(['interrupted', 'ended _failure_timeout'])
  expect(node.take().slice(-2)).toEqual(['-k', 'k: _failure_context_enter'])
  expect(node.time.timers.size).toBeLessThanOrEqual(1) // the last question
})

test('the master refuses: over at once; it does not know the context any more: patience', () => {
  const refused = new Node()
  refused.answer('_error_illegal_context')
  expect(refused.told).toEqual(['ended _error_illegal_context'])
  const unknown = new Node()
  unknown.answer('_error_unknown_stream')
  expect(unknown.told).toEqual(['ended _error_unknown_stream'])
  const anew = Node.fed()
  anew.loses('p')
  anew.answer('_error_unknown_stream')
  anew.wait(1_000)
  expect(anew.told).toEqual(['interrupted'])
})

test('asked to come again it does, not earlier and not much later', () => {
  const node = new Node()
  node.take()
  node.answer('_failure_context_enter_again', { wait: 1_000 })
  node.wait(740)
  expect(node.take()).toEqual([])
  node.wait(520)
  expect(node.take()).toEqual(['m#: _request_context_enter degree=3'])
})

test('routeIdleMs: it leaves when it has neither viewers nor children', () => {
  const node = Node.withChild()
  node.isWanted = false
  node.run(10_000)
  expect(node.member.isFed).toBe(true)
  node.says('k', '_request_context_leave', { edge: 'e2' })
  node.take()
  node.run(4_500)
  node.isWanted = true
  node.run(500)
  node.isWanted = false
  node.run(4_500)
  expect(node.take()).toEqual([])
  for (let passed = 0; passed < 1_000; passed += 100) {
    node.wait(100)
    node.cast('p')
  }
  expect(node.take()).toEqual(['p: _request_context_leave edge=e1'])
  expect(node.told.at(-1)).toBe('ended')
  expect(node.time.timers.size).toBe(0)
})

test('closed: parent and children are told, and nothing is left', () => {
  const node = Node.withChild()
  node.member.close()
  node.member.close()
  expect(node.take()).toEqual(['p: _request_context_leave edge=e1', '-k', 'k: _failure_context_enter'])
  expect(node.time.timers.size).toBe(0)
  expect(node.told).toEqual([])
  expect(node.says('k', '_request_context_enter', { edge: 'e2' })).toBe(false)
})
