/**
 * Nodes that lie [design 3, 4, 5, 11; issue 4]: each lie is refused, written to the log at most once, costs a bounded
 * amount of memory, and honest users of all nodes go on as if nothing had been.
 */
import type { Place } from '../../src/psyc/entity/place.js'
import { parseUniform } from '../../src/psyc/wire/uniform.js'
import { SharedObjects } from '../../src/translate/shared-object.js'
import { Liar, RESET } from '../support/liar.js'
import { TestNetwork } from '../support/network.js'
import { PlayerModel, encodeTicket } from '../support/player-model.js'
import type { WorldFlash } from '../support/world-flash.js'
import type { WorldPsyc } from '../support/world-psyc.js'
import type { TestWorld } from '../support/world.js'

const PLACE = 'psyc://a.example/@chat-lobby'
const BOARD = `${PLACE}#_so_board`
const DROPPED = 'casts for nobody here are dropped'

/** Ann by Flash at the place's home, Bob by PSYC on another node in the same room, and an object that both use. */
class Scene {
  readonly network = new TestNetwork()
  readonly a: TestWorld
  readonly b: TestWorld
  readonly ann: WorldFlash
  readonly bob: WorldPsyc
  readonly annsBoard: PlayerModel
  readonly bobsBoard: PlayerModel
  readonly evil: Liar
  private readonly boards: (readonly [PlayerModel, SharedObjects])[]
  private rounds = 0
  private ports = 50_000

  constructor(limits: Readonly<Record<string, number>> = {}) {
    const { network } = this
    this.a = network.add('a.example', { config: { limits } })
    this.b = network.add('b.example', { config: { limits } })
    network.strangers.set('evil.example', '127.6.6.6')
    network.strangers.set('c.example', '127.0.7.7')
    this.ann = this.a.flash({ args: ['Ann'], objectEncoding: 3 })
    this.ann.tell('members')
    this.bob = this.b.psyc().link('bob')
    this.bob.write(`:_target␉${PLACE}\n:_tag␉in\n\n:_nick␉bob\n_request_context_enter\n|\n`)
    const annsBoard = this.board(this.a, '~ann')
    const bobsBoard = this.board(this.b, '~bob')
    this.boards = [annsBoard, bobsBoard]
    this.annsBoard = annsBoard[0]
    this.bobsBoard = bobsBoard[0]
    this.move()
    this.ann.take()
    this.bob.take()
    this.evil = this.liar()
    this.evil.take()
  }

  /** One more connection of the liar, to a. */
  liar(greeting?: string, world = this.a): Liar {
    return new Liar(world, 'evil.example', '127.6.6.6', this.ports++, { greeting })
  }

  private board({ world }: TestWorld, person: string, at = PLACE): readonly [PlayerModel, SharedObjects] {
    const { node } = world
    const place = parseUniform(at)
    const objects = new SharedObjects({ node, turn: this.network.turn, place, encode: encodeTicket })
    const player = new PlayerModel(node.uniformText(person), 'board')
    player.use()
    return [player, objects]
  }

  /** Somebody at a who uses an object whose home is the liar's. */
  victim(): PlayerModel {
    const [player, objects] = this.board(this.a, '~ann', this.evil.own('@room'))
    this.boards.push([player, objects])
    this.move()
    return player
  }

  /** Carry everything between players and their nodes. */
  move(): void {
    for (let isMoving = true; isMoving;) {
      isMoving = false
      for (const [player, objects] of this.boards) {
        const message = player.up.shift()
        if (message !== undefined) objects.handle(player, message)
        this.network.settle()
        isMoving ||= message !== undefined || player.receiveAll().length > 0
      }
    }
  }

