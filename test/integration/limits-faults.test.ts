/**
 * Faults, one by one: the same story with a connection that breaks at its first operation, its second, and so on until
 * the story is over before it breaks. However it ends, the others are served and nothing of the lost one is left.
 */
import { MessageType } from '../../src/rtmp/wire/message.js'
import { TestWorld, nothingLeft } from '../support/world.js'
import type { WorldFlash } from '../support/world-flash.js'
import type { WorldPsyc } from '../support/world-psyc.js'

const ROOM = '@chat-lobby'
const LONG_MS = 120_000 // every time-out is over by then

/** What happens when we write for the nth time. */
type Break = 'later' | 'within' | 'full'
const breaks: readonly Break[] = ['later', 'within', 'full']

interface Fault {
  readonly world: TestWorld
  /** Counts one operation. @returns whether it is the one that breaks */
  readonly operation: () => boolean
  readonly how: Break
}

const someVideo = (id: number) =>
  ({
    type: MessageType.Video,
    messageStreamId: id,
    timestamp: 0,
    payload: Uint8Array.of(0x17, 1, 0, 0, 0, 1),
  }) as const

/** A Flash client whose connection breaks. */
function brittleFlash({ world, operation, how }: Fault): WorldFlash {
  return world.flash({
    args: ['ann'],
    objectEncoding: 3,
    methods: { ask: (value) => value },
    pipelined: (client) => {
      const sink = client.toClient
      const send = sink.send.bind(sink)
      const lose = (): void => {
        client.isDead = true
        client.server.ended('lost')
      }
      sink.send = (bytes) => {
        send(bytes)
        if (!operation()) return
        if (how === 'full') sink.queued = Number.MAX_SAFE_INTEGER
        else if (how === 'within') lose()
        else world.turn.atEnd(lose)
      }
    },
  })
}

function flashStory(fault: Fault, bob: WorldFlash, carl: WorldPsyc): void {
  const ann = brittleFlash(fault)
  ann.call('members')
  ann.call('echo', 'x'.repeat(1_000))
  ann.call('sendMessage', 'hello')
  ann.call('broadcast', 'boo', 1)
  ann.use('users').set('users', 'ann', 'here')
  bob.set('users', 'bob', 'here too')
  ann.object('users', { kind: 'sendMessage', handler: 'hi', args: [1] })
  ann.call('psyc', '|\n')
  const id = ann.publish('cam')
  bob.play('cam')
  ann.send(someVideo(id))
  ann.play('other')
  bob.publish('other')
  carl.packet('~ann', '_message_private', { _nick: 'carl' }, 'psst')
  bob.call('sendTo', 'ann', 'ask', 7)
  ann.object('users', { kind: 'release' })
  ann.command(id, 'closeStream')
  ann.call('sendPrivate', 'bob', 'bye')
  ann.close()
}

/** A PSYC client whose circuit breaks. */
function brittlePsyc({ world, operation, how }: Fault): WorldPsyc {
  const peer = world.psyc()
  const send = peer.send.bind(peer)
  peer.send = (bytes) => {
    send(bytes)
    if (!operation()) return
    const lose = (): void => peer.circuit.reset()
    if (how === 'full') Object.defineProperty(peer, 'queuedBytes', { value: Number.MAX_SAFE_INTEGER })
    else if (how === 'within') lose()
    else world.turn.atEnd(lose)
  }
  return peer
}

function psycStory(fault: Fault, bob: WorldFlash, carl: WorldPsyc): void {
  const dora = brittlePsyc(fault)
  dora.link('dora').enter(ROOM, 'dora').enter('@chat-other', 'dora')
  dora.packet(ROOM, '_message_public', { _tag: 'm' }, 'hello')
  bob.call('sendMessage', 'hello dora')
  dora.packet(`${ROOM}#_so_users`, '_request_context_enter', { _tag: 'o' })
  bob.set('users', 'bob', 'again')
  dora.packet(`${ROOM}#_so_users`, '_request_change_shared', { _tag: 'c', _dict_change: '{dora} 1' })
  carl.packet('~dora', '_message_private', {}, 'psst')
  bob.call('sendTo', 'dora', 'ask', 7)
  dora.packet(ROOM, '_request_history', { _tag: 'h' })
  dora.packet(ROOM, '_request_context_leave', { _tag: 'l' })
  dora.packet('~dora', '_request_exit')
  dora.close()
}

const stories = { 'a Flash client': flashStory, 'a PSYC client': psycStory }

/** @returns whether the story was over before anything broke */
function run(story: (typeof stories)[keyof typeof stories], how: Break, at: number): boolean {
  const world = new TestWorld()
  const bob = world.flash({ args: ['bob'], objectEncoding: 3 }).use('users')
  const carl = world.psyc().link('carl').enter(ROOM, 'carl')
  let count = 0
  story({ world, how, operation: () => ++count === at }, bob, carl)
  carl.take()
  expect(bob.call('sendMessage', 'still here')).toBe('result undefined')
  expect(carl.take().map(({ body }) => body)).toContain('still here')
  bob.close()
  carl.close()
  world.wait(LONG_MS)
  expect({ at, ...world.census() }).toEqual({ at, ...nothingLeft })
  expect({ at, errors: world.errors }).toEqual({ at, errors: [] })
  return count < at
}

describe.each(Object.entries(stories))('%s', (_who, story) => {
  test.each(breaks)('breaks at every operation: %s', (how) => {
    let at = 1
    while (!run(story, how, at)) at++
    expect(at).toBeGreaterThan(10)
  })
})
