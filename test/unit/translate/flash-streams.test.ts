/** Streams of Flash clients on one node: publish, play, and what they are told [design 5; rtmp.md 3.5-3.8]. */
import { AmfObject } from '../../../src/amf/value.js'
import type { AmfValue } from '../../../src/amf/value.js'
import { encodeData } from '../../../src/rtmp/wire/message/index.js'
import type { Message } from '../../../src/rtmp/wire/message.js'
import { TestWorld, nothingLeft } from '../../support/world.js'
import type { WorldFlash } from '../../support/world-flash.js'

const AVC = [0x17, 0, 0, 0, 0]
const KEY = [0x17, 1, 0, 0, 0]
const INTER = [0x27, 1, 0, 0, 0]
const AAC = [0xaf, 0]
const SOUND = [0xaf, 1]

function video(id: number, timestamp: number, bytes: readonly number[]): Message {
  return { type: 9, timestamp, messageStreamId: id, payload: Uint8Array.from(bytes) }
}

function audio(id: number, timestamp: number, bytes: readonly number[]): Message {
  return { type: 8, timestamp, messageStreamId: id, payload: Uint8Array.from(bytes) }
}

function data(id: number, type: 15 | 18, handler: string, ...args: AmfValue[]): Message {
  return { type, timestamp: 0, messageStreamId: id, payload: encodeData({ handler, args }, type) }
}

interface Pair {
  readonly world: TestWorld
  readonly ann: WorldFlash
  readonly bob: WorldFlash
}

function two(annEncoding: 0 | 3 = 0, bobEncoding: 0 | 3 = 0): Pair {
  const world = new TestWorld()
  const ann = world.flash({ app: 'live', args: ['ann'], objectEncoding: annEncoding })
  const bob = world.flash({ app: 'live', args: ['bob'], objectEncoding: bobEncoding })
  for (const client of [ann, bob]) client.take()
  return { world, ann, bob }
}

const PLAYING = [
  'StreamBegin 1',
  'status 1 NetStream.Play.Reset',
  'status 1 NetStream.Play.Start',
  'media 18/1 |RtmpSampleAccess true true',
  'media 18/1 onStatus {code:"NetStream.Data.Start"}',
]

test('publish, play late, stop, in FMS`s order', () => {
  const { ann, bob } = two()
  const id = ann.publish('cam')
  expect(ann.take()).toEqual(['StreamBegin 1', 'status 1 NetStream.Publish.Start'])
  ann.send(data(id, 18, '@setDataFrame', 'onMetaData', AmfObject.of({ width: 320 })))
  for (const message of [video(id, 0, AVC), audio(id, 0, AAC), video(id, 40, KEY), video(id, 80, INTER)])
    ann.send(message)
  bob.play('cam')
  expect(bob.take()).toEqual([
    ...PLAYING,
    'media 18/1 onMetaData {width:320}',
    'media 9/1@40 1700000000',
    'media 8/1@40 af00',
    'media 9/1@40 1701000000',
    'media 9/1@80 2701000000',
  ])
  for (const message of [video(id, 120, INTER), audio(id, 125, SOUND), video(id, 160, KEY)]) ann.send(message)
  expect(bob.take()).toEqual(['media 9/1@120 2701000000', 'media 8/1@125 af01', 'media 9/1@160 1701000000'])
  ann.command(id, 'closeStream')
  expect([ann.take(), bob.take()]).toEqual([
    ['status 1 NetStream.Unpublish.Success'],
    ['status 1 NetStream.Play.UnpublishNotify'],
  ])
})

test('who plays before waits, and is told when it begins', () => {
  const { ann, bob } = two()
  bob.play('cam')
  expect(bob.take()).toEqual(PLAYING)
  const id = ann.publish('cam')
  ann.send(video(id, 0, KEY))
  expect(bob.take()).toEqual(['status 1 NetStream.Play.PublishNotify', 'media 9/1@0 1701000000'])
})

test.each([
  ['the second of one name', 'cam', 'NetStream.Publish.BadName'],
  ['a name of the other case is another', 'Cam', 'NetStream.Publish.Start'],
  ['a name that makes no uniform', 'x'.repeat(256), 'NetStream.Publish.BadName'],
])('%s', (_name, stream, code) => {
  const { ann, bob } = two()
  ann.publish('cam')
  bob.publish(stream)
  expect(bob.take('status')).toEqual([`status 1 ${code}`])
  expect(bob.call('echo', 1)).toBe('result 1')
})

test('playing a name that makes no uniform fails, and the connection goes on', () => {
  const { bob } = two()
  bob.play('x'.repeat(256))
  expect(bob.take('status')).toEqual(['status 1 NetStream.Play.StreamNotFound'])
  expect(bob.call('echo', 1)).toBe('result 1')
})

