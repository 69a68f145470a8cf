/** A whole evening: Flash clients of both encodings, an encoder, PSYC clients of both syntaxes; then nothing is left. */
import { TestWorld, nothingLeft } from '../support/world.js'
import type { WorldFlash } from '../support/world-flash.js'

const AVC = Uint8Array.of(0x17, 0, 0, 0, 0)

test('everybody meets, each in its own way, and leaves without a trace', () => {
  const world = new TestWorld()
  const [ann, bob] = ([0, 3] as const).map((objectEncoding) =>
    world.flash({ args: [objectEncoding === 0 ? 'Ann' : 'Bob'], objectEncoding }),
  ) as [WorldFlash, WorldFlash]
  const joe = world.psyc('1.0').link('joe').enter('@chat-lobby', 'joe')
  const toni = world.psyc('0.9').link('toni').enter('@chat-lobby', 'toni')
  const obs = world.flash({ flashVersion: 'FMLE/3.0' })

  for (const client of [ann, bob]) client.use('users').use('board')
  ann.set('board', 'line', 'straight')
  const id = obs.publish('cam')
  bob.play('cam')
  obs.send({ type: 9, timestamp: 0, messageStreamId: id, payload: AVC })
  bob.call('sendMessage', 'Grüße')
  joe.packet('@chat-lobby', '_message_public', {}, 'hi all')
  toni.packet('@chat-lobby', '_message_public', {}, 'me too')

  for (const client of [ann, bob])
    expect(client.take('call receiveMessage')).toEqual([
      'call receiveMessage "Bob" "Grüße"',
      'call receiveMessage "joe" "hi all"',
      'call receiveMessage "toni" "me too"',
    ])
  expect(ann.call('broadcast', 'ping', 7)).toBe('result 5') // the encoder hears it, too
  for (const peer of [joe, toni])
    expect(peer.take().flatMap(({ method, body }) => (method.startsWith('_message') ? [body] : []))).toEqual([
      'Grüße',
      'hi all',
      'me too',
    ])
  expect(world.census()).toMatchObject({ persons: 5, members: 5, streams: 1, objects: 2, circuits: 2 })

  obs.breaks()
  ann.breaks()
  joe.breaks()
  bob.close()
  toni.close()
  world.wait(5_000) // objects outlive their last subscriber so long
  expect([world.census(), world.errors]).toEqual([nothingLeft, []])
  world.wait(600_000)
  expect([world.world.places.size, world.time.timers.size]).toEqual([0, 0])
})

test.each([
  ['calling', (client: WorldFlash) => client.session.call('broadcast', ['x', 'y'.repeat(70_000)])],
  [
    'using an object',
    (client: WorldFlash) =>
      client.session.sendSharedObject({
        name: 'users',
        version: 0,
        flags: 0,
        reserved: 0,
        events: [{ kind: 'use' }],
      }),
  ],
  [
    'publishing',
    (client: WorldFlash) => client.session.createStream((id = 0) => client.session.publish(id, 'cam')),
  ],
  [
    'playing',
    (client: WorldFlash) => client.session.createStream((id = 0) => client.session.play(id, 'cam')),
  ],
  ['talking', (client: WorldFlash) => client.session.call('sendMessage', ['bye'])],
  ['tunnelling', (client: WorldFlash) => client.session.call('psyc', ['|\n:_target\tpsyc://gw.ex'])],
])('a client that goes in the middle of %s leaves nothing, whenever that is', (_name, act) => {
  for (let steps = 0; steps < 12; steps++) {
    const world = new TestWorld()
    const ann = world.flash({ args: ['ann'] })
    act(ann)
    for (let step = 0; step < steps; step++) {
      if (step % 2 === 0) ann.exchange()
      else world.turn.end()
    }
    ann.breaks()
    world.wait(5_000)
    expect([steps, world.census(), world.errors]).toEqual([steps, nothingLeft, []])
  }
})

test('one who goes at any moment of connecting leaves nothing', () => {
  for (let steps = 0; steps < 12; steps++) {
    const world = new TestWorld()
    const ann = world.flash({
      args: ['ann'],
      pipelined: (client) => {
        for (let step = 0; step < steps; step++) {
          if (step % 3 < 2) client.exchange()
          else world.turn.end()
        }
        client.isDead = true
        client.server.ended('lost')
      },
    })
    world.settle()
    expect([steps, ann.closed, world.census(), world.errors]).toEqual([steps, undefined, nothingLeft, []])
  }
})
