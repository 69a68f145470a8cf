/** Nodes that lie about the tree of a stream, to whole nodes over real circuits [design 5; issue 4]: the tree stays as it is. */
import { Liar } from '../support/liar.js'
import type { LiarGreeting } from '../support/liar.js'
import { StreamTree } from '../support/stream-tree.js'
import type { TestWorld } from '../support/world.js'

const CONTEXT = 'psyc://a.example/@live#_stream_cam'
const EDGE = '0123456789abcdef'

class Scene {
  readonly tree = new StreamTree({ nodes: 7, degree: 2 })
  readonly before = this.tree.links()
  private ports = 50_000

  constructor() {
    this.tree.network.strangers.set('evil.example', '127.6.6.6')
  }

  /** A connection of evil.example to that node. */
  liar(world: TestWorld, greeting: LiarGreeting = { lane: 'stream' }): Liar {
    const liar = new Liar(world, 'evil.example', '127.6.6.6', this.ports++, greeting)
    liar.take()
    return liar
  }

  /** Everybody is fed by whom he was, every frame once. */
  expectAsBefore(): void {
    this.tree.run(3_000)
    const names = (links: typeof this.before): string[] => links.map(({ from, to }) => `${from} ${to}`).sort()
    expect(names(this.tree.links().filter(({ to }) => to !== '?'))).toEqual(names(this.before))
    expect(this.tree.disorder()).toEqual([])
    expect(this.tree.lost()).toEqual(new Map())
  }
}

const inner = 'n1.example'
const leaf = 'n7.example'
const toContext = { _source: 'psyc://evil.example/', _target: CONTEXT, _tag: 't' }

test.each([
  ['without an edge', {}],
  ['with an edge of its own making', { _token_route: EDGE }],
])('a child that was not announced, %s, is refused and gets nothing', (_, edge) => {
  const scene = new Scene()
  const liar = scene.liar(scene.tree.world(inner))
  const routing = { _source: 'psyc://evil.example/', _target: `psyc://${inner}/`, _tag: 't' }
  liar.packet(routing, '_request_context_enter', { _uniform_context: CONTEXT, ...edge })
  scene.tree.run(2_200)
  expect(liar.take().filter((method) => method !== '_status_circuit')).toEqual(['_failure_context_enter'])
  scene.expectAsBefore()
  expect(liar.take()).toEqual([])
})

test.each(['_data_flv', '_notice_context_idle', '_notice_stream_unpublish'])(
  'somebody who is not the parent brings %s in the name of the context',
  (method) => {
    const scene = new Scene()
    for (const host of [inner, leaf]) {
      const liar = scene.liar(scene.tree.world(host))
      liar.packet({ _context: CONTEXT, _counter: '999999' }, method, {}, 'x')
      expect(liar.isOpen && liar.take().includes('_echo_ping')).toBe(false)
    }
    scene.expectAsBefore()
  },
)

test.each(['_status_context_route', '_notice_context_child'])(
  'somebody says %s in the name of the master',
  (method) => {
    const scene = new Scene()
    for (const source of [CONTEXT, 'psyc://evil.example/']) {
      const liar = scene.liar(scene.tree.world(leaf))
      liar.packet({ _source: source, _target: `psyc://${leaf}/` }, method, {
        _uniform_context: CONTEXT,
        _uniform_parent: 'psyc://evil.example/',
        _uniform_child: 'psyc://evil.example/',
        _token_route: EDGE,
      })
      const routing = { _source: 'psyc://evil.example/', _target: `psyc://${leaf}/`, _tag: 't' }
      liar.packet(routing, '_request_context_enter', { _uniform_context: CONTEXT, _token_route: EDGE })
      scene.tree.run(2_200)
      expect(liar.take()).not.toContain('_echo_context_enter')
    }
    scene.expectAsBefore()
  },
)

test('a node in the tree reports others as lost and left, and complains of those who never fed it', () => {
  const scene = new Scene()
  const liar = scene.liar(scene.tree.master)
  liar.packet(toContext, '_request_context_enter')
  for (let number = 1; number <= 7; number++) {
    const child = { _uniform_child: `psyc://n${number}.example/`, _token_route: EDGE }
    liar.packet(toContext, '_notice_context_child_lost', child)
    liar.packet(toContext, '_notice_context_child_left', child)
  }
  for (let number = 1; number <= 7; number++)
    liar.packet(toContext, '_request_context_enter', {
      _uniform_failed: `psyc://n${number}.example/`,
      _token_route: EDGE,
    })
  scene.expectAsBefore()
  scene.tree.join('n8.example')
  scene.tree.run(1_000)
  expect(scene.tree.links().some(({ to }) => to === 'n8.example')).toBe(true)
})

test('nobody whom the master cannot call is named as parent, whatever he offers', () => {
  const scene = new Scene()
  const liar = scene.liar(scene.tree.master)
  liar.packet(toContext, '_request_context_enter', { _amount_degree: '256' })
  for (let number = 8; number < 16; number++) scene.tree.join(`n${number}.example`)
  scene.tree.run(40_000)
  expect(scene.tree.links().filter(({ to }) => to !== '?')).toHaveLength(15)
})

test('loops by what one says: fed by oneself, by one who is fed by him', () => {
  const scene = new Scene()
  const liar = scene.liar(scene.tree.master)
  for (const parent of [
    'psyc://evil.example/',
    'psyc://n7.example/',
    'psyc://a.example/',
    'psyc://nobody.example/',
  ])
    liar.packet(toContext, '_request_context_enter', { _uniform_parent: parent, _token_route: EDGE })
  expect(new Set(liar.take())).toEqual(new Set(['_status_context_route']))
  scene.expectAsBefore()
})

test('a flood of enters is answered so many times a second, and nobody else notices', () => {
  const scene = new Scene()
  const liar = scene.liar(scene.tree.master)
  const enter = liar.text(toContext, '_request_context_enter')
  liar.flood(Array.from({ length: 500 }, () => enter))
  const answers = liar.take()
  expect(answers.filter((method) => method === '_status_context_route').length).toBeLessThanOrEqual(10)
  scene.expectAsBefore()
})