test('the name is free again when its publisher is gone', () => {
  const { ann, bob } = two()
  ann.publish('cam')
  ann.breaks()
  bob.publish('cam')
  expect(bob.take('status')).toEqual(['status 1 NetStream.Publish.Start'])
})

test('rooms have streams of their own', () => {
  const { world, ann } = two()
  ann.publish('cam')
  const eve = world.flash({ app: 'live/two' })
  eve.publish('cam')
  expect(eve.take('status')).toEqual(['status 1 NetStream.Publish.Start'])
})

test.each([
  ['a recording that is not there', 0, ['status 1 NetStream.Play.StreamNotFound']],
  ['live or recorded', -2000, ['status 1 NetStream.Play.Reset', 'status 1 NetStream.Play.Start']],
  ['live', -1000, ['status 1 NetStream.Play.Reset', 'status 1 NetStream.Play.Start']],
])('play of %s', (_name, startMs, statuses) => {
  const { world, bob } = two()
  bob.play('cam', startMs)
  expect(bob.take('status')).toEqual(statuses)
  bob.close()
  expect(world.census().streams).toBe(0)
})

test('a recording is asked for and the stream is live: it is played, as curl needs it', () => {
  const { ann, bob } = two()
  ann.publish('cam')
  bob.play('cam', 0)
  expect(bob.take('status')).toEqual(['status 1 NetStream.Play.Reset', 'status 1 NetStream.Play.Start'])
})

test('nothing is recorded, and who asked for it is told', () => {
  const { ann } = two()
  ann.publish('cam', 'record')
  expect(ann.take('status')).toEqual([
    'status 1 NetStream.Publish.Start',
    'status 1 NetStream.Record.NoAccess',
  ])
})

describe('data', () => {
  test('NetStream.send goes through in order with the media, and is not kept', () => {
    const { ann, bob } = two()
    const id = ann.publish('cam')
    bob.play('cam')
    bob.take()
    ann.send(audio(id, 1, SOUND))
    ann.send(data(id, 18, 'cue', 'x', 5))
    ann.send(audio(id, 2, SOUND))
    expect(bob.take()).toEqual(['media 8/1@1 af01', 'media 18/1 cue "x" 5', 'media 8/1@2 af01'])
    bob.play('cam')
    expect(bob.take('media 18/2')).toEqual([
      'media 18/2 |RtmpSampleAccess true true',
      expect.stringContaining('Data.Start'),
    ])
  })

  test('AMF3 data is converted for who has only AMF0, and left out when it has no such form', () => {
    const { ann, bob, world } = two(3)
    const carl = world.flash({ app: 'live', args: ['carl'], objectEncoding: 3 })
    const id = ann.publish('cam')
    for (const client of [bob, carl]) {
      client.play('cam')
      client.take()
    }
    ann.send(data(id, 15, 'cue', 7, AmfObject.of({ a: 'b' })))
    ann.send(data(id, 18, 'old', 1))
    expect(bob.take()).toEqual(['media 18/1 cue 7 {a:"b"}', 'media 18/1 old 1'])
    expect(carl.take()).toEqual(['media 15/1 cue 7 {a:"b"}', 'media 18/1 old 1'])
  })

  test.each<[string, Message[], string[]]>([
    ['metadata sent plainly is kept too', [data(1, 18, 'onMetaData', 'm')], ['media 18/1 onMetaData "m"']],
    [
      'the last counts',
      [data(1, 18, '@setDataFrame', 'onMetaData', 1), data(1, 18, '@setDataFrame', 'onMetaData', 2)],
      ['media 18/1 onMetaData 2'],
    ],
    [
      'each name for itself',
      [data(1, 18, '@setDataFrame', 'onMetaData', 1), data(1, 18, '@setDataFrame', 'onTextData', 2)],
      ['media 18/1 onMetaData 1', 'media 18/1 onTextData 2'],
    ],
    [
      'cleared',
      [data(1, 18, '@setDataFrame', 'onMetaData', 1), data(1, 18, '@clearDataFrame', 'onMetaData')],
      [],
    ],
    ['without a name', [data(1, 18, '@setDataFrame', 5)], []],
    ['in AMF3', [data(1, 15, '@setDataFrame', 'onMetaData', 'm')], ['media 18/1 onMetaData "m"']],
  ])('metadata: %s', (_name, messages, heard) => {
    const { ann, bob } = two(3)
    ann.publish('cam')
    for (const message of messages) ann.send(message)
    bob.play('cam')
    expect(bob.take('media').slice(2)).toEqual(heard)
  })
})

