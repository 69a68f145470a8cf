/** examples/chat/index.html in Chromium, used as a person would: by what is on the page. */
import type { Page } from 'puppeteer-core'
import type { Chromium } from './chromium.js'
import type { Lines } from './lines.js'
import type { Server } from './server.js'

export class ChatPage {
  private constructor(
    readonly page: Page,
    readonly console: Lines,
  ) {}

  static async enter(
    chromium: Chromium,
    server: Pick<Server, 'httpUrl'>,
    nick: string,
    room: string,
  ): Promise<ChatPage> {
    const { page, console } = await chromium.newPage()
    const query = new URLSearchParams({ nick, room }).toString()
    await page.goto(server.httpUrl(`examples/chat/index.html?${query}`))
    const chat = new ChatPage(page, console)
    await chat.sees('//main[@id="room" and not(@hidden)]')
    return chat
  }

  async say(text: string): Promise<void> {
    await this.page.type('#text', text)
    await this.page.keyboard.press('Enter')
  }

  /** An XPath that there is, or will be. */
  async sees(xpath: string): Promise<void> {
    try {
      await this.page.waitForSelector(`xpath/${xpath}`, { timeout: 10_000 })
    } catch (error) {
      throw new Error(`${xpath} is not on the page; console:\n${this.console.all.join('\n')}`, {
        cause: error,
      })
    }
  }

  seesLine(text: string): Promise<void> {
    return this.sees(`//ol[@id="talk"]/li[.="${text}"]`)
  }

  seesMember(nick: string): Promise<void> {
    return this.sees(`//ul[@id="members"]/li[.="${nick}"]`)
  }

  /** The ball lies there, in pixels of its field. */
  seesBall(x: number, y: number): Promise<void> {
    return this.sees(
      `//button[@id="ball" and contains(@style, "left: ${x}px") and contains(@style, "top: ${y}px")]`,
    )
  }

  talk(): Promise<string[]> {
    return this.page.$$eval('#talk li', (items) =>
      items.map((item) => (item as { textContent: string }).textContent),
    )
  }

  close(): Promise<void> {
    return this.page.close()
  }
}
