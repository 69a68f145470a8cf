/** The master's side of a multicast tree [design 5]. */
import { ContextTree } from '../../../../src/psyc/state/context-tree.js'
import { parseUniform } from '../../../../src/psyc/wire/uniform.js'
import type { Variables } from '../../../../src/psyc/wire/packet.js'
import type { Limits } from '../../../../src/util/limits.js'
import type { ContextPeer } from '../../../../src/psyc/state/context-node.js'
import { RouteLab, rootOf } from '../../../support/route-lab.js'

/** A master with room for two, whom all others can call. */
class Master extends RouteLab {
  readonly tree: ContextTree
  counter = 0

  constructor(limits: Partial<Limits> = {}, mayRelay: (host: string) => boolean = () => true) {
    super('m', limits)
    this.callable.set('*', true)
    this.tree = new ContextTree({
      ...{ node: this, context: this.context, feed: this, degree: 2 },
      mayRelay: ({ host }) => mayRelay(host),
      counter: () => this.counter,
    })
  }

  /** @returns what was sent on it */
  enter(name: string, variables: Variables = {}, more: Partial<ContextPeer> = {}): string[] {
    const packet = this.toContext(name, '_request_context_enter', variables)
    this.take()
    this.tree.enter(packet, this.origin(name, more), parseUniform(rootOf(name)))
    return this.take()
  }

  says(name: string, method: string, variables: Variables = {}): string[] {
    const packet = this.toContext(name, method, variables)
    expect(this.tree.receive(packet, this.origin(name), parseUniform(rootOf(name)))).toBe(true)
    return this.take()
  }

  parentOf(name: string): string | undefined {
    return this.tree.book.get(rootOf(name))?.parent?.key
  }
}

test('two are fed by the master, the others by those; the parent is told before the child', () => {
  const master = new Master()
  expect(master.enter('a')).toEqual(['a: _echo_context_enter edge=e1', '+a'])
  expect(master.enter('b')).toEqual(['b: _echo_context_enter edge=e2', '+b'])
  expect(master.enter('c')).toEqual([
    'a: _notice_context_child child=c edge=e3',
    'c: _status_context_route parent=a edge=e3 depth=2',
  ])
  expect(master.enter('d')).toEqual([
    'a: _notice_context_child child=d edge=e4',
    'd: _status_context_route parent=a edge=e4 depth=2',
  ])
  expect(master.enter('e')[1]).toBe('e: _status_context_route parent=b edge=e5 depth=2')
  expect(master.tree.size).toBe(2)
})

test('all nodes in the tree concern it, whoever feeds them: they are told from here where they belong', () => {
  const master = new Master()
  const all = (): boolean[] => ['a', 'b', 'c', 'x', 'y'].map((name) => master.tree.concerns(rootOf(name)))
  for (const name of ['a', 'b', 'c']) master.enter(name)
  master.enter('x', {}, { understandsRoute: false })
  expect(all()).toEqual([true, true, true, true, false])
  for (const name of ['a', 'c', 'x']) master.says(name, '_request_context_leave')
  expect(all()).toEqual([false, true, false, false, false])
})

test.each([
  ['nodes that do not understand routes', { understandsRoute: false }],
  ['0.9', { syntax: '0.9', understandsRoute: false }],
] as const)('%s are fed by the master and do not count', (_, more) => {
  const master = new Master()
  for (const name of ['x', 'y', 'z'])
    expect(master.enter(name, {}, more)).toEqual([`${name}: _echo_context_enter`, `+${name}`])
  expect(master.enter('a')).toEqual(['a: _echo_context_enter edge=e1', '+a'])
  expect(master.enter('b')[1]).toBe('+b')
  expect(master.says('x', '_request_context_leave')).toEqual(['-x', 'x: _echo_context_leave'])
  master.tree.lost(rootOf('y'))
  expect(master.take()).toEqual(['-y'])
})

test('who offers fewer children has no more, and who offers none has none', () => {
  const master = new Master()
  master.enter('a', { degree: 0 })
  master.enter('b', { degree: 1 })
  expect(master.enter('c')[1]).toContain('parent=b')
  expect(master.enter('d')[1]).toContain('parent=c')
})

test('routeDegree: nobody has more children than that, whatever he offers', () => {
  const master = new Master({ routeDegree: 1 })
  master.enter('a', { degree: 1_000 })
  master.enter('b', { degree: 0 })
  expect(master.enter('c')[1]).toContain('parent=a')
  expect(master.enter('d')[1]).toContain('parent=c')
})

