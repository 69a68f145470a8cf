/** What real programs send, replayed message by message: the captures of rtmp.md 3.11. */
import { AmfArray, AmfEcmaArray, AmfObject } from '../../../../src/amf/value.js'
import type { AmfValue } from '../../../../src/amf/value.js'
import { encodeControl } from '../../../../src/rtmp/wire/message/index.js'
import type { ChunkedMessage } from '../../../../src/rtmp/wire/message.js'
import { FakeRtmpClient, ServerRig } from '../../../support/fake-rtmp-client.js'
import {
  bareCommand,
  command,
  data,
  media,
  sharedObject,
  userControl,
} from '../../../support/fake-rtmp-text.js'

interface Program {
  readonly name: string
  readonly connect: Readonly<Record<string, AmfValue>>
  readonly messages: readonly ChunkedMessage[]
  /** Names of the commands and events that came back, after connect. */
  readonly back: readonly string[]
  readonly reported: readonly string[]
}

const windowSize = encodeControl({ kind: 'windowAcknowledgementSize', windowSize: 2_500_000 })
const buffer = (messageStreamId: number, bufferLength: number): ChunkedMessage =>
  userControl({ event: 'SetBufferLength', messageStreamId, bufferLength })
const metadata = data('@setDataFrame', ['onMetaData', new AmfEcmaArray(['width'], [320])])
const headers = [media(9, 0, [0x17, 0]), media(8, 0, [0xaf, 0])]
const published = ['onStatus']
const played = ['onStatus', 'onStatus', '|RtmpSampleAccess', 'onStatus']
const mediaReports = [
  '1: media 18/1 @setDataFrame "onMetaData" {width:320}',
  '1: media 9/1@0 1700',
  '1: media 8/1@0 af00',
]

