/**
 * A SWF in Ruffle in Chromium. The page and the SWF come from the server under test; Ruffle's own files, which it
 * does not have, are answered here from node_modules.
 */
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { HTTPRequest, Page } from 'puppeteer-core'
import type { Lines } from './lines.js'
import type { Chromium } from './chromium.js'

export interface RunningSwf {
  readonly page: Page
  /** The browser's console: Ruffle's messages and, as "chat: …", the SWF's own. */
  readonly console: Lines
  /** Calls what the SWF offered by ExternalInterface.addCallback. */
  call(name: string, ...args: readonly (string | number)[]): Promise<void>
  close(): Promise<void>
}

const folder = dirname(require.resolve('@ruffle-rs/ruffle'))

const contentTypes: Readonly<Record<string, string>> = { js: 'text/javascript', wasm: 'application/wasm' }

/** @param url of examples/chat/flash.html on a running server, with its query */
export async function runSwf(chromium: Chromium, url: string): Promise<RunningSwf> {
  const { page, console } = await chromium.newPage()
  await page.setRequestInterception(true)
  page.on('request', (request) => void answer(request))
  await page.goto(url)
  return {
    page,
    console,
    call: async (name, ...args) => {
      const list = [name, ...args].map((value) => JSON.stringify(value)).join()
      await page.evaluate(`document.querySelector('ruffle-player').ruffle().callExternalInterface(${list})`)
    },
    close: () => page.close(),
  }
}

async function answer(request: HTTPRequest): Promise<void> {
  const { pathname } = new URL(request.url())
  if (!pathname.startsWith('/ruffle/')) return request.continue()
  const name = basename(pathname)
  try {
    const body = await readFile(join(folder, name))
    await request.respond({ body, contentType: contentTypes[name.split('.').at(-1) ?? ''] ?? 'text/plain' })
  } catch {
    await request.respond({ status: 404 })
  }
}
