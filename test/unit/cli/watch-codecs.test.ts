/** What `watch` says of a stream's codecs, by the bytes of its headers and frames. */
import { codecOf, sizeOf } from '../../../src/cli/watch-codecs.js'
import { MessageType } from '../../../src/rtmp/wire/message.js'
import type { Message } from '../../../src/rtmp/wire/message.js'
import { flvVectors, readFlv } from '../../support/flv.js'

function message(type: number, hex: string): Message {
  const payload = new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
  return { type, timestamp: 0, messageStreamId: 1, payload }
}

test.each([
  ['17 00 000000 01 64 00 1f', 'AVC (H.264) High, level 3.1'],
  ['17 00 000000 01 42 c0 0d', 'AVC (H.264) Baseline, level 1.3'],
  ['17 00 000000 01 07 00 0a', 'AVC (H.264) profile 7, level 1.0'],
  ['17 01 000000 65', 'AVC (H.264)'],
  ['17 00 00', 'AVC (H.264)'],
  ['22 00', 'Sorenson H.263'],
  ['13', 'Screen video'],
  ['14', 'VP6'],
  ['15', 'VP6 with alpha'],
  ['16', 'Screen video 2'],
  ['1c 00', 'HEVC (H.265)'],
  ['1f', 'codec 15'],
  ['90 61763031', 'av01'],
  ['90 00ff0a41', '???A'],
  ['96 00 61763031', 'several tracks'],
])('video %s is %s', (hex, codec) => {
  expect(codecOf(message(MessageType.Video, hex))).toBe(codec)
})

test.each([
  ['af 00 12 10', 'AAC 44100 Hz stereo'],
  ['af 00 11 88', 'AAC 48000 Hz mono'],
  ['af 00 11 b0', 'AAC 48000 Hz 6 channels'],
  ['af 00 17 90', 'AAC of some rate stereo'],
  ['af 01 aa', 'AAC'],
  ['2f', 'MP3 44100 Hz stereo'],
  ['1a', 'ADPCM 22050 Hz mono'],
  ['b2', 'Speex'],
  ['52', 'Nellymoser 8 kHz'],
  ['66', 'Nellymoser 11025 Hz mono'],
  ['72', 'G.711 A-law'],
  ['c0', 'codec 12 5512 Hz mono'],
  ['90 4f707573', 'Opus'],
  ['95 00 4f707573', 'several tracks'],
])('audio %s is %s', (hex, codec) => {
  expect(codecOf(message(MessageType.Audio, hex))).toBe(codec)
})

test('what is no media has no codec', () => {
  expect(codecOf(message(MessageType.Audio, ''))).toBeUndefined()
  expect(codecOf(message(MessageType.Data, '02'))).toBeUndefined()
})

/** The first bytes of what ffmpeg makes: version 1, the format in bits 30 to 32, then the size where that has none. */
test.each([
  ['12 00008400 80a0005a1226', '320x180'],
  ['12 00008401 12a620202021', '352x288'],
  ['12 00008402 92a620202021', '320x240'],
  ['12 00008400 505a00000000', '160x180'],
  ['12 00008403 80a0005a1226', undefined],
  ['22 00008400 80a0005a1226', undefined],
  ['12 00008400 80', undefined],
])('a picture of Sorenson H.263, %s, is %s', (hex, size) => {
  expect(sizeOf(message(MessageType.Video, hex))).toBe(size)
})

test.each(flvVectors())('the codecs of $file have names', ({ bytes }) => {
  const names = new Set(readFlv([bytes]).messages.map(codecOf))
  expect([...names].filter((name) => name !== undefined && /^codec|\?/.test(name))).toEqual([])
  expect(names.size).toBeGreaterThan(1)
})