test('only those are named as parents who can be called, and whom relays trusts', () => {
  const master = new Master({}, (host) => host !== 'b.example')
  master.callable.set('a', false)
  master.enter('a')
  master.enter('b')
  expect(master.enter('c')).toEqual(['c: _echo_context_enter edge=e3', '+c'])
  expect(master.enter('d')[1]).toContain('parent=c')
})

test('who could not be called is called again when it asks later', () => {
  const master = new Master()
  master.callable.set('a', false)
  master.enter('a')
  master.enter('b', { degree: 0 })
  master.callable.set('a', true)
  master.enter('a')
  expect(master.tree.book.get(rootOf('a'))?.hasRoom).toBe(false)
  master.wait(60_000)
  master.enter('a')
  expect(master.tree.book.get(rootOf('a'))?.hasRoom).toBe(true)
})

test('who leaves and comes back while it is called has room when it answers', () => {
  const master = new Master()
  master.callable.clear()
  master.enter('a')
  master.tree.forget(rootOf('a'))
  master.enter('a')
  master.decide(true)
  expect(master.tree.book.get(rootOf('a'))?.hasRoom).toBe(true)
})

test('who has left for good while it was called is not in the book again', () => {
  const master = new Master()
  master.callable.clear()
  master.enter('a')
  master.tree.forget(rootOf('a'))
  master.decide(true)
  expect(master.tree.book.size).toBe(0)
})

test('while it is not known who can be called, others wait', () => {
  const master = new Master()
  master.callable.clear()
  master.enter('a')
  master.enter('b')
  expect(master.enter('c')).toEqual([])
  master.decide(true)
  expect(master.take()).toEqual([
    'a: _notice_context_child child=c edge=e4',
    'c: _status_context_route parent=a edge=e4 depth=2',
  ])
})

test('who waits and asks again is placed once', () => {
  const master = new Master()
  master.callable.clear()
  for (const name of 'abc') master.enter(name)
  master.wait(10_000)
  master.callable.set('c', true)
  expect(master.enter('c')).toEqual([])
  expect(master.tree.book.root.children.size).toBe(2)
  master.decide(true)
  expect(master.take().map((line) => line.replace(/edge=\w+/, 'edge'))).toEqual([
    'a: _notice_context_child child=c edge',
    'c: _status_context_route parent=a edge depth=2',
  ])
})

test('who is gone before it is known who can be called is not fed', () => {
  const master = new Master()
  master.callable.clear()
  for (const name of 'abcd') master.enter(name)
  master.tree.lost(rootOf('c'))
  master.tree.forget(rootOf('d'))
  master.decide(true)
  expect(master.take()).toEqual([])
})

test('who leaves before it is known who can be called is not fed', () => {
  const master = new Master()
  master.callable.clear()
  for (const name of 'abc') master.enter(name)
  expect(master.says('c', '_request_context_leave')).toEqual(['c: _echo_context_leave'])
  master.decide(true)
  expect(master.take()).toEqual([])
})

test('a late leave of an edge that is gone does not take out who waits anew', () => {
  const master = new Master()
  master.callable.clear()
  for (const name of 'abc') master.enter(name)
  master.says('c', '_request_context_leave', { _token_route: 'e9' })
  master.decide(true)
  expect(master.take().at(-1)).toContain('c: _status_context_route parent=a')
})

test('routeDirect: while it is not known who can be called, more than that are asked to come again', () => {
  const master = new Master({ routeDirect: 1 })
  master.callable.clear()
  for (const name of 'abcde') master.enter(name)
  expect(master.enter('f')).toEqual(['f: _failure_context_enter_again wait=250'])
  master.decide(false)
  expect(master.take()).toEqual([
    ...['c: _echo_context_enter edge=e7', '+c', 'd: _failure_context_enter_full'],
    'e: _failure_context_enter_full',
  ])
})

test('routeDirect: so many are fed that nobody else can feed', () => {
  const master = new Master({ routeDirect: 1 })
  for (const name of ['a', 'b', 'c']) expect(master.enter(name, { degree: 0 })[1]).toBe(`+${name}`)
  expect(master.enter('d', { degree: 0 })).toEqual(['d: _failure_context_enter_full'])
  expect(master.enter('x', {}, { understandsRoute: false })[1]).toBe('+x')
  expect(master.enter('y', {}, { understandsRoute: false })).toEqual(['y: _failure_context_enter_full'])
  expect(master.enter('c', { degree: 0 })[1]).toBe('+c')
})

