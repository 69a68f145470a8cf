import { headerKey, isDisposable, isKeyframe, isSequenceHeader } from '../../../src/media/tags.js'
import type { Message } from '../../../src/rtmp/wire/message.js'
import { fromHex } from '../../../src/util/bytes.js'

function message(type: number, hex: string): Message {
  return { type, timestamp: 0, messageStreamId: 1, payload: fromHex(hex) }
}

const VIDEO = 9
const AUDIO = 8
const DATA = 18

/** [rtmp.md 6.2, 6.3, 6.4; FLV 10.1 §E.4]: what the relay sees in the first bytes. */
test.each<[string, number, string, 'header' | 'keyframe' | undefined]>([
  ['AVC sequence header', VIDEO, '17 00 000000 0164', 'header'],
  ['AVC keyframe', VIDEO, '17 01 000000 00', 'keyframe'],
  ['AVC inter frame', VIDEO, '27 01 000000 00', undefined],
  ['AVC end of sequence', VIDEO, '17 02 000000', undefined],
  ['legacy HEVC sequence header', VIDEO, '1c 00 000000', 'header'],
  ['legacy HEVC keyframe', VIDEO, '1c 01 000000', 'keyframe'],
  ['Sorenson keyframe, as Flash cameras send', VIDEO, '12 00 00', 'keyframe'],
  ['Sorenson inter frame', VIDEO, '22 00', undefined],
  ['Sorenson disposable frame', VIDEO, '32 00', undefined],
  ['VP6 keyframe', VIDEO, '14 00', 'keyframe'],
  ['a command frame', VIDEO, '57 00', undefined],
  ['an E-RTMP command frame', VIDEO, 'd0 00', undefined],
  ['E-RTMP hvc1 SequenceStart', VIDEO, '90 68766331 01', 'header'],
  ['E-RTMP hvc1 CodedFrames, keyframe', VIDEO, '91 68766331 000000', 'keyframe'],
  ['E-RTMP hvc1 CodedFramesX, keyframe', VIDEO, '93 68766331 00', 'keyframe'],
  ['E-RTMP hvc1 CodedFrames, inter frame', VIDEO, 'a1 68766331 000000', undefined],
  ['E-RTMP SequenceEnd', VIDEO, '92 68766331', undefined],
  ['E-RTMP Metadata (colour)', VIDEO, '94 68766331', 'header'],
  ['E-RTMP Metadata, whatever its frame type', VIDEO, 'd4 68766331', 'header'],
  ['E-RTMP AV1 Mpeg2TsSequenceStart', VIDEO, '95 61763031', 'header'],
  ['E-RTMP multitrack SequenceStart', VIDEO, '96 00 68766331 00', 'header'],
  ['E-RTMP multitrack CodedFrames, keyframe', VIDEO, '96 01 68766331 00', 'keyframe'],
  ['E-RTMP ModEx before CodedFramesX', VIDEO, '97 02 000000 03 68766331', 'keyframe'],
  ['E-RTMP ModEx with a long size', VIDEO, `97 ff 0000 00 00 68766331`, 'header'],
  ['AAC sequence header', AUDIO, 'af 00 1210', 'header'],
  ['AAC frame', AUDIO, 'af 01 21', undefined],
  ['MP3', AUDIO, '2f 00', undefined],
  ['Nellymoser', AUDIO, '6a 00', undefined],
  ['E-RTMP Opus SequenceStart', AUDIO, '90 4f707573', 'header'],
  ['E-RTMP Opus frame', AUDIO, '91 4f707573', undefined],
  ['E-RTMP MultichannelConfig', AUDIO, '94 4f707573', 'header'],
  ['E-RTMP multitrack audio SequenceStart', AUDIO, '95 00 4f707573', 'header'],
  ['E-RTMP audio ModEx before SequenceStart', AUDIO, '97 02 000000 00 4f707573', 'header'],
  ['a data message', DATA, '17 00', undefined],
  ['nothing', VIDEO, '', undefined],
  ['nothing', AUDIO, '', undefined],
  ['AVC cut short', VIDEO, '17', undefined],
  ['ModEx cut short', VIDEO, '97 ff', undefined],
])('%s', (_name, type, hex, kind) => {
  const given = message(type, hex)
  expect([isSequenceHeader(given), isKeyframe(given)]).toEqual([kind === 'header', kind === 'keyframe'])
})

/** A new header takes the place of the last one of the same key [rtmp.md 6.4]. */
test.each<[string, number, string, string]>([
  ['AVC', VIDEO, '17 00 000000', 'video:0'],
  ['AAC', AUDIO, 'af 00 1210', 'audio:0'],
  ['E-RTMP SequenceStart', VIDEO, '90 68766331', 'video:0'],
  ['E-RTMP Mpeg2TsSequenceStart', VIDEO, '95 61763031', 'video:0'],
  ['E-RTMP colour', VIDEO, '94 68766331', 'video:0:4'],
  ['E-RTMP channels', AUDIO, '94 4f707573', 'audio:0:4'],
  ['one of many tracks', VIDEO, '96 00 68766331 03 01', 'video:3'],
  ['one of many tracks behind ModEx', VIDEO, '97 02 000000 06 00 68766331 03 01', 'video:3'],
  ['two tracks at once', AUDIO, '95 10 4f707573 01 000001 aa 02 000002 bbbb', 'audio:1+2'],
  [
    'two tracks with codecs of their own',
    VIDEO,
    '96 20 68766331 01 000001 aa 61766331 02 000000',
    'video:1+2',
  ],
  ['the channels of a track', AUDIO, '95 04 4f707573 02 01', 'audio:2:4'],
  ['nothing behind ModEx', VIDEO, '97 ff', 'video:0:-1'],
])('the header of %s has a key', (_name, type, hex, key) => {
  expect(headerKey(message(type, hex))).toBe(key)
})

test.each<[string, number, string, boolean]>([
  ['Sorenson disposable frame', VIDEO, '32 00', true],
  ['Sorenson inter frame', VIDEO, '22 00', false],
  ['E-RTMP disposable frame', VIDEO, 'b1 68766331 000000', true],
  ['sound', AUDIO, '32 00', false],
])('%s: disposable is %s', (_name, type, hex, isOne) => {
  expect(isDisposable(message(type, hex))).toBe(isOne)
})
