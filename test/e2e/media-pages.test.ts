/** The player pages in headless Chromium: frames are decoded, and a screenshot shows a picture. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'puppeteer-core'
import { chromiumPath, launchChromium } from './support/chromium.js'
import type { Chromium, WatchedPage } from './support/chromium.js'
import { makeFlv, publishers } from './support/media-programs.js'
import { countColours } from './support/png.js'
import { describeWith, stopPrograms } from './support/program.js'
import { startServer } from './support/server.js'
import type { Server } from './support/server.js'

jest.setTimeout(150_000)

const SECONDS = 60 // longer than anybody looks
const STARTING_MS = 60_000 // Ruffle is 14 MB to compile
/** Before it there is black alone. */
const COLOURS_OF_A_PICTURE = 500

describeWith([chromiumPath, 'ffmpeg'], 'a page that plays', () => {
  let server: Server
  let chromium: Chromium
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-pages-'))
    server = await startServer()
    chromium = await launchChromium()
    const [film, flashFilm] = [join(folder, 'film.flv'), join(folder, 'flash.flv')]
    await makeFlv(film, 'AVC and AAC', SECONDS)
    await makeFlv(flashFilm, 'Sorenson H.263 and MP3', SECONDS)
    publishers.ffmpeg(film, server.rtmpUrl('live/cam'))
    publishers.ffmpeg(flashFilm, server.rtmpUrl('live/flash'))
  })

  afterAll(async () => {
    await chromium.close()
    await stopPrograms()
    await rm(folder, { recursive: true })
  })

  const open = async (path: string): Promise<WatchedPage> => {
    const watched = await chromium.newPage()
    await watched.page.goto(server.httpUrl(`examples/player/${path}`))
    return watched
  }

  it.each(['http', 'ws'])('by mpegts.js over %s decodes frames and shows them', async (by) => {
    const { page, console } = await open(`?stream=live/cam&by=${by}`)
    await seen(
      page,
      `document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames >= 50`,
      console.all,
    )
    await seen(page, `document.querySelector('video').currentTime > 1`, console.all)
    expect(await statusOf(page)).toMatch(/avc1.*mp4a/)
    expect(await coloursOf(page, 'video')).toBeGreaterThan(COLOURS_OF_A_PICTURE)
    await page.close()
  })

  it.each([
    ['Sorenson H.263 and MP3', 'live/flash'],
    ['AVC and AAC', 'live/cam'],
  ])('by NetStream.play of a SWF in Ruffle shows a picture of %s', async (_codecs, stream) => {
    const { page, console } = await open(`flash.html?stream=${stream}`)
    await console.wait(/^player: status NetStream\.Play\.Start/, 0, STARTING_MS)
    await console.wait(/^player: metadata 320 x 180/)
    await console.wait(/^player: status NetStream\.Buffer\.Full/)
    let colours = 0
    for (const end = Date.now() + 20_000; colours < COLOURS_OF_A_PICTURE && Date.now() < end;)
      colours = await coloursOf(page, '#stage')
    expect(colours).toBeGreaterThan(COLOURS_OF_A_PICTURE)
    await page.close()
  })

  it('says so when the server ends', async () => {
    const { page, console } = await open('?stream=live/cam')
    await seen(page, `document.querySelector('video').currentTime > 0.2`, console.all)
    expect(await server.stop()).toBe(0)
    await seen(page, `/ended|NetworkError/.test(document.getElementById('status').textContent)`, console.all)
  })
})

async function coloursOf(page: Page, selector: string): Promise<number> {
  const element = await page.$(selector)
  return element === null ? 0 : countColours(await element.screenshot())
}

const statusOf = (page: Page): Promise<unknown> =>
  page.evaluate(`document.getElementById('status').textContent`)

/** @throws Error with what the page said meanwhile */
async function seen(page: Page, expression: string, said: readonly string[]): Promise<void> {
  try {
    await page.waitForFunction(expression, { timeout: 20_000 })
  } catch (error) {
    const status = await statusOf(page)
    throw new Error(`not so: ${expression}; page: ${String(status)}; console:\n${said.join('\n')}`, {
      cause: error,
    })
  }
}
