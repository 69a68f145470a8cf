/** PSYC circuits tunnelled in RTMP [design 2]. */
import type { AmfValue } from '../../../src/amf/value.js'
import { decodeUtf8, encodeUtf8 } from '../../../src/util/utf8.js'
import { TestWorld, nothingLeft } from '../../support/world.js'
import type { WorldFlash } from '../../support/world-flash.js'

const bytes = (text: string): string => text.replaceAll('␉', '\t')

/** A client that keeps what comes by the tunnel. */
function withTunnel(objectEncoding: 0 | 3, world = new TestWorld()) {
  const parts: AmfValue[] = []
  const methods = {
    psyc: (part: AmfValue): AmfValue => {
      parts.push(part)
      return undefined
    },
  }
  const ann = world.flash({ app: 'x', args: ['ann'], objectEncoding, methods })
  const say = (text: string): string => {
    const packet = bytes(text)
    return ann.call('psyc', objectEncoding === 3 ? encodeUtf8(packet) : packet)
  }
  const take = (): string =>
    parts
      .splice(0)
      .map((part) => (part instanceof Uint8Array ? decodeUtf8(part) : (part as string)))
      .join('')
  return { world, ann, say, take, parts }
}

describe.each([0, 3] as const)('object encoding %d', (objectEncoding) => {
  test('is a circuit of the person: greeting, requests, casts', () => {
    const { world, say, take, parts } = withTunnel(objectEncoding)
    expect(say('|\n')).toBe('result undefined')
    expect(parts[0] instanceof Uint8Array).toBe(objectEncoding === 3)
    expect(take()).toMatch(/^\|\n/)
    say(':_target␉psyc://gw.example/@dev\n:_tag␉1\n\n:_nick␉ann\n_request_context_enter\n|\n')
    expect(take()).toContain('_echo_context_enter')
    const bob = world.psyc().link('bob').enter('@dev', 'bob')
    take()
    bob.packet('@dev', '_message_public', {}, 'hi ü')
    expect(take()).toContain('_message_public\nhi ü\n')
    say(':_target␉psyc://gw.example/@dev\n\n_message_public\nhello\n|\n')
    expect(bob.take().find(({ body }) => body === 'hello')?.vars['_source_relay']).toBe(
      'psyc://gw.example/~ann',
    )
  })

  test('in pieces, and in 0.9', () => {
    const { say, take } = withTunnel(objectEncoding)
    for (const piece of ['.', '\n:_target␉psyc://gw.', 'example/\n\n_request_ver', 'sion\n.\n']) say(piece)
    expect(take()).toContain('_status_version')
  })

  test('ends with the connection', () => {
    const { world, ann, say } = withTunnel(objectEncoding)
    say('|\n')
    say(':_target␉psyc://gw.example/@dev\n:_tag␉1\n\n:_nick␉ann\n_request_context_enter\n|\n')
    expect(world.census()).toMatchObject({ circuits: 1, members: 2 })
    ann.breaks()
    expect([world.census(), world.errors]).toEqual([nothingLeft, []])
  })
})

test('nobody else is spoken for', () => {
  const { world, say, take } = withTunnel(0)
  world.psyc().link('bob')
  say('|\n')
  take()
  say(':_source␉psyc://gw.example/~bob\n:_target␉psyc://gw.example/@dev\n\n_message_public\nhi\n|\n')
  expect(take()).toContain('_error_rejected_relay_incoming')
})

test('after an error that ends the circuit the next bytes begin a new one; the client stays', () => {
  const { ann, say, take } = withTunnel(0)
  expect(say('GET / HTTP/1.0\n')).toBe('result undefined')
  expect(take()).toContain('_error_syntax_initialization')
  expect(ann.call('echo', 1)).toBe('result 1')
  say('|\n:_target␉psyc://gw.example/\n\n_request_version\n|\n')
  expect(take()).toContain('_status_version')
})

test.each([[undefined], [7], [null]])('the command with %p is a call like any other', (argument) => {
  const { ann } = withTunnel(0)
  expect(ann.call('psyc', argument)).toBe('error NetConnection.Call.Failed: Method not found (psyc).')
})

test('two clients of one address have circuits of their own', () => {
  const one = withTunnel(0)
  one.say('|\n')
  const eve = one.world.flash({ app: 'x', args: ['eve'] })
  eve.call('psyc', '|\n')
  expect(one.world.world.node.circuits).toHaveLength(2)
  for (const client of [one.ann, eve] as WorldFlash[]) client.close()
  expect(one.world.census()).toEqual(nothingLeft)
})
