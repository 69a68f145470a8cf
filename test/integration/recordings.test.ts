/** Recordings over HTTP: the file whole and in ranges, and the list. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { RecordingLab, avcHeader, frame, keyframe } from '../support/recordings.js'
import { httpAnswer, startGateway } from '../support/gateway.js'
import type { TestGateway } from '../support/gateway.js'

let lab: RecordingLab
let server: TestGateway
let bytes: Buffer

beforeAll(async () => {
  lab = new RecordingLab()
  await lab.make('cam', [avcHeader(), keyframe(0), frame(40)])
  bytes = readFileSync(lab.file('cam'))
  server = await startGateway({ recordings: { folder: lab.folder, list: true } })
})
afterAll(async () => {
  await server.gateway.stop()
  lab.remove()
})

const ask = (path: string, head = '', method = 'GET'): Promise<string> =>
  httpAnswer(server.ports.http, `${method} ${path} HTTP/1.1${head && `\r\n${head}`}`)
const statusOf = (answer: string): number => Number(answer.slice(9, 12))
const bodyOf = (answer: string): Buffer => Buffer.from(answer.slice(answer.indexOf('\r\n\r\n') + 4), 'latin1')
const headerOf = (answer: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)\r$`, 'im').exec(answer)?.[1]

const FILE = '/recordings/vod/cam.flv'

test('a recording is sent whole', async () => {
  const answer = await ask(FILE)
  expect(statusOf(answer)).toBe(200)
  expect(headerOf(answer, 'Content-Type')).toBe('video/x-flv')
  expect(headerOf(answer, 'Accept-Ranges')).toBe('bytes')
  expect(bodyOf(answer)).toEqual(bytes)
  expect(bodyOf(await ask('/recordings/VOD/_definst_/cam.flv?token=1'))).toEqual(bytes)
})

test.each([
  ['bytes=0-9', 0, 10],
  ['bytes=32000-', 32_000, undefined],
  ['bytes=-7', -7, undefined],
])('in a range: %s', async (range, start, end) => {
  const answer = await ask(FILE, `Range: ${range}`)
  expect(statusOf(answer)).toBe(206)
  expect(bodyOf(answer)).toEqual(bytes.subarray(start, end))
  expect(headerOf(answer, 'Content-Range')).toMatch(new RegExp(`^bytes \\d+-\\d+/${bytes.length}$`))
})

test('of which nothing is there', async () => {
  const answer = await ask(FILE, 'Range: bytes=9999999-')
  expect([statusOf(answer), headerOf(answer, 'Content-Range')]).toEqual([416, `bytes */${bytes.length}`])
})

test('HEAD, what has not changed, and a range of what has', async () => {
  const head = await ask(FILE, '', 'HEAD')
  expect([statusOf(head), headerOf(head, 'Content-Length'), bodyOf(head).length]).toEqual([
    200,
    String(bytes.length),
    0,
  ])
  const tag = headerOf(head, 'ETag') ?? ''
  expect(statusOf(await ask(FILE, `If-None-Match: ${tag}`))).toBe(304)
  expect(statusOf(await ask(FILE, `Range: bytes=0-1\r\nIf-Range: ${tag}`))).toBe(206)
  expect(statusOf(await ask(FILE, 'Range: bytes=0-1\r\nIf-Range: "other"'))).toBe(200)
})

test('the list says what is there', async () => {
  const [cam, ...others] = JSON.parse(bodyOf(await ask('/recordings/vod/')).toString()) as { name: string }[]
  expect(cam).toMatchObject({ name: 'cam', bytes: bytes.length, isRecording: false })
  expect(others).toEqual([])
  expect(bodyOf(await ask('/recordings/nothing/')).toString()).toBe('[]')
})

test.each([
  ['GET', '/recordings/vod/none.flv', 404],
  ['GET', '/recordings/vod/cam', 404],
  ['GET', '/recordings/vod/cam.mp4', 404],
  ['GET', '/recordings/', 404],
  ['GET', '/recordings/vod/..%2f..%2fsecret.flv', 404],
  ['GET', '/recordings/..%2f..%2f/secret.flv', 404],
  ['GET', '/recordings/%00/a.flv', 404],
  ['GET', `/recordings/vod/${'a'.repeat(5_000)}.flv`, 404],
  ['PUT', '/recordings/vod/cam.flv', 405],
  ['DELETE', '/recordings/vod/cam.flv', 405],
  ['OPTIONS', '/recordings/vod/cam.flv', 204],
])('%s %s: %d', async (method, path, status) => {
  expect(statusOf(await ask(path, '', method))).toBe(status)
})

test('a file beside them that is no FLV is not sent, and nothing stays open', async () => {
  const file = lab.file('text')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, 'hello')
  expect(statusOf(await ask('/recordings/vod/text.flv'))).toBe(404)
  rmSync(file)
  expect(server.logged.map(({ message }) => message)).toContain('a recording cannot be played')
})

test('without recordings.list there is no list, and apps that are not named may be refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'recordings-'))
  const other = await startGateway({ recordings: { folder }, apps: { strict: true, vod: {} } })
  const status = async (path: string): Promise<number> =>
    statusOf(await httpAnswer(other.ports.http, `GET ${path} HTTP/1.1`))
  expect(await Promise.all([status('/recordings/vod/'), status('/recordings/else/a.flv')])).toEqual([
    404, 404,
  ])
  await other.gateway.stop()
  rmSync(folder, { recursive: true })
})