const programs: readonly Program[] = [
  {
    name: 'ffmpeg publishes',
    connect: {
      app: 'live',
      type: 'nonprivate',
      flashVer: 'FMLE/3.0 (compatible; Lavf59.27.100)',
      tcUrl: 'rtmp://gw/live',
    },
    messages: [
      command('releaseStream', 2, ['cam']),
      command('FCPublish', 3, ['cam']),
      command('createStream', 4),
      command('_checkbw', 5),
      command('publish', 6, ['cam', 'live'], 1),
      metadata,
      ...headers,
      command('FCUnpublish', 7, ['cam']),
      command('deleteStream', 8, [1]),
    ],
    back: [
      '_result',
      '_result',
      'onFCPublish',
      '_result',
      '_result',
      'StreamBegin',
      ...published,
      '_result',
      'onFCUnpublish',
      '_result',
    ],
    reported: ['1: publish cam  live', ...mediaReports, '1: unpublish'],
  },
  {
    name: 'ffmpeg plays',
    connect: {
      app: 'live',
      flashVer: 'LNX 9,0,124,2',
      tcUrl: 'rtmp://gw/live',
      fpad: false,
      capabilities: 15,
      audioCodecs: 4071,
      videoCodecs: 252,
      videoFunction: 1,
    },
    messages: [
      windowSize,
      command('createStream', 2),
      command('_checkbw', 3),
      command('getStreamLength', 4, ['cam']),
      command('play', 5, ['cam', -2000], 1),
      buffer(1, 3000),
    ],
    back: ['_result', '_result', '_result', 'StreamBegin', ...played],
    reported: ['length cam', '1: play cam  -2000 -1000 reset', '1: buffer 3000'],
  },
  {
    name: 'rtmpdump plays',
    connect: {
      app: 'live',
      flashVer: 'LNX 10,0,32,18',
      tcUrl: 'rtmp://gw/live',
      fpad: false,
      capabilities: 15,
      audioCodecs: 3191,
    },
    messages: [
      windowSize,
      buffer(0, 300),
      command('createStream', 2),
      command('FCSubscribe', 3, ['cam']),
      command('_checkbw', 4),
      command('play', 5, ['cam', -1000], 1),
      buffer(1, 36_000_000),
      command('deleteStream', 6, [1]),
    ],
    back: ['_result', '_result', 'onFCSubscribe', '_result', 'StreamBegin', ...played, '_result'],
    reported: ['1: play cam  -1000 -1000 reset', '1: buffer 36000000', '1: stop'],
  },
  {
    name: 'curl plays',
    connect: { app: 'live', tcUrl: 'rtmp://gw/live' },
    messages: [
      windowSize,
      command('createStream', 2),
      command('play', 0, ['cam', 0], 1),
      buffer(1, 0x6ddd00),
    ],
    back: ['_result', 'StreamBegin', ...played],
    reported: ['1: play cam  0 -1000 reset', '1: buffer 7200000'],
  },
  {
    name: 'GStreamer publishes',
    connect: { app: 'live', type: 'nonprivate', flashVer: 'LNX 10,0,32,18', tcUrl: 'rtmp://gw/live' },
    messages: [
      windowSize,
      command('releaseStream', 0, ['cam']),
      command('FCPublish', 0, ['cam']),
      command('createStream', 2),
      { ...command('publish', 0, ['cam', 'live'], 1), chunkStreamId: 3 },
      encodeControl({ kind: 'setChunkSize', chunkSize: 128 }),
      metadata,
      ...headers,
      command('FCUnpublish', 0, ['cam']),
      command('deleteStream', 0, ['cam']),
    ],
    back: ['onFCPublish', '_result', 'StreamBegin', ...published, 'onFCUnpublish'],
    reported: ['1: publish cam  live', ...mediaReports, '1: unpublish'],
  },
  {
    name: 'GStreamer plays',
    connect: { app: 'live', flashVer: 'LNX 10,0,32,18', tcUrl: 'rtmp://gw/live' },
    messages: [
      windowSize,
      windowSize,
      buffer(0, 300),
      command('createStream', 2),
      command('play', 0, ['cam', -2], 1),
      buffer(1, 30_000),
    ],
    back: ['_result', 'StreamBegin', ...played],
    reported: ['1: play cam  -2000 -1000 reset', '1: buffer 30000'],
  },
  {
    name: 'OBS publishes',
    connect: {
      app: 'live',
      type: 'nonprivate',
      flashVer: 'FMLE/3.0 (compatible; FMSc/1.0)',
      swfUrl: 'rtmp://gw/live',
      tcUrl: 'rtmp://gw/live',
      fourCcList: new AmfArray(['av01', 'hvc1']),
      capsEx: 3,
    },
    messages: [
      encodeControl({ kind: 'setChunkSize', chunkSize: 4096 }),
      command('releaseStream', 2, ['key']),
      command('FCPublish', 3, ['key']),
      command('createStream', 4),
      command('_checkbw', 0),
      command('publish', 5, ['key', 'live'], 1),
      metadata,
      media(8, 0, [0xaf, 0]),
      media(9, 0, new Array<number>(10_000).fill(0x90)),
      command('FCUnpublish', 6, ['key']),
      command('deleteStream', 7, [1]),
    ],
    back: [
      '_result',
      '_result',
      'onFCPublish',
      '_result',
      'StreamBegin',
      ...published,
      '_result',
      'onFCUnpublish',
      '_result',
    ],
    reported: [
      '1: publish key  live',
      mediaReports[0]!,
      mediaReports[2]!,
      `1: media 9/1@0 ${'90'.repeat(10_000)}`,
      '1: unpublish',
    ],
  },
  {
    name: 'Flash Player in a chat',
    connect: {
      app: 'chat/lobby',
      flashVer: 'WIN 32,0,0,465',
      tcUrl: 'rtmp://gw/chat/lobby',
      objectEncoding: 3,
    },
    messages: [
      bareCommand('sendMessage', 2, [null, 'hi'], 0, 17),
      sharedObject('users', [{ kind: 'use' }], 16),
      bareCommand('quiet', 0, [null], 0, 17),
      command('closeStream', 0, [], 0),
    ],
    back: [],
    reported: ['call sendMessage 2 "hi"', 'object users use', 'call quiet 0'],
  },
]

/** "_result" of "20/0 _result 4 null 1". */
const nameOf = (line: string): string => (/^\d+\//.test(line) ? line.split(' ')[1]! : line.split(' ')[0]!)

describe.each(programs)('$name', ({ connect, messages, back, reported }) => {
  const connectMessage = bareCommand('connect', 1, [AmfObject.of(connect)])

  test('step by step', () => {
    const client = new FakeRtmpClient(new ServerRig())
    client.send(connectMessage).take()
    for (const message of messages) client.send(message)
    expect(client.take().map(nameOf)).toEqual(back)
    expect(client.server.handler.reports.slice(1)).toEqual(reported)
  })

  test('all at once, while connect is being decided', () => {
    const client = new FakeRtmpClient(new ServerRig())
    const { handler } = client.server
    handler.answersConnect = false
    client.send(connectMessage, ...messages)
    expect(handler.reports).toHaveLength(1)
    expect(client.take()).toEqual([])
    handler.connection.accept({}, { onBWDone: false })
    expect(client.take().slice(5).map(nameOf)).toEqual(back)
    expect(handler.reports.slice(1)).toEqual(reported)
  })

  test('and the socket closes: nothing stays open', () => {
    const client = new FakeRtmpClient(new ServerRig())
    client.send(connectMessage, ...messages)
    client.server.session.ended('finished')
    const { reports } = client.server.handler
    const count = (word: string): number => reports.filter((report) => report.startsWith(`1: ${word}`)).length
    expect(count('publish')).toBe(count('unpublish'))
    expect(count('play')).toBe(count('stop'))
    expect(reports.at(-1)).toBe('closed finished')
    expect(client.server.time.timers.size).toBe(0)
  })
})
