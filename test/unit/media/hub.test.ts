import { Hub } from '../../../src/media/hub.js'
import type { Player, Stream } from '../../../src/media/hub.js'
import type { Message } from '../../../src/rtmp/wire/message.js'
import { decodeUtf8, encodeUtf8 } from '../../../src/util/utf8.js'

const AUDIO = 8
const VIDEO = 9
const DATA = 18

function message(type: number, ...bytes: number[]): Message {
  return { type, timestamp: 0, messageStreamId: 1, payload: Uint8Array.from(bytes) }
}

const metadata = message(DATA, 1)
const cue = message(DATA, 2)
const avc = message(VIDEO, 0x17, 0)
const key = message(VIDEO, 0x17, 1)
const inter = message(VIDEO, 0x27, 1)
const aac = message(AUDIO, 0xaf, 0)
const sound = message(AUDIO, 0xaf, 1)
const names = new Map([
  [metadata, 'metadata'],
  [cue, 'cue'],
  [avc, 'avc'],
  [key, 'key'],
  [inter, 'inter'],
  [aac, 'aac'],
  [sound, 'sound'],
])

class TestPlayer implements Player {
  readonly events: string[] = []
  constructor(
    readonly messageStreamId = 1,
    readonly adapt = (given: Message): Message | undefined => given,
  ) {}

  sendCut(bytes: Uint8Array): void {
    this.events.push(decodeUtf8(bytes))
  }

  published(): void {
    this.events.push('published')
  }

  unpublished(): void {
    this.events.push('unpublished')
  }

  take(): string[] {
    return this.events.splice(0)
  }
}

let cuts: string[] = []
beforeEach(() => (cuts = []))

function openHub(): Hub {
  return new Hub((given, id) => {
    cuts.push(`${names.get(given) ?? 'other'}/${id}`)
    return encodeUtf8(names.get(given) ?? 'other')
  })
}

const publisher = { replaced: () => undefined }

function running(): { stream: Stream; player: TestPlayer } {
  const stream = openHub().open('k', 'cam')
  stream.publish(publisher)
  stream.setMetadata('onMetaData', metadata)
  for (const header of [avc, aac]) stream.relay(header)
  const player = new TestPlayer()
  stream.play(player)
  return { stream, player }
}

test('who comes late gets metadata and headers, then sound, and pictures from the next keyframe', () => {
  const { stream, player } = running()
  expect(player.take()).toEqual(['metadata', 'avc', 'aac'])
  for (const given of [inter, sound, inter, key, inter, sound]) stream.relay(given)
  expect(player.take()).toEqual(['sound', 'key', 'inter', 'sound'])
})

test('who waits hears of the publisher, of its end, and of the next', () => {
  const stream = openHub().open('k', 'cam')
  const player = new TestPlayer()
  stream.play(player)
  expect(stream.publish(publisher)).toBe(true)
  for (const given of [avc, key, inter]) stream.relay(given)
  stream.unpublish(publisher)
  const next = { ...publisher }
  stream.publish(next)
  stream.relay(inter)
  stream.relay(key)
  expect(player.take()).toEqual(['published', 'avc', 'key', 'inter', 'unpublished', 'published', 'key'])
  const late = new TestPlayer()
  stream.play(late)
  expect(late.take()).toEqual([])
})

test('the second publisher is refused, and cannot end what the first has begun', () => {
  const { stream } = running()
  const second = { ...publisher }
  expect(stream.publish(second)).toBe(false)
  stream.unpublish(second)
  expect(stream.publisher).toBe(publisher)
})

test.each<[string, (stream: Stream, player: TestPlayer) => void, string[]]>([
  ['no sound', (stream, player) => stream.want(player, 'audio', false), ['key', 'inter']],
  ['no pictures', (stream, player) => stream.want(player, 'video', false), ['sound']],
  ['paused', (stream, player) => stream.pause(player, true), []],
  ['stopped', (stream, player) => stream.stop(player), []],
])('%s', (_name, act, heard) => {
  const { stream, player } = running()
  player.take()
  act(stream, player)
  for (const given of [key, sound, inter]) stream.relay(given)
  expect(player.take()).toEqual(heard)
})

test('headers and data come to those too who want no pictures now', () => {
  const { stream, player } = running()
  stream.want(player, 'video', false)
  player.take()
  stream.relay(avc)
  stream.relayData(cue)
  expect(player.take()).toEqual(['avc', 'cue'])
})

test('after a pause headers again, and pictures from a keyframe', () => {
  const { stream, player } = running()
  stream.relay(key)
  player.take()
  stream.pause(player, true)
  stream.pause(player, true)
  stream.relay(inter)
  stream.pause(player, false)
  for (const given of [inter, key, inter]) stream.relay(given)
  expect(player.take()).toEqual(['metadata', 'avc', 'aac', 'key', 'inter'])
})

test('pictures wanted again begin at a keyframe; wanting what one has changes nothing', () => {
  const { stream, player } = running()
  stream.relay(key)
  player.take()
  stream.want(player, 'video', true)
  stream.relay(inter)
  stream.want(player, 'video', false)
  stream.want(player, 'video', true)
  for (const given of [inter, key]) stream.relay(given)
  expect(player.take()).toEqual(['inter', 'key'])
})

test('metadata is kept by name until it is cleared', () => {
  const { stream } = running()
  stream.setMetadata('onTextData', cue)
  stream.setMetadata('onMetaData', metadata)
  const late = new TestPlayer()
  stream.play(late)
  expect(late.take()).toEqual(['cue', 'metadata', 'avc', 'aac'])
  stream.setMetadata('onTextData', undefined)
  const later = new TestPlayer()
  stream.play(later)
  expect(later.take()).toEqual(['metadata', 'avc', 'aac'])
})

test('names of metadata are few', () => {
  const { stream } = running()
  for (let at = 0; at < 100; at++) stream.setMetadata(`name${at}`, cue)
  const late = new TestPlayer()
  stream.play(late)
  expect(late.take().length).toBeLessThan(20)
})

test('a message is cut once for each message stream ID, and not when nobody wants it', () => {
  const { stream, player } = running()
  stream.stop(player)
  for (const id of [1, 1, 2, 2, 1]) stream.play(new TestPlayer(id))
  cuts = []
  stream.relay(sound)
  expect(cuts).toEqual(['sound/1', 'sound/2'])
  cuts = []
  stream.relay(inter)
  expect(cuts).toEqual([])
})

test('what a player cannot have is left out for him alone', () => {
  const { stream, player } = running()
  const old = new TestPlayer(1, (given) => (given === cue ? undefined : given))
  stream.play(old)
  player.take()
  old.take()
  stream.relayData(cue)
  expect([player.take(), old.take()]).toEqual([['cue'], []])
})

test('a stream lives while somebody publishes or plays it', () => {
  const hub = openHub()
  const stream = hub.open('k', 'cam')
  expect(hub.open('k', 'cam')).toBe(stream)
  const player = new TestPlayer()
  stream.play(player)
  stream.publish(publisher)
  hub.release('k')
  stream.unpublish(publisher)
  hub.release('k')
  expect([hub.size, hub.find('k')]).toEqual([1, stream])
  stream.stop(player)
  hub.release('k')
  hub.release('k')
  expect([hub.size, hub.find('k')]).toEqual([0, undefined])
})
