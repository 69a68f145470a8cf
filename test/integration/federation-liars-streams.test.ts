/** Nodes that lie about streams and their trees [design 5; issue 4]: who watches an honest stream notices nothing. */
import { Liar, RESET } from '../support/liar.js'
import { Camera, Viewer, threeNodes } from '../support/stream-network.js'
import type { Three } from '../support/stream-network.js'
import type { TestWorld } from '../support/world.js'

const CAM = 'psyc://a.example/@live#_stream_cam'
const PLACE = 'psyc://a.example/@live'

/** A camera at a, viewers at b and c, and a liar who has a line to each of the three; those to b and c are for streams. */
class Scene {
  readonly three: Three
  readonly camera: Camera
  readonly viewers: readonly Viewer[]
  /** Its lines to a, b and c. */
  readonly evil: { readonly a: Liar; readonly b: Liar; readonly c: Liar }

  constructor(app: Record<string, unknown> = {}) {
    this.three = threeNodes({ batchMs: 0, ...app })
    const { network, a, b, c } = this.three
    network.strangers.set('evil.example', '127.6.6.6')
    this.camera = new Camera(a).begin()
    this.viewers = [new Viewer(b), new Viewer(c)]
    let port = 50_000
    const line = (world: TestWorld, lane?: string): Liar =>
      new Liar(world, 'evil.example', '127.6.6.6', port++, { lane })
    this.evil = { a: line(a), b: line(b, 'stream'), c: line(c, 'stream') }
    network.wait(1_000)
    this.expectHonest()
  }

  /** Every frame comes to all, once and in order. */
  expectHonest(): void {
    for (const viewer of this.viewers) viewer.take()
    const first = this.camera.sent
    this.camera.groups(2)
    this.three.network.wait(200)
    const sent = Array.from({ length: this.camera.sent - first }, (_, at) => first + at)
    for (const viewer of this.viewers) expect(viewer.frames()).toEqual(sent)
    const { a, b, c } = this.three
    expect([a, b, c].flatMap(({ errors }) => errors)).toEqual([])
  }