  /** The honest talk and write. */
  expectHonest(): void {
    const word = `round ${++this.rounds}`
    this.ann.take()
    this.bob.take()
    expect(this.ann.call('sendMessage', word)).toBe('result undefined')
    expect(this.bob.take().filter(({ method }) => method === '_message_public')).toMatchObject([
      { body: word },
    ])
    this.annsBoard.set(['ann', word])
    this.bobsBoard.set(['bob', word])
    this.move()
    const expected = expect.objectContaining({ ann: word, bob: word }) as unknown
    expect(Object.fromEntries(this.annsBoard.slots)).toEqual(expected)
    expect(Object.fromEntries(this.bobsBoard.slots)).toEqual(Object.fromEntries(this.annsBoard.slots))
    expect([...this.a.errors, ...this.b.errors]).toEqual([])
  }

  /** Log lines about the liar. */
  get complaints(): string[] {
    return this.a.logged
      .filter(({ level, fields }) => level !== 'debug' && /127\.6\.6\.6|evil/.test(JSON.stringify(fields)))
      .map(({ message }) => message)
  }
}

interface Lie {
  readonly what: string
  readonly limits?: Readonly<Record<string, number>>
  tell(scene: Scene): void
  /** How the circuit it was told on is afterwards. */
  readonly end: 'closed' | 'open'
  /** What the liar is answered, among other things. */
  readonly answer?: string
  /** Lines of the log, each once; none by default. */
  readonly logged?: readonly string[]
  check?(scene: Scene): void
}

/** An object at the liar's, which somebody at a has entered and believes. */
class Trap {
  readonly object: string
  private readonly routing: Record<string, string>

  constructor(readonly evil: Liar) {
    this.object = `${evil.own('@room')}#_so_board`
    this.routing = { _context: this.object, _target: 'psyc://a.example/', _counter: '1' }
  }

  letIn(): void {
    const { evil } = this
    evil.packet(
      { _source: this.object, _target: 'psyc://a.example/', _tag_relay: evil.lastTag },
      '_echo_context_enter',
    )
    this.reset()
    evil.packet(this.routing, '_status_state', { '=_dict_slots': '{1 a}=_text:1 a' })
  }

  /** A full state begins. */
  reset(): void {
    this.part({ [RESET]: '', '=_token_run': '0123456789abcdef' })
  }

  /** One more part of it. */
  part(vars: Record<string, string>): void {
    this.evil.packet(this.routing, '', vars)
  }

  /** Two states of so many parts, since the first that is too big is asked for once more. */
  twoStates(parts: number, vars: (at: number) => Record<string, string>): void {
    for (let state = 0; state < 2; state++) {
      this.reset()
      for (let at = 0; at < parts; at++) this.part(vars(at))
    }
  }

  change(counter: string, update: string): void {
    this.evil.packet({ _context: this.object, _counter: counter }, '_notice_change_shared', {
      '@_dict_slots': update,
    })
  }
}

/** A lie to those who have entered something of the liar's own. */
function master(
  what: string,
  tell: (trap: Trap) => void,
  { logged, trusted }: { readonly logged: readonly string[]; readonly trusted: 'alive' | 'given up' },
): Lie {
  return {
    what: `to its own members ${what}`,
    end: 'open',
    logged,
    tell: (scene) => {
      const trap = new Trap(scene.evil)
      const player = scene.victim()
      trap.letIn()
      scene.move()
      expect([...player.slots]).toEqual([['a', 'a']])
      scene.evil.take()
      tell(trap)
      scene.move()
      expect(player.statuses).toEqual(trusted === 'alive' ? [] : ['SharedObject.ObjectCreationFailed'])
    },
  }
}

function placeAt({ world }: TestWorld): Place | undefined {
  return world.places.find(parseUniform(PLACE))
}

const message = (scene: Scene, routing: Record<string, string>): void =>
  scene.evil.packet(routing, '_message_public', { _nick: 'ann' }, 'lies')

