/** A disk that fails, fills up or is slow: the publisher is told, the stream goes on, the file stays whole. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { nodeFiles } from '../../../../src/server/recordings/file-source.js'
import type { FileLayer, RecordingHandle } from '../../../../src/server/recordings/file-source.js'
import type { Message } from '../../../../src/rtmp/wire/message.js'
import { RecordingLab, avcHeader, frame, keyframe, told } from '../../../support/recordings.js'

const failure = (code: string): Error => Object.assign(new Error(code), { code })

/** The real files, with one operation of handles or layer that fails from its nth call on. */
function failing(what: string, code: string, from = 1): FileLayer {
  let calls = 0
  const broken = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (object, name) => {
        const value: unknown = Reflect.get(object, name)
        if (typeof value !== 'function') return value
        return async (...args: unknown[]): Promise<unknown> => {
          if (name === what && ++calls >= from) throw failure(code)
          const result: unknown = await (value as (...args: unknown[]) => unknown).apply(object, args)
          return name === 'open' ? broken(result as RecordingHandle) : result
        }
      },
    })
  return broken(nodeFiles)
}

let lab: RecordingLab
afterEach(() => lab.remove())

const second = (at: number): Message[] => [keyframe(at, 40_000), frame(at + 500, 40_000)]
const media = [avcHeader(), ...[0, 1, 2, 3, 4, 5].flatMap((at) => second(at * 1_000))]

it.each([
  ['open', 'EACCES', 'noAccess: The file cannot be written.'],
  ['makeFolder', 'EROFS', 'noAccess: The file cannot be written.'],
  ['makeFolder', 'ENOTDIR', 'noAccess: The file cannot be written.'],
  ['open', 'EMFILE', 'failed: The file cannot be written.'],
  ['freeBytes', 'EIO', 'failed: The disk for recordings has failed.'],
])('when %s fails with %s nothing is recorded, and the stream goes on', async (what, code, said) => {
  lab = new RecordingLab({}, failing(what, code))
  expect(await lab.make('cam', media)).toEqual([said])
  expect(lab.hub.size).toBe(0)
  expect(lab.recordings.recording).toBe(0)
})

it('a listener that throws when it hears of it ends nothing but its own call', async () => {
  lab = new RecordingLab({}, failing('open', 'EACCES'))
  const { stream, publication } = lab.publish('cam')
  const recorder = lab.recordings.record(stream, 'record', {
    started: () => undefined,
    failed: () => {
      throw new Error('injected')
    },
  })
  await expect(recorder.stop()).resolves.toBeUndefined()
  expect(lab.recordings.recording).toBe(0)
  expect(lab.logged).toEqual(['a bug: this should not have been thrown; please report it'])
  publication.end()
})

// 1: the head, 2: the first tags
it.each([
  ['write', 'ENOSPC', 3, 'failed: The disk for recordings is full.'],
  ['write', 'EIO', 3, 'failed: The disk for recordings has failed.'],
  ['write', 'EDQUOT', 3, 'failed: The disk quota for recordings is used up.'],
  ['write', 'EFBIG', 3, 'failed: The file has become too large for the disk.'],
])('when %s fails with %s in between, what was written can be played', async (what, code, from, said) => {
  lab = new RecordingLab({}, failing(what, code, from))
  const { stream, publication } = lab.publish('cam')
  const { recorder, said: heard } = lab.record(stream)
  publication.media(avcHeader())
  for (let at = 0; heard.length < 2; at += 1_000) {
    for (const message of second(at)) publication.media(message)
    lab.time.advance(600)
    await turn()
  }
  expect(heard).toEqual(['started', said])
  expect(stream.isPublished).toBe(true)
  expect(lab.recordings.recording).toBe(0)
  await recorder.stop()
  publication.end()
  const played = (await lab.played('cam')).map(told)
  expect(played.slice(0, 2)).toEqual(['0 data', '0 video header'])
  expect(played[2]).toBe('0 key')
})

it('when nothing at all can be written the old recording stays', async () => {
  lab = new RecordingLab()
  await lab.make('cam', media)
  const before = readFileSync(lab.file('cam'))
  const full = new RecordingLab({}, failing('write', 'ENOSPC'), 'request', lab.folder)
  expect(await full.make('cam', media)).toEqual(['started', 'failed: The disk for recordings is full.'])
  expect(readFileSync(lab.file('cam'))).toEqual(before)
  expect(readdirSync(join(lab.folder, 'vod/_definst_'))).toEqual(['cam.flv'])
})

describe('limits', () => {
  it.each([
    [
      'recordingBytes',
      150_000,
      ['started', 'failed: The recording is as long as it may be (recordingBytes).'],
    ],
    ['recordingFreeBytes', 1e18, ['failed: The disk for recordings is nearly full.']],
    ['recordingFiles', 0, ['failed: There are too many recordings (recordingFiles).']],
    ['recordings', 0, ['noAccess: Too much is being recorded.']],
  ] as const)('%s', async (name, value, said) => {
    lab = new RecordingLab({ [name]: value })
    expect(await lab.make('cam', media)).toEqual(said)
    if (name === 'recordingBytes') expect(readFileSync(lab.file('cam')).length).toBeLessThanOrEqual(value)
  })

  it('recordingsPlayed', async () => {
    lab = new RecordingLab({ recordingsPlayed: 1 })
    await lab.make('cam', [keyframe(0), frame(500)])
    const first = await lab.recordings.find(lab.address('cam'))
    await expect(lab.recordings.find(lab.address('cam'))).rejects.toThrow('recordingsPlayed')
    first?.close()
    expect(await lab.recordings.lengthOf(lab.address('cam'))).toBe(0.5)
  })
})

it('a disk that takes nothing loses media, as any slow player does, and does not hold them', async () => {
  let release: () => void = () => undefined
  const stuck = new Promise<void>((resolve) => (release = resolve))
  const slow: FileLayer = {
    ...nodeFiles,
    makeFolder: async (folder) => {
      await stuck
      await nodeFiles.makeFolder(folder)
    },
  }
  lab = new RecordingLab({}, slow)
  const { stream, publication } = lab.publish('cam')
  const { recorder } = lab.record(stream)
  for (let at = 0; at < 100; at++) for (const message of second(at * 1_000)) publication.media(message)
  release()
  lab.time.advance(1_000)
  await recorder.stop()
  publication.end()
  const played = await lab.played('cam')
  expect(played.length).toBeLessThan(100)
})

/** Let files be read and written. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
