/** Shared objects that the home of a place keeps of itself [design 2.3]. */
import { TestWorld, nothingLeft } from '../../support/world.js'
import type { WorldFlash } from '../../support/world-flash.js'

/** The slots of an object as a client has them by the messages that it got. */
function slots({ objects }: WorldFlash, name = 'users'): Record<string, unknown> {
  const shown = new Map<string, unknown>()
  for (const message of objects) {
    if (message.name !== name) continue
    for (const event of message.events) {
      if (event.kind === 'clear') shown.clear()
      else if (event.kind === 'change') for (const slot of event.slots) shown.set(slot.name, slot.value)
      else if (event.kind === 'remove') for (const gone of event.names) shown.delete(gone)
    }
  }
  return Object.fromEntries([...shown].map(([key, value]) => [key, plain(value)]))
}

function plain(value: unknown): unknown {
  const entries = (value as { entries?: () => Iterable<[string, unknown]> } | null)?.entries
  return typeof entries === 'function' ? Object.fromEntries(entries.call(value)) : value
}

describe('members', () => {
  test('a slot for everybody who is known to be there, from the first use on', () => {
    const world = new TestWorld()
    const ann = world.flash({ args: ['Ann'] })
    const bob = world.psyc().link('bob').enter('@chat-lobby', 'bob')
    world.flash({ args: ['ghost'] })
    ann.use('users')
    expect(ann.objects[0]?.events.map(({ kind }) => kind)).toEqual([
      'useSuccess',
      'clear',
      'change',
      'change',
    ])
    expect(slots(ann)).toEqual({ ann: { name: 'Ann' }, bob: { name: 'bob' } })
    const eve = world.flash({ args: ['eve'] })
    expect(slots(ann)).not.toHaveProperty('eve')
    eve.use('users')
    const all = { ann: { name: 'Ann' }, bob: { name: 'bob' }, eve: { name: 'eve' } }
    expect([slots(ann), slots(eve)]).toEqual([all, all])
    bob.packet('@chat-lobby', '_request_context_leave')
    ann.close()
    expect(slots(eve)).toEqual({ eve: { name: 'eve' } })
  })

  test('remote people by an id that is theirs alone, the components of FMS by their names', () => {
    const world = new TestWorld()
    const ann = world.flash({ args: ['Ann'] })
    world.psyc('1.0', '10.1.1.1').enter('@chat-lobby', 'ann')
    world.psyc('1.0', '10.1.1.1').enter('@chat-lobby', 'ann')
    ann.use('FCPeopleList.main.users')
    expect(slots(ann, 'FCPeopleList.main.users')).toEqual({
      ann: 'Ann',
      '@10.1.1.1:-40000': 'ann@10.1.1.1',
      '@10.1.1.1:-40001': 'ann@10.1.1.1',
    })
  })

  test('not in other objects, nor in a persistent one', () => {
    const world = new TestWorld()
    const ann = world.flash({ args: ['ann'] })
    ann.use('others')
    ann.session.sendSharedObject({
      name: 'users',
      version: 0,
      flags: 2,
      reserved: 0,
      events: [{ kind: 'use' }],
    })
    world.settle()
    expect([slots(ann, 'others'), slots(ann)]).toEqual([{}, {}])
  })

  test('an object that came to an end is filled anew', () => {
    const world = new TestWorld()
    const ann = world.flash({ args: ['ann'] })
    ann.use('users')
    ann.object('users', { kind: 'release' })
    world.wait(5_000)
    world.flash({ args: ['bob'] }).tell('members')
    ann.objects.length = 0
    ann.use('users')
    expect(slots(ann)).toEqual({ ann: { name: 'ann' }, bob: { name: 'bob' } })
  })
})

describe('removeOnLeave', () => {
  function withRule() {
    const world = new TestWorld({
      config: {
        profiles: { p: { objects: { cursors: { removeOnLeave: true } } } },
        apps: { x: { profile: 'p' } },
      },
    })
    const [ann, bob] = ['ann', 'bob'].map((nick) => world.flash({ app: 'x', args: [nick] })) as [
      WorldFlash,
      WorldFlash,
    ]
    return { world, ann, bob }
  }

  test.each(['cursors', 'others'])('%s', (name) => {
    const { world, ann, bob } = withRule()
    for (const client of [ann, bob]) client.use(name)
    ann.set(name, 'a', 1)
    ann.set(name, 'shared', 1)
    bob.set(name, 'shared', 2)
    bob.set(name, 'b', 2)
    ann.breaks()
    expect(slots(bob, name)).toMatchObject({ shared: 2, ...(name === 'others' && { a: 1 }) })
    expect('a' in slots(bob, name)).toBe(name === 'others')
    bob.close()
    world.wait(5_000)
    expect([world.census(), world.errors]).toEqual([nothingLeft, []])
  })
})

test('two apps on one node: one object is one replica, whoever came and went', () => {
  const world = new TestWorld()
  const ann = world.flash({ app: 'x/one', args: ['ann'] })
  world.flash({ app: 'x/two', args: ['eve'] })
  const bob = world.flash({ app: 'x/one', args: ['bob'] })
  for (const client of [ann, bob]) client.use('board')
  ann.object('board', { kind: 'release' })
  bob.set('board', 'a', 1)
  world.psyc().link('joe').enter('@x-one', 'joe')
  ann.use('board')
  ann.set('board', 'b', 2)
  expect(slots(bob, 'board')).toMatchObject({ b: 2 })
})