test('routeNodes: more are not in the book', () => {
  const master = new Master({ routeNodes: 2 })
  master.enter('a')
  master.enter('b')
  expect(master.enter('c')).toEqual(['c: _failure_context_enter_full'])
  expect(master.enter('a')[1]).toBe('+a')
})

test('routeDepth: nobody is deeper', () => {
  const master = new Master({ routeDepth: 2 })
  master.enter('a', { degree: 1 })
  master.enter('b', { degree: 0 })
  expect(master.enter('c', { degree: 1 })[1]).toContain('parent=a edge=e3 depth=2')
  expect(master.enter('d')).toEqual(['d: _echo_context_enter edge=e4', '+d'])
})

test('routeEnters: who asks all the time has to wait', () => {
  const master = new Master({ routeEnters: 3 })
  for (let time = 0; time < 3; time++) master.enter('a')
  expect(master.enter('a')).toEqual(['a: _failure_context_enter_again wait=1000'])
  expect(master.enter('b')[1]).toBe('+b')
  master.wait(1_000)
  expect(master.enter('a')[1]).toBe('+a')
})

/** a and b at the master, c and d at a, e at b. */
function five(): Master {
  const master = new Master()
  for (const name of ['a', 'b', 'c', 'd', 'e']) master.enter(name)
  return master
}

test('whose parent failed gets another, and what is below stays; the failed one gets nobody new for a while', () => {
  const master = five()
  expect(master.enter('c', { failed: 'a', edge: 'e3' })).toEqual([
    'b: _notice_context_child child=c edge=e6',
    'c: _status_context_route parent=b edge=e6 depth=2',
  ])
  expect(master.enter('f')[1]).not.toContain('parent=a')
  master.wait(15_000)
  expect(master.enter('g')[1]).toContain('parent=a')
})

test('who complains of what is not his place any more hears where it is', () => {
  const master = five()
  master.enter('c', { failed: 'a', edge: 'e3' })
  expect(master.enter('c', { failed: 'a', edge: 'e3' })).toEqual([
    'b: _notice_context_child child=c edge=e6',
    'c: _status_context_route parent=b edge=e6 depth=2',
  ])
})

test('who complains of everybody is not believed, and ends where nobody else is left', () => {
  const master = five()
  master.enter('e', { failed: 'b', edge: 'e5' })
  expect(master.parentOf('e')).toBe(rootOf('c'))
  const isHidden = (name: string): boolean | undefined => master.tree.book.get(rootOf(name))?.isHidden
  expect(isHidden('b')).toBe(true)
  master.enter('e', { failed: 'c', edge: 'e6' })
  expect(isHidden('c')).toBe(false)
})

test('who tells where he is stays there; the book is right when he is wrong', () => {
  const master = five()
  expect(master.enter('c', { parent: 'a', edge: 'e3' })[1]).toBe(
    'c: _status_context_route parent=a edge=e3 depth=2',
  )
  expect(master.enter('c', { parent: 'b', edge: 'e9' })[1]).toBe(
    'c: _status_context_route parent=a edge=e3 depth=2',
  )
  expect(master.enter('a', { parent: 'm', edge: 'e1' })).toEqual(['a: _echo_context_enter edge=e1', '+a'])
})

test('a master that has just begun learns the tree from those who are in it, in whatever order they come', () => {
  const master = new Master()
  expect(master.enter('d', { parent: 'c', edge: 'e21' })[1]).toBe(
    'd: _status_context_route parent=c edge=e21 depth=1',
  )
  master.enter('c', { parent: 'a', edge: 'e20', children: 1 })
  expect(master.enter('a', { children: 1 })).toEqual(['a: _echo_context_enter edge=e1', '+a'])
  expect([master.parentOf('d'), master.parentOf('c')]).toEqual([rootOf('c'), rootOf('a')])
  expect(master.tree.book.get(rootOf('d'))?.depth).toBe(3)
})