const lies: readonly Lie[] = [
  // hosts
  {
    what: 'a source on another node',
    tell: (scene) => message(scene, { _source: 'psyc://b.example/~bob', _target: PLACE }),
    end: 'closed',
    answer: '_error_rejected_relay_incoming',
    logged: ['circuit refused'],
  },
  {
    what: 'a source at another port of its own host',
    tell: (scene) => message(scene, { _source: 'psyc://evil.example:4405/~bob', _target: PLACE }),
    end: 'closed',
    answer: '_error_rejected_relay_incoming',
    logged: ['circuit refused'],
  },
  {
    what: 'the context of somebody else',
    tell: (scene) =>
      scene.evil.packet({ _context: BOARD.replace('a.', 'b.'), _counter: '7' }, '_notice_clear_shared'),
    end: 'closed',
    answer: '_error_rejected_relay_incoming',
    logged: ['circuit refused'],
  },
  {
    what: 'the context of the place it talks to',
    tell: (scene) => scene.evil.packet({ _context: BOARD, _counter: '7' }, '_notice_clear_shared'),
    end: 'closed',
    answer: '_error_rejected_relay_incoming',
    logged: ['circuit refused'],
  },
  {
    what: 'a greeting as another node',
    tell: (scene) => {
      const liar = scene.liar('psyc://b.example/')
      expect([liar.isOpen, liar.take()]).toEqual([
        false,
        expect.arrayContaining(['_error_rejected_relay_incoming']),
      ])
    },
    end: 'open',
    logged: ['circuit refused'],
  },
  {
    what: 'a greeting as us, and as the far end of somebody else, again and again',
    tell: (scene) => {
      for (let at = 0; at < 50; at++) {
        for (const name of ['psyc://a.example/', 'psyc://127.0.0.1:-40000/', 'psyc://nowhere.example/'])
          expect(scene.liar(name).isOpen).toBe(false)
      }
    },
    end: 'open',
    logged: ['circuit refused'],
  },
  {
    what: 'an identity on another node',
    tell: (scene) =>
      message(scene, {
        _source: 'psyc://evil.example/~eve',
        _source_identification: 'psyc://b.example/~bob',
        _target: PLACE,
      }),
    end: 'open',
    logged: ['an identity that nobody has checked'],
    answer: '_error_necessary_membership',
  },
  {
    what: 'words of somebody who did not say them',
    tell: (scene) => {
      const { bob, b } = scene
      const liar = scene.liar(undefined, b)
      for (const method of ['_message_private', '_notice_invoke', '_request_invoke'])
        liar.packet(
          {
            _source: liar.own('@room'),
            _source_relay: 'psyc://a.example/~ann',
            _target: 'psyc://b.example/~bob',
          },
          method,
          { _nick: 'ann', _name_invoke: 'echo' },
          'lies',
        )
      const speakers = bob.take().map(({ vars }) => vars['_source_relay'])
      expect(speakers).toEqual([liar.own('@room'), liar.own('@room'), liar.own('@room')])
      expect(b.logged.filter(({ message }) => message === 'nobody vouches for words passed on')).toHaveLength(
        1,
      )
    },
    end: 'open',
  },
  // counters
  {
    what: 'counters of its own context that go back, stand still, leap, and are none',
    tell: (scene) => {
      const room = `${scene.evil.own('@room')}#_so_board`
      for (const counter of ['1', '1', '0', '999999999999999', '2', '-1', 'many', '', '9'.repeat(60)])
        scene.evil.packet({ _context: room, _counter: counter }, '_notice_change_shared', {
          '@_dict_slots': '{1 a} =_text:1 b',
        })
    },
    end: 'open',
    logged: [DROPPED],
  },
  // what nobody asked for
  {
    what: 'media that nobody asked for',
    tell: (scene) => {
      for (let at = 0; at < 500; at++)
        scene.evil.packet(
          { _context: `${scene.evil.own('@room')}#_stream_s${at}`, _counter: '1' },
          '_data_flv',
          {},
          'x'.repeat(1_000),
        )
    },
    end: 'open',
    logged: [DROPPED],
    check: ({ a }) => expect(a.world.hub.size).toBe(0),
  },
  {
    what: 'answers that somebody else was asked for',
    tell: ({ a, evil }) => {
      // Suppose it has learnt the tag of a request that went to another node.
      const { node } = a.world
      const tag = jest.spyOn(node, 'token').mockReturnValue('0123456789abcdef')
      const answers: (string | undefined)[] = []
      const routing = { _target: 'psyc://c.example/@room' }
      node.request(routing, '_request_context_enter', {}, 5_000, (answer) => answers.push(answer?.source))
      tag.mockRestore()
      for (const method of ['_echo_context_enter', '_failure_unsuccessful_delivery', '_error_unknown'])
        evil.packet(
          { _source: evil.own(''), _target: 'psyc://a.example/', _tag_relay: '0123456789abcdef' },
          method,
        )
      a.wait(6_000)
      expect(answers).not.toContain(evil.own(''))
      expect(answers).toHaveLength(1)
    },
    end: 'open',
    logged: ['an answer of who was not asked'],
  },
  {
    what: 'that it belongs to the room',
    tell: (scene) => {
      for (const method of ['_request_change_shared', '_request_clear_shared', '_notice_invoke'])
        scene.evil.packet({ _source: scene.evil.own('~eve'), _target: BOARD, _tag: 't' }, method, {
          _dict_change: '{3 ann}=_text:3 bad',
        })
    },
    end: 'open',
    logged: ['a stranger may not write'],
    answer: '_error_necessary_membership',
  },
  {
    what: 'streams at uniforms of others, in the room',
    tell: ({ evil }) => {
      evil.packet({ _source: evil.own('~eve'), _target: PLACE, _tag: 'in' }, '_request_context_enter', {
        _nick: 'eve',
      })
      for (const uniform of [
        'psyc://a.example/@chat-lobby#_stream_x',
        'psyc://b.example/@chat-lobby#_stream_x',
        PLACE,
        'x',
      ])
        evil.packet({ _source: evil.own('~eve'), _target: PLACE, _tag: 's' }, '_request_stream_publish', {
          _name_stream: 'x',
          _uniform_stream: uniform,
        })
    },
    end: 'open',
    answer: '_error_illegal_uniform_stream',
    check: ({ a }) => expect(placeAt(a)?.streams.size).toBe(0),
  },
  {
    what: 'that others have left the room, or cannot be reached',
    tell: ({ evil }) => {
      evil.packet({ _source: evil.own('~eve'), _target: PLACE, _tag: 'in' }, '_request_context_enter', {
        _nick: 'eve',
      })
      for (const method of [
        '_request_context_leave',
        '_notice_context_leave',
        '_failure_unsuccessful_delivery',
        '_error_x',
      ]) {
        for (const target of [PLACE, BOARD])
          evil.packet(
            { _source: evil.own(''), _source_relay: 'psyc://b.example/~bob', _target: target },
            method,
            {
              _uniform: 'psyc://b.example/',
            },
          )
      }
    },
    end: 'open',
  },

  // masters
  master(
    'that casts count back, stand still, leap, and are not counted at all',
    (trap) => {
      for (const counter of ['1', '1', '0', '999999999999999', '2', '-1', 'many', '', '9'.repeat(60)])
        trap.change(counter, `{1 a} =_text:1 ${counter.slice(0, 1) || 'x'}`)
      // Once it has lost count, one question is enough until there is an answer.
      expect(trap.evil.count('?')).toBe(1)
      expect(trap.evil.world.logged.map(({ fields }) => fields['code'])).toContain('PSYC_COUNTER')
    },
    { logged: ['a packet of a context is malformed'], trusted: 'alive' },
  ),
  master('that its state has no end', (trap) => trap.twoStates(100, () => ({ '=_x': 'x'.repeat(60_000) })), {
    logged: ['the state is too big', DROPPED],
    trusted: 'given up',
  }),
  master(
    'that its state is a hundred times what anybody may have',
    (trap) => trap.twoStates(100, (at) => ({ [`=_x${at}`]: 'x'.repeat(60_000) })),
    { logged: ['the state is too big', DROPPED], trusted: 'given up' },
  ),
  master(
    'that its state has ten thousand slots more than anybody may have',
    (trap) => {
      const slot = (at: number): string => `{7 ${at}}=_flag:1 1`
      const slots = (part: number): string =>
        Array.from({ length: 1_000 }, (_, at) => slot(1_000_000 + part * 1_000 + at)).join('')
      trap.twoStates(30, (part) => ({ '+_dict_slots': slots(part) }))
    },
    { logged: ['the state is too big', DROPPED], trusted: 'given up' },
  ),
  master(
    'that slots hold what is no value',
    (trap) => {
      for (let at = 2; at < 200; at++) trap.change(String(at), '{1 a} =_list:7 {{{{{{{')
    },
    { logged: ['a slot of a shared object has no AMF value'], trusted: 'alive' },
  ),
  master(
    'that its casts are what nobody can read',
    (trap) => {
      for (let at = 2; at < 200; at++) trap.change(String(at), '{{{')
      expect(trap.evil.count('?')).toBe(1)
    },
    { logged: ['a packet of a context is malformed'], trusted: 'alive' },
  ),

  // floods
  {
    what: 'ever more packets',
    limits: { psycNodePacketsPerSecond: 500 },
    tell: ({ evil, network }) => {
      const one = evil.text(
        { _source: evil.own('~eve'), _target: PLACE },
        '_message_public',
        { _nick: 'eve' },
        'x',
      )
      evil.flood(Array.from({ length: 5_000 }, () => one))
      const before = evil.unreadBytes
      network.wait(1_000)
      const inOneSecond = (before - evil.unreadBytes) / one.length
      expect(inOneSecond).toBeGreaterThan(200)
      expect(inOneSecond).toBeLessThan(1_000)
    },
    end: 'open',
    check: ({ evil }) => expect(evil.unreadBytes).toBeGreaterThan(0),
  },
  {
    what: 'ever more members of the room',
    limits: { placeMembers: 40, placeMembersPerNode: 20 },
    tell: ({ evil }) => {
      for (let at = 0; at < 100; at++)
        evil.packet(
          { _source: evil.own(`~eve${at}`), _target: PLACE, _tag: 'in' },
          '_request_context_enter',
          { _nick: `eve${at}` },
        )
    },
    end: 'open',
    logged: ['no room for one more'],
    answer: '_failure_exceeded_limit_place',
    check: ({ a }) => {
      expect(placeAt(a)?.members.size).toBeLessThan(30)
      expect(a.flash({ args: ['carl'] }).outcome).toBe('result NetConnection.Connect.Success')
    },
  },
  {
    what: 'ever more rooms',
    limits: { places: 100, placesPerNode: 20, placesPerPerson: 20 },
    tell: ({ evil }) => {
      for (let at = 0; at < 200; at++)
        evil.packet(
          { _source: evil.own('~eve'), _target: `psyc://a.example/@chat-r${at}`, _tag: 'in' },
          '_request_context_enter',
          { _nick: 'eve' },
        )
    },
    end: 'open',
    logged: ['no room for one more'],
    answer: '_failure_exceeded_limit_place',
    check: ({ a }) => {
      expect([...a.world.places.all()].filter(({ members }) => members.size > 0)).toHaveLength(21)
      expect(a.flash({ app: 'chat/other', args: ['carl'] }).outcome).toBe(
        'result NetConnection.Connect.Success',
      )
    },
  },
  {
    what: 'ever more objects of the room',
    limits: { objectsPerPlace: 40, objectsPerNode: 20 },
    tell: ({ evil }) => {
      for (let at = 0; at < 100; at++)
        evil.packet(
          { _source: evil.own(''), _target: `${PLACE}#_so_x${at}`, _tag: 'in' },
          '_request_context_enter',
        )
    },
    end: 'open',
    logged: ['no room for one more object'],
    answer: '_failure_exceeded_limit_objects',
    check: ({ ann }) => expect(ann.use('mine').take('so')).toEqual(['so mine useSuccess', 'so mine clear']),
  },
  {
    what: 'ever more members of an object',
    limits: { placeMembers: 20 },
    tell: ({ evil }) => {
      for (let at = 0; at < 100; at++)
        evil.packet({ _source: evil.own(`~eve${at}`), _target: BOARD, _tag: 'in' }, '_request_context_enter')
    },
    end: 'open',
    answer: '_failure_exceeded_limit_members',
  },
  {
    what: 'that the others of its node have left the object',
    tell: (scene) => {
      const { b } = scene
      // A user of an honest node, over that node's circuit: what he may say, he may say.
      const eve = b.psyc().link('eve')
      for (const method of ['_request_context_leave', '_notice_context_leave'])
        eve.write(`:_target␉${BOARD}\n\n${method}\n|\n`)
    },
    end: 'open',
  },
  {
    what: 'tags that are longer than anybody remembers',
    tell: ({ evil }) => {
      for (let at = 0; at < 100; at++)
        evil.packet(
          { _source: evil.own('~eve'), _target: 'psyc://a.example/~ann', _tag: 'x'.repeat(10_000) },
          '_request_invoke',
        )
    },
    end: 'open',
    logged: ['faulty packets are dropped'],
    answer: '_error_exceeded_limit_tag',
  },
  {
    what: 'ever more names, and tags',
    tell: ({ evil }) => {
      for (let at = 0; at < 3_000; at++)
        evil.packet(
          { _source: evil.own(`~eve${at}`), _target: 'psyc://a.example/~ann', _tag: `t${at}` },
          '_request_invoke',
          {
            _name_invoke: 'echo',
          },
        )
    },
    end: 'open',
  },
  {
    what: 'more words than somebody reads',
    limits: { strangerQueueBytes: 20_000 },
    tell: ({ evil, ann }) => {
      ann.toClient.queued = 15_000
      const words = { _source: evil.own('~eve'), _target: 'psyc://a.example/~ann', _tag: 't' }
      evil.packet(words, '_message_private', { _nick: 'eve' }, 'short')
      for (const method of ['_message_private', '_request_invoke', '_notice_invoke'])
        evil.packet(words, method, { _nick: 'eve', _name_invoke: 'echo' }, 'long'.repeat(2_000))
    },
    end: 'open',
    answer: '_failure_exceeded_limit_queue',
    logged: ['more words than the person can take'],
    check: ({ ann }) => {
      const heard = ann.take('call').join()
      expect([heard.includes('short'), heard.includes('long')]).toEqual([true, false])
      ann.toClient.queued = 0
    },
  },
  {
    what: 'a name that fills the line',
    tell: ({ evil }) =>
      evil.packet({ _source: evil.own(`~${'e'.repeat(60_000)}`), _target: PLACE }, '_message_public'),
    end: 'closed',
    answer: '_error_invalid_uniform',
    logged: ['circuit refused'],
  },
  {
    what: 'ever more modules, questions and errors',
    tell: ({ evil }) => {
      for (let at = 0; at < 300; at++) {
        evil.packet({}, '_request_features', { _list_understand_modules: `| _m${at}`, _tag: 't' })
        evil.packet({}, `_error_made_up_${at}`)
        evil.packet({ _source: evil.own(''), _target: 'psyc://a.example/' }, '_request_list_item')
      }
    },
    end: 'open',
    logged: ['the peer says'],
  },
  {
    what: 'persons of ours, one after another',
    tell: ({ evil }) => {
      for (let at = 0; at < 100; at++)
        evil.packet({ _source: evil.own(''), _target: `psyc://a.example/~mine${at}` }, '_request_link')
    },
    end: 'open',
    check: ({ a }) => expect(a.world.persons.size).toBeLessThan(20),
  },
]

describe.each(lies)('a node claims $what', (lie) => {
  test('it is refused, logged once, and nobody else notices', () => {
    const scene = new Scene(lie.limits)
    scene.expectHonest()
    scene.ann.take()
    lie.tell(scene)
    expect(scene.evil.isOpen ? 'open' : 'closed').toBe(lie.end)
    if (lie.answer !== undefined) expect(scene.evil.take()).toContain(lie.answer)
    lie.check?.(scene)
    scene.expectHonest()
    scene.network.wait(10_000)
    scene.expectHonest()
    expect(scene.complaints).toEqual(lie.logged ?? [])
  })
})
