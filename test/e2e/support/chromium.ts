/** Debian's Chromium, headless, with a profile of its own that is thrown away. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import puppeteer from 'puppeteer-core'
import type { Browser, Page } from 'puppeteer-core'
import { Lines } from './lines.js'

export const chromiumPath = '/usr/bin/chromium'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--lang=en-US',
]

export interface Chromium {
  newPage(): Promise<WatchedPage>
  close(): Promise<void>
}

export interface WatchedPage {
  readonly page: Page
  /** Console messages, page errors and failed requests. */
  readonly console: Lines
}

/** @param more flags */
export async function launchChromium(...more: readonly string[]): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), 'rtmpsyc-chromium-'))
  const browser = await puppeteer.launch({
    executablePath: chromiumPath,
    headless: true,
    userDataDir: profile,
    args: [...flags, ...more],
    env: { ...process.env, LANG: 'en_US.UTF-8' },
  })
  return {
    newPage: () => watchedPage(browser),
    close: async () => {
      await browser.close()
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function watchedPage(browser: Browser): Promise<WatchedPage> {
  const page = await browser.newPage()
  const console = new Lines('page')
  page.on('console', (message) => console.push(message.text()))
  page.on('pageerror', (error) => console.push(`page error: ${String(error)}`))
  page.on('requestfailed', (request) =>
    console.push(`request failed: ${request.url()} ${request.failure()?.errorText ?? ''}`),
  )
  page.on('close', () => console.end())
  return { page, console }
}