  /** Lines of the log about the liar, with how often they were written. */
  get complaints(): readonly number[] {
    const { a, b, c } = this.three
    const counts = new Map<string, number>()
    for (const world of [a, b, c]) {
      for (const { level, fields, message } of world.logged) {
        if (level === 'debug' || !/127\.6\.6\.6|evil/.test(JSON.stringify(fields))) continue
        const key = `${world.uniform('')} ${message}`
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
    }
    return [...counts.values()]
  }
}

const route = (token: string): Record<string, string> => ({ _token_route: token, _uniform_context: CAM })

/** Eve is in the room, and her stream `x` in its directory. */
function publish(liar: Liar): string {
  const context = `${liar.own('@live')}#_stream_x`
  const eve = { _source: liar.own('~eve'), _target: PLACE }
  liar.packet({ ...eve, _tag: 'in' }, '_request_context_enter', { _nick: 'eve' })
  liar.packet({ ...eve, _tag: 'pub' }, '_request_stream_publish', {
    _name_stream: 'x',
    _uniform_stream: context,
  })
  expect(liar.take()).toContain('_echo_stream_publish')
  return context
}

interface Lie {
  readonly what: string
  readonly app?: Record<string, unknown>
  readonly tell: (scene: Scene) => void
}

const lies: readonly Lie[] = [
  {
    what: 'frames of a stream that is not its own, to those who watch it',
    tell: ({ evil }) => {
      evil.b.packet({ _context: CAM, _counter: '1000' }, '_data_flv', {}, 'frames')
      expect([evil.b.isOpen, evil.b.take()]).toEqual([
        false,
        expect.arrayContaining(['_error_rejected_relay_incoming']),
      ])
    },
  },
  {
    what: 'that it is a child somebody was told of',
    tell: ({ evil }) => {
      const child = { _uniform_child: evil.b.own(''), _token_route: '0123456789abcdef' }
      // In its own name: of a context that is not its own.
      evil.b.packet({ _source: evil.b.own(''), _target: CAM }, '_notice_context_child', child)
      evil.b.packet(
        { _source: `${evil.b.own('@live')}#_stream_cam`, _target: 'psyc://b.example/' },
        '_notice_context_child',
        child,
      )
      for (let at = 0; at < 300; at++)
        evil.b.packet(
          { _source: evil.b.own(''), _target: 'psyc://b.example/', _tag: 'in' },
          '_request_context_enter',
          route(at === 0 ? '0123456789abcdef' : String(at).padStart(16, '0')),
        )
      evil.b.world.wait(3_000)
      expect(evil.b.take()).not.toContain('_data_flv')
    },
  },
  {
    what: 'that others have failed, are lost, or have left',
    tell: ({ evil }) => {
      const to = { _source: evil.a.own(''), _target: CAM }
      for (const host of ['a', 'b', 'c']) {
        const root = `psyc://${host}.example/`
        for (const token of ['', '0123456789abcdef', 'x'.repeat(1_000)]) {
          evil.a.packet({ ...to, _tag: 'in' }, '_request_context_enter', {
            _uniform_failed: root,
            _token_route: token,
          })
          evil.a.packet({ ...to, _tag: 'in' }, '_request_context_enter', {
            _uniform_parent: root,
            _token_route: token,
          })
          for (const method of ['_notice_context_child_lost', '_notice_context_child_left'])
            evil.a.packet(to, method, { _uniform_child: root, _token_route: token })
        }
        evil.a.packet({ ...to, _source_relay: root }, '_request_context_leave', {
          _token_route: '0123456789abcdef',
        })
      }
    },
  },
  {
    what: 'that it wants in, again and again, with numbers that are none',
    tell: ({ evil }) => {
      for (let at = 0; at < 500; at++)
        evil.a.packet({ _source: evil.a.own(''), _target: CAM, _tag: `t${at}` }, '_request_context_enter', {
          _amount_degree: ['1000000000', '-5', 'many', ''][at % 4],
          _amount_children: ['1000000000', '-5', 'many', ''][(at >> 2) % 4],
        })
    },
  },
  {
    what: 'that it wants in to ever more streams that are not there',
    tell: ({ evil }) => {
      for (let at = 0; at < 2_000; at++)
        evil.a.packet(
          { _source: evil.a.own(''), _target: `psyc://a.example/@live#_stream_none${at}`, _tag: 't' },
          '_request_context_enter',
        )
    },
  },
  ...['psyc://b.example/', 'psyc://evil.example/', 'psyc://c.example/', 'psyc://nowhere.example/', 'x'].map(
    (parent): Lie => ({
      what: `to those who ask for its stream that ${parent} feeds them, in circles`,
      tell: ({ evil, three: { b, network } }) => {
        const context = publish(evil.a)
        const viewer = new Viewer(b, 'x')
        expect(evil.b.count('_request_context_enter')).toBe(1)
        for (let second = 0; second < 30; second++) {
          const tag = evil.b.lastTag
          evil.b.packet(
            { _source: context, _target: 'psyc://b.example/', _tag_relay: tag },
            '_status_context_route',
            {
              _uniform_parent: parent,
              _token_route: String(second).padStart(16, '0'),
              _amount_depth: '1',
            },
          )
          network.wait(1_000)
        }
        expect(evil.b.count('_request_context_enter')).toBeLessThan(100)
        expect(viewer.frames()).toEqual([])
      },
    }),
  ),
  {
    what: 'to those who ask for its stream what is no media, and ever more of it',
    tell: ({ evil, three: { b } }) => {
      const context = publish(evil.a)
      const viewer = new Viewer(b, 'x')
      const to = { _context: context, _target: 'psyc://b.example/', _counter: '0' }
      evil.b.packet(
        { _source: context, _target: 'psyc://b.example/', _tag_relay: evil.b.lastTag },
        '_echo_context_enter',
        { _token_route: '0123456789abcdef' },
      )
      evil.b.packet(to, '_status_state', {
        [RESET]: '',
        '=_token_run': '0123456789abcdef',
        '=_amount_version': '1',
      })
      for (let at = 1; at < 60; at++)
        evil.b.packet({ _context: context, _counter: String(at) }, '_data_flv', {}, 'x'.repeat(200_000))
      for (const counter of ['1', '0', '-1', 'many', '999999999999999', '9'.repeat(50)])
        evil.b.packet({ _context: context, _counter: counter }, '_data_flv', {}, '\u0009\u0000')
      expect(viewer.frames()).toEqual([])
      expect(evil.b.isOpen).toBe(true)
    },
  },
  {
    what: 'that ever more streams are its own',
    tell: ({ evil, three: { a } }) => {
      const eve = { _source: evil.a.own('~eve'), _target: PLACE }
      evil.a.packet({ ...eve, _tag: 'in' }, '_request_context_enter', { _nick: 'eve' })
      for (let at = 0; at < 3_000; at++)
        evil.a.packet({ ...eve, _tag: 'pub' }, '_request_stream_publish', {
          _name_stream: `x${at}`,
          _uniform_stream: `${evil.a.own('@live')}#_stream_x${at}`,
        })
      const publisher = a.flash({ app: 'live', args: ['other'] })
      publisher.publish('mine')
      expect(publisher.take('status')).toEqual(['status 1 NetStream.Publish.Start'])
    },
  },
]

describe.each(lies)('a node claims $what', ({ app, tell }) => {
  test('it is refused, logged once, and who watches notices nothing', () => {
    const scene = new Scene(app)
    tell(scene)
    scene.expectHonest()
    scene.three.network.wait(10_000)
    scene.expectHonest()
    expect(Math.max(0, ...scene.complaints)).toBeLessThanOrEqual(1)
  })
})