test.each<[string, AmfValue, string[]]>([
  ['receiveVideo', false, ['media 8/1@1 af01']],
  ['receiveVideo', 0, ['media 8/1@1 af01']],
  ['receiveVideo', 15, ['media 9/1@0 1701000000', 'media 8/1@1 af01']],
  ['receiveAudio', false, ['media 9/1@0 1701000000']],
  ['pause', true, ['status 1 NetStream.Pause.Notify']],
  ['pauseRaw', true, ['status 1 NetStream.Pause.Notify']],
  ['pause', false, ['status 1 NetStream.Unpause.Notify', 'media 9/1@0 1701000000', 'media 8/1@1 af01']],
  ['seek', 1000, ['status 1 NetStream.Seek.Failed', 'media 9/1@0 1701000000', 'media 8/1@1 af01']],
])('%s(%s)', (name, argument, heard) => {
  const { ann, bob } = two()
  const id = ann.publish('cam')
  const playing = bob.play('cam')
  bob.take()
  bob.command(playing, name, argument, 0)
  ann.send(video(id, 0, KEY))
  ann.send(audio(id, 1, SOUND))
  expect(bob.take()).toEqual(heard)
})

test('what is not wanted before play is not sent from the first picture on', () => {
  const { ann, bob } = two()
  const id = ann.publish('cam')
  for (const message of [video(id, 0, AVC), audio(id, 0, SOUND), video(id, 0, KEY)]) ann.send(message)
  const playing = bob.stream()
  bob.command(playing, 'receiveVideo', false)
  bob.play('cam', -2000, playing)
  ann.send(audio(id, 20, SOUND))
  expect(bob.take('media').filter((line) => line.includes('media 9/1@0 1701'))).toEqual([])
  bob.command(playing, 'receiveVideo', true)
  ann.send(video(id, 40, KEY))
  expect(bob.take('media 9')).toHaveLength(1)
})

test('several streams on one connection, both ways', () => {
  const { world, ann, bob } = two()
  const cam = ann.publish('cam')
  const mic = ann.publish('mic')
  const back = ann.play('bob')
  const [first, second] = [bob.play('cam'), bob.play('mic')]
  const own = bob.publish('bob')
  for (const client of [ann, bob]) client.take()
  ann.send(video(cam, 0, KEY))
  ann.send(audio(mic, 0, SOUND))
  bob.send(audio(own, 5, SOUND))
  expect(bob.take()).toEqual([`media 9/${first}@0 1701000000`, `media 8/${second}@0 af01`])
  expect(ann.take()).toEqual([`media 8/${back}@5 af01`])
  bob.session.deleteStream(first)
  world.settle()
  ann.send(video(cam, 1, KEY))
  expect(bob.take()).toEqual([])
  expect(world.census().streams).toBe(3)
  ann.breaks()
  bob.close()
  world.wait(0)
  expect([world.census(), world.errors]).toEqual([nothingLeft, []])
})

test('play2 and a new play replace the old', () => {
  const { world, ann, bob } = two()
  const [one, two_] = [ann.publish('one'), ann.publish('two')]
  const id = bob.play('one')
  bob.take()
  bob.play('two', -2000, id)
  ann.send(video(one, 0, KEY))
  ann.send(video(two_, 1, KEY))
  expect(bob.take('media 9')).toEqual([`media 9/${id}@1 1701000000`])
  bob.command(id, 'play2', AmfObject.of({ streamName: 'one', transition: 'switch' }))
  bob.take()
  ann.send(video(one, 2, KEY))
  ann.send(video(two_, 3, KEY))
  expect(bob.take('media 9')).toEqual([`media 9/${id}@2 1701000000`])
  bob.close()
  ann.close()
  expect(world.census()).toEqual(nothingLeft)
})

test('the access seam may take its time, and the stream may be something else by then', () => {
  const waiting: (() => void)[] = []
  const world = new TestWorld({
    access: {
      decide: ({ action }, decided) => {
        const yes = (): void => decided({ allowed: true })
        if (action === 'publish' || action === 'play') waiting.push(yes)
        else yes()
      },
    },
  })
  const ann = world.flash({ app: 'live', args: ['ann'] })
  ann.take()
  const id = ann.publish('one')
  ann.send(video(id, 0, KEY))
  expect(ann.take()).toEqual([])
  ann.command(id, 'closeStream')
  ann.publish('two', 'live', id)
  for (const decide of waiting.splice(0)) decide()
  world.settle()
  expect(ann.take('status')).toEqual(['status 1 NetStream.Publish.Start'])
  expect(world.census().streams).toBe(1)
  ann.play('three')
  ann.breaks()
  for (const decide of waiting.splice(0)) decide()
  expect(world.census()).toEqual(nothingLeft)
})
