/** The example page without Flash, in two tabs of headless Chromium. */
import { ChatPage } from './support/chat-page.js'
import { chromiumPath, launchChromium } from './support/chromium.js'
import type { Chromium } from './support/chromium.js'
import { describeWith, stopPrograms } from './support/program.js'
import { startServer } from './support/server.js'
import type { Server } from './support/server.js'

jest.setTimeout(60_000)

describeWith([chromiumPath], 'the example page', () => {
  let server: Server
  let chromium: Chromium
  let anna: ChatPage
  let bert: ChatPage

  beforeAll(async () => {
    server = await startServer()
    chromium = await launchChromium()
    anna = await ChatPage.enter(chromium, server, 'anna', 'chat/garden')
    bert = await ChatPage.enter(chromium, server, 'bert', 'chat/garden')
  })

  afterAll(async () => {
    await chromium.close()
    await stopPrograms()
  })

  it('shows who is there', async () => {
    await Promise.all([anna.seesLine('bert comes in.'), anna.seesMember('bert'), bert.seesMember('anna')])
  })

  it('shows what is said, as text', async () => {
    await anna.say('<img src=x> & more')
    await Promise.all([anna, bert].map((page) => page.seesLine('anna: <img src=x> & more')))
  })

  it('lets the server call everybody', async () => {
    await bert.page.click('#wave')
    await Promise.all([anna, bert].map((page) => page.seesLine('bert waves.')))
  })

  it('shows the ball at the same place everywhere, and to late-comers', async () => {
    await anna.page.focus('#ball')
    await anna.page.keyboard.press('ArrowRight')
    await anna.page.keyboard.press('ArrowDown')
    await Promise.all([anna, bert].map((page) => page.seesBall(125, 100)))
    const carl = await ChatPage.enter(chromium, server, 'carl', 'chat/garden')
    await carl.seesBall(125, 100)
    await carl.close()
  })

  it('shows a kick everywhere', async () => {
    await bert.page.focus('#ball')
    await bert.page.keyboard.press('Enter')
    await Promise.all([anna, bert].map((page) => page.seesLine('bert kicks the ball')))
  })

  it('shows who leaves', async () => {
    await bert.close()
    await anna.seesLine('bert leaves.')
  })

  it('says so when the server ends', async () => {
    expect(await server.stop()).toBe(0)
    await anna.sees('//p[@id="status" and contains(., "ended")]')
  })

  it('had no errors on the page', () => {
    expect(anna.console.matching(/^page error/)).toEqual([])
  })
})
