/**
 * A node bridged to a psyced, over sockets: npm's rtmp-client on one side, people at telnet prompts on the other. The psyced
 * is the double that was tested against transcripts of a real one.
 */
import { ObjectClient } from './support/clients.js'
import { newSite, startNode } from './support/federation.js'
import { stopPrograms } from './support/program.js'
import { hasSeen, PsycedServer } from './support/psyced-server.js'
import { freePort } from './support/server.js'
import type { Server } from './support/server.js'
import type { DoubleUser } from '../support/psyced-double-user.js'

jest.setTimeout(60_000)

const ADDRESS = '127.0.46.200'

describe('a node bridged to a psyced', () => {
  let psyced: PsycedServer
  let node: Server
  let toni: DoubleUser
  let ann: ObjectClient

  beforeAll(async () => {
    const port = await freePort(ADDRESS)
    psyced = await PsycedServer.start(ADDRESS, port)
    toni = psyced.double.user('toni')
    toni.join('lobby')
    const place = `psyc://${ADDRESS}:${port}/@{instance}`
    node = await startNode(await newSite(60), { apps: { chat: { place } } })
    ann = await ObjectClient.connect(node.rtmpUrl('chat/lobby'), 'Ann')
  })

  afterAll(async () => {
    await stopPrograms()
    expect(await node.stop()).toBe(0)
    await psyced.stop()
  })

  const called = (client: ObjectClient, ...wanted: unknown[]): Promise<unknown> =>
    client.heard(({ called: call }) => JSON.stringify(call) === JSON.stringify(wanted))

  it('lets people meet', async () => {
    await hasSeen(toni, 'ann enters lobby.')
    await ann.heard(({ called: call }) => call?.[0] === 'userList' && JSON.stringify(call).includes('toni'))
  })

  it('carries talk both ways', async () => {
    ann.program.write('call\tsendMessage\t"grüße <b> [_nick] & 100%"')
    await hasSeen(toni, 'ann says: grüße <b> [_nick] & 100%')
    await called(ann, 'receiveMessage', 'Ann', 'grüße <b> [_nick] & 100%')
    toni.say('lobby', 'hällo')
    await called(ann, 'receiveMessage', 'toni', 'hällo')
    ann.program.write('call\tsendPrivate\t"toni"\t"psst"')
    await hasSeen(toni, 'ann tells you: psst')
  })

  it('goes on when the line breaks, and tells who came meanwhile', async () => {
    psyced.cut()
    psyced.double.user('tess').join('lobby')
    await called(ann, 'userJoined', 'tess', psyced.double.uniform('~tess'))
    ann.program.write('call\tsendMessage\t"back again"')
    await hasSeen(toni, 'ann says: back again')
  })

  it('has croaked at nothing', () => {
    expect(psyced.double.croaked).toEqual([])
  })
})