test('nobody closes a loop by what he says', () => {
  const master = new Master()
  master.enter('x', { parent: 'y', edge: 'e20' })
  master.enter('y', { parent: 'x', edge: 'e21' })
  expect(master.parentOf('x')).toBe(rootOf('y'))
  expect(master.parentOf('y')).toBe(rootOf('m'))
})

test('rooms are kept for children that are not known yet, but not for ever', () => {
  const master = new Master()
  master.enter('a', { children: 2 })
  master.enter('b', { degree: 0 })
  expect(master.enter('c', { degree: 0 })).toEqual(['c: _echo_context_enter edge=e3', '+c'])
  master.wait(10_000)
  master.enter('d')
  expect(master.parentOf('d')).toBe(rootOf('a'))
})

test('parents report children, and only their own', () => {
  const master = five()
  for (const method of ['_notice_context_child_lost', '_notice_context_child_left']) {
    master.says('b', method, { child: 'c', edge: 'e3' })
    master.says('a', method, { child: 'c', edge: 'e9' })
    master.says('c', method, { child: 'a', edge: 'e1' })
    master.says('a', method, { child: 'm', edge: 'e1' })
    master.says('a', method, {})
  }
  expect(master.parentOf('c')).toBe(rootOf('a'))
  expect(master.parentOf('a')).toBe(rootOf('m'))
  master.says('a', '_notice_context_child_lost', { child: 'c', edge: 'e3' })
  expect(master.parentOf('c')).toBeUndefined()
  master.says('a', '_notice_context_child_left', { child: 'd', edge: 'e4' })
  expect(master.tree.book.get(rootOf('d'))).toBeUndefined()
  for (const name of 'fghi') master.enter(name)
  expect(['f', 'g', 'h', 'i'].filter((name) => master.parentOf(name) === rootOf('a'))).toHaveLength(2)
})

test('who leaves is out, with what is below him; a leave from an earlier place comes too late', () => {
  const master = five()
  expect(master.says('a', '_request_context_leave', { edge: 'e9' })).toEqual(['a: _echo_context_leave'])
  expect(master.parentOf('a')).toBe(rootOf('m'))
  expect(master.says('a', '_request_context_leave', { edge: 'e1' })).toEqual(['-a', 'a: _echo_context_leave'])
  expect(master.tree.book.get(rootOf('a'))).toBeUndefined()
  expect(master.parentOf('c')).toBeUndefined()
})

test('who was lost and never asks is forgotten with all he had', () => {
  const master = five()
  master.tree.lost(rootOf('a'))
  expect(master.take()).toEqual(['-a'])
  expect(master.tree.book.size).toBe(5)
  master.wait(70_000)
  expect(master.tree.book.size).toBe(4)
  master.wait(70_000)
  expect(master.tree.book.size).toBe(2)
})

test('a node that comes back has everybody below it still', () => {
  const master = five()
  master.tree.lost(rootOf('a'))
  master.wait(1_000)
  expect(master.enter('a')[1]).toBe('+a')
  expect([master.parentOf('c'), master.parentOf('d')]).toEqual([rootOf('a'), rootOf('a')])
})

test('children are told that all is well while nothing is cast, and not otherwise', () => {
  const master = five()
  master.wait(2_000)
  expect(master.take()).toEqual(['a: _notice_context_idle depth=0', 'b: _notice_context_idle depth=0'])
  master.counter++
  master.wait(1_000)
  expect(master.take()).toEqual([])
})

test('one who moves to make room is told unasked', () => {
  const master = new Master()
  for (const name of 'abcdefghijklnopqrstuvwxyz') master.enter(name)
  const { book } = master.tree
  const isTold = new Set<string>()
  for (const name of 'abcd') {
    const node = book.get(rootOf(name))
    const below = [...(node?.children ?? [])].map(({ key }) => key.charAt('psyc://'.length))
    if (node !== undefined) book.remove(node, 0)
    for (const child of below)
      for (const line of master.enter(child))
        if (line.includes(': _status_context_route') && !line.startsWith(child)) isTold.add(line.charAt(0))
  }
  expect(isTold.size).toBeGreaterThan(0)
  expect(book.depth).toBeLessThanOrEqual(book.goodDepth)
})

test('when it closes nobody is fed and no timer is left', () => {
  const master = five()
  master.enter('x', {}, { understandsRoute: false })
  master.tree.close()
  expect(master.take()).toEqual(['-a', '-b', '-x'])
  expect(master.time.timers.size).toBe(0)
})
