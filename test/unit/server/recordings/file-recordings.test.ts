import { existsSync, readFileSync, readdirSync, truncateSync, writeFileSync, appendFileSync } from 'node:fs'
import { readMetadata } from '../../../../src/server/recordings/head.js'
import type { AmfArray, AmfObject } from '../../../../src/amf/value.js'
import {
  RecordingLab,
  aacHeader,
  avcHeader,
  frame,
  keyframe,
  metadata,
  sound,
  told,
} from '../../../support/recordings.js'
import { MessageType } from '../../../../src/rtmp/wire/message.js'
import type { Message } from '../../../../src/rtmp/wire/message.js'

let lab: RecordingLab
beforeEach(() => (lab = new RecordingLab()))
afterEach(() => lab.remove())

/** Ten seconds from `start`: a keyframe each second, a frame and a sound in between. */
function tenSeconds(start = 0): Message[] {
  const media = Array.from({ length: 10 }, (_, second) => {
    const at = start + second * 1_000
    return [keyframe(at), sound(at + 10), frame(at + 500)]
  })
  return [metadata({ width: 320, encoder: 'test' }), avcHeader(start), aacHeader(start), ...media.flat()]
}

describe('a recording', () => {
  it('is played as it was published, its time from 0', async () => {
    expect(await lab.make('cam', tenSeconds(5_000))).toEqual(['started'])
    const played = await lab.played('cam')
    expect(played.map(told).slice(0, 7)).toEqual([
      '0 data',
      '0 video header',
      '0 audio header',
      '0 key',
      '10 audio',
      '500 frame',
      '1000 key',
    ])
    expect(played).toHaveLength(33)
    expect(played.slice(3).map(({ payload }) => payload)).toEqual(
      tenSeconds(5_000)
        .slice(3)
        .map(({ payload }) => payload),
    )
    expect(lab.recordings.playing).toBe(0)
  })

  it('is sought by keyframe: metadata and headers come first', async () => {
    await lab.make('cam', tenSeconds())
    const played = await lab.played('cam', 4_700)
    expect(played.map(told).slice(0, 5)).toEqual([
      '4000 data',
      '4000 video header',
      '4000 audio header',
      '4000 key',
      '4010 audio',
    ])
    expect((await lab.played('cam', 60_000)).map(told).slice(3)).toEqual([
      '9000 key',
      '9010 audio',
      '9500 frame',
    ])
  })

  it('of Enhanced RTMP is sought with every header that stands beside another: colour, channels', async () => {
    const enhanced = (type: number, first: number, fourCc: string, timestamp = 0): Message => ({
      ...{ type, timestamp, messageStreamId: 0 },
      payload: Uint8Array.from([first, ...Buffer.from(fourCc), 1, 2, timestamp / 1_000]),
    })
    const { Audio, Video } = MessageType
    const headers = [
      enhanced(Video, 0x90, 'hvc1'),
      enhanced(Video, 0x94, 'hvc1'), // colorInfo
      enhanced(Audio, 0x90, 'Opus'),
      enhanced(Audio, 0x94, 'Opus'), // MultichannelConfig
    ]
    const keyframes = [0, 1_000, 2_000].map((at) => enhanced(Video, 0x93, 'hvc1', at))
    await lab.make('hevc', [...headers, ...keyframes])
    const played = await lab.played('hevc', 2_000)
    expect(played.slice(1).map(({ payload }) => payload)).toEqual(
      [...headers, ...keyframes.slice(2)].map(({ payload }) => payload),
    )
  })

  it('has a length', async () => {
    await lab.make('cam', tenSeconds())
    expect(await lab.recordings.lengthOf(lab.address('cam'))).toBe(9.5)
    expect(await lab.recordings.lengthOf(lab.address('none'))).toBe(0)
  })

  it('tells players over RTMP what the publisher said and how long it is, and no more', async () => {
    await lab.make('cam', tenSeconds())
    const [first] = await lab.played('cam')
    const properties = readMetadata(first!.payload, lab.limits)!
    expect([...properties.entries()]).toEqual([
      ['width', 320],
      ['encoder', 'test'],
      ['duration', 9.5],
    ])
  })

  it('holds an index of keyframes for players of the file', async () => {
    await lab.make('cam', tenSeconds())
    const file = readFileSync(lab.file('cam'))
    const head = readMetadata(file.subarray(24, 24 + 32_768), lab.limits)!
    expect(head.get('filesize')).toBe(file.length)
    const keyframes = head.get('keyframes') as AmfObject
    const positions = (keyframes.get('filepositions') as AmfArray).items as number[]
    expect((keyframes.get('times') as AmfArray).items).toEqual([0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(positions.slice(1).map((at) => file[at + 11])).toEqual(Array(10).fill(0x17))
  })

  it('is replaced by the first media of the next one, and not before', async () => {
    await lab.make('cam', tenSeconds())
    expect(await lab.make('cam', [metadata({ width: 1 })])).toEqual(['started'])
    expect(await lab.played('cam')).toHaveLength(33)
    expect(readdirSync(lab.file('cam').replace(/cam\.flv$/, ''))).toEqual(['cam.flv'])
    await lab.make('cam', [avcHeader(), keyframe(0)])
    expect((await lab.played('cam')).map(told)).toEqual(['0 data', '0 video header', '0 key'])
  })

  it('is continued behind its last tag by append', async () => {
    await lab.make('cam', tenSeconds())
    await lab.make('cam', tenSeconds(70_000), 'append')
    const played = (await lab.played('cam')).map(told)
    expect(played).toHaveLength(65)
    expect(played.slice(33, 36)).toEqual(['9540 video header', '9540 audio header', '9540 key'])
    expect((await lab.played('cam', 12_000)).map(told).slice(0, 4)).toEqual([
      '11540 data',
      '11540 video header',
      '11540 audio header',
      '11540 key',
    ])
    expect(await lab.recordings.lengthOf(lab.address('cam'))).toBe(19.04)
  })

  it.each([
    ['in the middle of a tag', (file: string, size: number) => truncateSync(file, size - 9)],
    ['with zeros behind', (file: string) => appendFileSync(file, Buffer.alloc(5_000))],
  ])('that a crash left %s loses that, and is continued', async (_what, harm) => {
    await lab.make('cam', tenSeconds())
    harm(lab.file('cam'), readFileSync(lab.file('cam')).length)
    const before = (await lab.played('cam')).map(told)
    expect(before.length).toBeGreaterThanOrEqual(32)
    expect((await lab.played('cam', 8_500)).map(told)).toContain('8000 key')
    expect(await lab.make('cam', tenSeconds(), 'append')).toEqual(['started'])
    expect((await lab.played('cam')).map(told).slice(0, before.length)).toEqual(before)
    expect(await lab.played('cam')).toHaveLength(before.length + 32)
  })

  it('made by another program is played, sought and continued', async () => {
    await lab.make('cam', tenSeconds())
    const file = readFileSync(lab.file('cam'))
    const bare = Buffer.concat([file.subarray(0, 13), file.subarray(13 + 11 + 32_768 + 4)])
    writeFileSync(lab.file('cam'), bare)
    expect((await lab.played('cam')).map(told).slice(0, 3)).toEqual([
      '0 video header',
      '0 audio header',
      '0 key',
    ])
    expect((await lab.played('cam', 3_999)).map(told)[2]).toBe('3000 key')
    expect(await lab.recordings.lengthOf(lab.address('cam'))).toBe(9.5)
    await lab.make('cam', tenSeconds(), 'append')
    expect((await lab.played('cam', 15_000)).map(told)[2]).toBe('14540 key')
  })

  it('of sound alone is sought by the second', async () => {
    const sounds = Array.from({ length: 500 }, (_, at) => sound(at * 20))
    await lab.make('voice', [aacHeader(), ...sounds])
    expect((await lab.played('voice', 5_100)).map(told).slice(1, 3)).toEqual([
      '5000 audio header',
      '5000 audio',
    ])
  })
})

describe('a recording in progress', () => {
  it('can be played, and goes on as it grows, to its end', async () => {
    const { stream, publication } = lab.publish('cam')
    const { recorder } = lab.record(stream)
    publication.media(avcHeader())
    publication.media(keyframe(0))
    const recording = await until(() => lab.recordings.find(lab.address('cam')))
    const reader = recording.read(0)
    expect(told((await reader.next())!)).toBe('0 data')
    expect(told((await reader.next())!)).toBe('0 video header')
    expect(told((await reader.next())!)).toBe('0 key')
    const next = reader.next()
    publication.media(frame(40))
    lab.time.advance(500)
    expect(told((await next)!)).toBe('40 frame')
    const end = reader.next()
    await recorder.stop()
    expect(await end).toBeUndefined()
    recording.close()
  })

  it('lets go of a reader that is closed while it waits', async () => {
    const { stream, publication } = lab.publish('cam')
    const { recorder } = lab.record(stream)
    publication.media(sound(0))
    const recording = await until(() => lab.recordings.find(lab.address('cam')))
    const reader = recording.read(0)
    await reader.next()
    await reader.next()
    const end = reader.next()
    recording.close()
    expect(await end).toBeUndefined()
    await recorder.stop()
  })

  it('is one, whoever asks', async () => {
    const { stream, publication } = lab.publish('cam')
    const first = lab.record(stream)
    const second = lab.record(stream)
    publication.media(sound(0))
    publication.end()
    await Promise.all([first.recorder.stop(), second.recorder.stop()])
    expect([first.said, second.said]).toEqual([['started'], ['started']])
    expect((await lab.played('cam')).map(told)).toEqual(['0 data', '0 audio'])
    expect(lab.recordings.recording).toBe(0)
  })
})

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    lab.time.advance(500)
    const found = await look()
    if (found !== undefined) return found
  }
}

test('what is not there is not found', async () => {
  expect(await lab.recordings.find(lab.address('none'))).toBeUndefined()
  expect(existsSync(lab.file('none'))).toBe(false)
})
