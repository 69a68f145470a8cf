/** librtmp: typed connect arguments, calls that are answered by the server, by a PSYC entity, and by nobody. */
import { LibrtmpBuild } from './support/clients.js'
import type { LibrtmpClient } from './support/clients.js'
import { describeWith, stopPrograms } from './support/program.js'
import { PsycSocket } from './support/psyc-socket.js'
import type { Syntax } from './support/psyc-socket.js'
import { freePort, startServer } from './support/server.js'
import type { Server } from './support/server.js'

jest.setTimeout(60_000)

describeWith(['cc'], 'librtmp', () => {
  let build: LibrtmpBuild
  let server: Server

  beforeAll(async () => {
    build = await LibrtmpBuild.make()
    const psycPort = await freePort()
    const handled = { handler: `psyc://localhost:${psycPort}/~bot` }
    server = await startServer({ apps: { handled } }, psycPort)
  })

  afterAll(async () => {
    await server.stop()
    await stopPrograms()
    await build.remove()
  })

  const connect = (app: string, ...args: readonly string[]): Promise<LibrtmpClient> =>
    build.connect(server.rtmpUrl(app), ...args)

  it.each([
    ['the first string', ['S:anna', 'N:7'], 'anna'],
    ['the first string after other types', ['N:7', 'B:1', 'S:berta', 'S:password'], 'berta'],
    ['a member of the first object', ['O:1', 'NS:username:clara', 'NN:age:7', 'O:0', 'N:1'], 'clara'],
    ['what the query says', ['S:not-me'], 'dora'],
  ])('takes %s among the connect arguments for the nick', async (_title, args, nick) => {
    const client = await connect(nick === 'dora' ? 'plain?user=dora' : 'plain', ...args)
    expect(await client.result('members')).toContainEqual({ nick, uniform: `${server.root}~${nick}` })
    await client.close()
  })

  it.each([
    ['S:grüße', 'grüße'],
    ['N:-2.5', -2.5],
    ['N:9007199254740993', 9007199254740992],
    ['B:1', true],
    ['Z:', null],
  ])('has %s echoed', async (sent, answered) => {
    const client = await connect('plain', 'S:echo')
    expect(await client.result('echo', sent)).toEqual(answered)
    await client.close()
  })

  it('has an object echoed with its members in order', async () => {
    const client = await connect('plain', 'S:echo')
    const object = ['O:1', 'NS:b:text', 'NN:a:1', 'NO:c:1', 'NB:d:0', 'O:0', 'O:0']
    const answer = await client.result('echo', ...object)
    expect(JSON.stringify(answer)).toBe('{"b":"text","a":1,"c":{"d":false}}')
    await client.close()
  })

  it('is told that a method is unknown', async () => {
    const client = await connect('plain', 'S:anna')
    const { name, values } = await client.call('no.such/method', 'N:1')
    expect(name).toBe('_error')
    expect(values[1]).toMatchObject({
      level: 'error',
      code: 'NetConnection.Call.Failed',
      description: 'Method not found (no.such/method).',
    })
    await client.close()
  })

  it('gets calls of others, and its answers are taken', async () => {
    const [anna, berta] = [await connect('plain/calls', 'S:anna'), await connect('plain/calls', 'S:berta')]
    await berta.result('members')
    expect(await anna.result('sendTo', 'S:berta', 'S:onHint', 'S:psst', 'N:3')).toBe(true)
    await berta.called('onHint', 'psst', 3)
    expect(await anna.result('broadcast', 'S:onGreet', 'S:anna')).toBe(2)
    await Promise.all([anna.called('onGreet', 'anna'), berta.called('onGreet', 'anna')])
    await Promise.all([anna.close(), berta.close()])
  })

  it.each(['1.0', '0.9'] as Syntax[])(
    'is answered by a PSYC %s entity that handles the calls of its app',
    async (syntax) => {
      const bot = await startBot(server, syntax)
      const client = await connect('handled', 'S:anna')
      expect(await client.result('Greeter.greet', 'S:world', 'N:7')).toBe('hello')
      expect(bot.asked()).toEqual([{ name: 'Greeter.greet', caller: `${server.root}~anna` }])

      const { name, values } = await client.call('refuse.me')
      expect(name).toBe('_error')
      expect(values[1]).toMatchObject({ level: 'error', code: 'NetConnection.Call.Failed' })
      await client.close()
      bot.close()
    },
  )
})

interface Bot {
  /** Calls so far. */
  asked(): { name: string; caller: string }[]
  close(): void
}

/** The person ~bot, a program on a raw socket: answers every call with "hello", but refuses "refuse.me". */
async function startBot(server: Server, syntax: Syntax): Promise<Bot> {
  const asked: { name: string; caller: string }[] = []
  const socket = await PsycSocket.open(server.ports.psyc, syntax, server.root)
  await socket.link('bot')
  socket.packets.each((packet) => {
    if (packet.method !== '_request_invoke') return
    const {
      _name_invoke: name = '',
      _source_relay: caller = '',
      _source: source = '',
      _tag: tag = '',
    } = packet.vars
    const routing = { _source: socket.uniform, _target: source, _tag_relay: tag }
    if (name === 'refuse.me') {
      socket.send(routing, {}, '_error_rejected_invoke', 'No.')
      return
    }
    asked.push({ name, caller })
    // 0.9 has a line for each element and no types; what has none is text.
    const result = syntax === '1.0' ? '|=_text:5 hello' : 'hello'
    socket.send(routing, { _list_result: result }, '_echo_invoke')
  })
  return { asked: () => asked, close: () => socket.close() }
}
