/** The node's side of the thread with node-media-server, with a thread that does what the test wants. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flvTag } from '../../../../src/media/flv-writer.js'
import { Hub } from '../../../../src/media/hub.js'
import { MediaServer } from '../../../../src/server/media-server/media-server.js'
import { streamAddress } from '../../../../src/translate/name.js'
import { limitsWith } from '../../../../src/util/limits.js'
import { FakeTime } from '../../../support/fake-clock.js'
import { avcHeader, keyframe } from '../../../support/recordings.js'

const folder = mkdtempSync(join(tmpdir(), 'media-server-'))
afterAll(() => rmSync(folder, { recursive: true }))

const limits = limitsWith()
const consoleOptions = { bind: '127.0.0.1', port: 0, user: 'a', password: 'b', folder }
const address = (name: string): ReturnType<typeof streamAddress> =>
  streamAddress('psyc://gw.example/', { app: 'live', instance: '', name }, limits)

/** @param script of the thread; has `say` and, as `heard`, what comes */
function lab(script: string): {
  server: MediaServer
  hub: Hub
  time: FakeTime
  logged: string[]
  until: Until
} {
  const file = join(folder, `${Math.floor(performance.now() * 1e6)}.cjs`)
  writeFileSync(
    file,
    `const { parentPort } = require('node:worker_threads')
     const say = (message) => parentPort.postMessage(message)
     parentPort.on('message', (heard) => { if (heard.kind === 'stop') process.exit(0); ${script} })
     say({ kind: 'ready', consolePort: 1 })`,
  )
  const time = new FakeTime()
  const logged: string[] = []
  const note = (_fields: unknown, text: string): void => void logged.push(text)
  const hub = new Hub({ timers: time.timers, limits, settingsOf: () => ({ gopCache: true, gatherMs: 0 }) })
  const server = new MediaServer({
    ...{ hub, limits, timers: time.timers, console: consoleOptions, workerFile: file },
    cameras: [{ url: 'rtsp://camera/', address: address('camera') }],
    log: { debug: note, info: note, warn: note, error: note },
  })
  const until: Until = async (isSo) => {
    while (!isSo()) {
      time.advance(100)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { server, hub, time, logged, until }
}
type Until = (isSo: () => boolean) => Promise<void>

const camera = (bytes: string): string => `say({ kind: 'camera', path: '/live/camera', bytes: ${bytes} })`

test('a camera becomes a stream, and ends with the thread, which is started again', async () => {
  const tag = `Uint8Array.from([${[...flvTag(avcHeader()), ...flvTag(keyframe(0))].join(',')}])`
  const { server, hub, logged, until } = lab(
    `if (heard.kind === 'published') ${camera(tag)}; if (heard.kind === 'tags') throw new Error('crash')`,
  )
  await server.start()
  const publication = hub.open(address('cam')).publish({ replaced: () => undefined })
  const isThere = (): boolean => hub.find(address('camera').key)?.isPublished === true
  await until(isThere)
  publication?.media(keyframe(0))
  await until(() => logged.includes('node-media-server failed') && !isThere())
  await until(isThere) // the stream is shown to the new thread, which answers with the camera
  await server.stop()
  expect(isThere()).toBe(false)
})

test('a camera that sends what is no media is begun anew', async () => {
  const { server, hub, logged, until } = lab(
    `if (heard.kind === 'published') ${camera('Uint8Array.of(8, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0)')}`,
  )
  await server.start()
  hub.open(address('cam')).publish({ replaced: () => undefined })
  await until(() => logged.includes('a camera sent what is no media'))
  expect(hub.find(address('camera').key)).toBeUndefined()
  await server.stop()
})

test('a camera waits for its name', async () => {
  const tag = `Uint8Array.from([${[...flvTag(keyframe(0))].join(',')}])`
  const { server, hub, logged, until } = lab(`if (heard.kind === 'published') ${camera(tag)}`)
  await server.start()
  hub.open(address('camera')).publish({ replaced: () => undefined })
  hub.open(address('cam')).publish({ replaced: () => undefined })
  await until(() => logged.includes('a camera waits: somebody else publishes under its name'))
  await server.stop()
})

test('a thread that does not start is an error', async () => {
  const { server } = lab('}) ; process.exit(3) ; void (() => {')
  await expect(server.start()).rejects.toThrow('did not start')
  await server.stop()
})
