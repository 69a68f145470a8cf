/** The example SWF in Ruffle: RTMP by the SWF over Socket, AMF0 by Ruffle, carried in a WebSocket. */
import { chromiumPath, launchChromium } from './support/chromium.js'
import type { Chromium } from './support/chromium.js'
import { describeWith, stopPrograms } from './support/program.js'
import { runSwf } from './support/ruffle.js'
import type { RunningSwf } from './support/ruffle.js'
import { startServer } from './support/server.js'
import type { Server } from './support/server.js'

jest.setTimeout(120_000)

const STARTING_MS = 60_000 // Ruffle is 14 MB to compile

describeWith([chromiumPath], 'the example SWF in Ruffle', () => {
  let server: Server
  let chromium: Chromium
  let anna: RunningSwf
  let bert: RunningSwf

  const enter = async (nick: string): Promise<RunningSwf> => {
    const swf = await runSwf(chromium, server.httpUrl(`examples/chat/flash.html?room=chat/yard&nick=${nick}`))
    await swf.console.wait(/^chat: sync/, 0, STARTING_MS)
    return swf
  }

  const bothSay = (pattern: RegExp): Promise<unknown> =>
    Promise.all([anna, bert].map((swf) => swf.console.wait(pattern)))

  beforeAll(async () => {
    server = await startServer()
    chromium = await launchChromium()
    anna = await enter('anna')
    bert = await enter('bert')
  })

  afterAll(async () => {
    await chromium.close()
    await stopPrograms()
  })

  it('connects under its nick', async () => {
    await anna.console.wait(/^chat: connected anna$/)
    await bert.console.wait(/^chat: connected bert$/)
  })

  it('calls with a result', async () => {
    const line = await anna.console.wait(/^chat: result/)
    expect(JSON.parse(line.replace('chat: result ', ''))).toEqual({ text: 'hello', list: [1, 2.5, -3] })
  })

  it('learns who is there', async () => {
    await anna.console.wait(/^chat: joined bert$/)
    await bert.console.wait(/^chat: members .*anna/)
  })

  it('talks', async () => {
    await anna.call('say', 'grüße')
    await bothSay(/^chat: message anna: grüße$/)
    await anna.console.wait(/^chat: said$/)
  })

  it('is called by the server', async () => {
    await bert.call('wave')
    await bothSay(/^chat: called onGreet bert$/)
    await bert.console.wait(/^chat: broadcast 2$/)
  })

  it('shares an object', async () => {
    await anna.call('moveBall', 40, 50)
    await bert.console.wait(/^chat: sync .*change:y.* {"x":40,"y":50}$/)
    await anna.console.wait(/^chat: sync .*success:y/)
  })

  it('sends to all who use the object', async () => {
    await bert.call('kickBall')
    await bothSay(/^chat: send bert kicks the ball$/)
  })

  it('sees who leaves', async () => {
    await bert.close()
    await anna.console.wait(/^chat: left bert$/)
  })

  it('is told when the server ends', async () => {
    expect(await server.stop()).toBe(0)
    await anna.console.wait(/^chat: status NetConnection\.Connect\.(AppShutdown|Closed)/)
  })
})
