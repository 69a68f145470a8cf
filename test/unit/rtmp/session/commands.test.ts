/** What a client sends and what comes back: the tables of rtmp.md 3.5 to 3.10. */
import { AmfObject } from '../../../../src/amf/value.js'
import type { ChunkedMessage } from '../../../../src/rtmp/wire/message.js'
import { connectionRig } from '../../../support/fake-net-connection.js'
import {
  bareCommand,
  command,
  connect,
  data,
  media,
  sharedObject,
  userControl,
} from '../../../support/fake-rtmp-text.js'

interface Row {
  readonly title: string
  readonly send: readonly ChunkedMessage[]
  readonly back: readonly string[]
  readonly reported?: readonly string[]
}

const status = (code: string, description: string, name: string): string =>
  `20/1 onStatus 0 null {level:"status",code:"${code}",description:"${description}",details:"${name}",clientid:"c1"}`
const invalid = (command: string, name: string): string =>
  `20/1 onStatus 0 null {level:"error",code:"NetStream.InvalidArg",description:"Invalid arguments of ${command}.",details:"${name}",clientid:"c1"}`
const created = command('createStream', 2)
const createdBack = '20/0 _result 2 null 1'
const publishing = [created, command('publish', 0, ['cam', 'live'], 1)]
const publishingBack = [
  createdBack,
  'StreamBegin 1',
  status('NetStream.Publish.Start', 'cam is now published.', 'cam'),
]
const playing = [created, command('play', 0, ['cam'], 1)]
const playingBack = [
  createdBack,
  'StreamBegin 1',
  status('NetStream.Play.Reset', 'Playing and resetting cam.', 'cam'),
  status('NetStream.Play.Start', 'Started playing cam.', 'cam'),
  '18/1 |RtmpSampleAccess true true',
  '18/1 onStatus {code:"NetStream.Data.Start"}',
]

const rows: readonly Row[] = [
  // 3.5 streams
  {
    title: 'createStream gives ids from 1',
    send: [created, command('createStream', 3)],
    back: [createdBack, '20/0 _result 3 null 2'],
  },
  {
    title: 'a deleted id is given again',
    send: [created, command('createStream', 3), command('deleteStream', 0, [1]), command('createStream', 4)],
    back: [createdBack, '20/0 _result 3 null 2', '20/0 _result 4 null 1'],
  },
  { title: 'initStream is harmless', send: [command('initStream', 0, [1])], back: [] },
  {
    title: 'initStream with a transaction is answered',
    send: [command('initStream', 5, [1])],
    back: ['20/0 _result 5 null undefined'],
  },
  {
    title: 'releaseStream',
    send: [command('releaseStream', 2, ['cam'])],
    back: ['20/0 _result 2 null undefined'],
  },
  {
    title: 'deleteStream ends publishing',
    send: [...publishing, command('deleteStream', 8, [1])],
    back: [...publishingBack, '20/0 _result 8 null undefined'],
    reported: ['1: publish cam  live', '1: unpublish'],
  },
  {
    title: 'deleteStream by name (GStreamer)',
    send: [...publishing, command('deleteStream', 0, ['cam'])],
    back: publishingBack,
    reported: ['1: publish cam  live', '1: unpublish'],
  },
  {
    title: 'deleteStream of an unknown name',
    send: [...publishing, command('deleteStream', 0, ['other'])],
    back: publishingBack,
    reported: ['1: publish cam  live'],
  },
  {
    title: 'closeStream of a publisher',
    send: [...publishing, command('closeStream', 0, [], 1)],
    back: [...publishingBack, status('NetStream.Unpublish.Success', 'cam is now unpublished.', 'cam')],
    reported: ['1: publish cam  live', '1: unpublish'],
  },
  {
    title: 'closeStream of a player',
    send: [...playing, command('closeStream', 0, [], 1)],
    back: playingBack,
    reported: ['1: play cam  -2000 -1000 reset', '1: stop'],
  },
  {
    title: 'closeStream of an idle stream',
    send: [created, command('closeStream', 0, [], 1)],
    back: [createdBack],
  },
  {
    title: 'close ends the connection',
    send: [command('close', 0)],
    back: ['end'],
    reported: ['closed finished'],
  },
  {
    title: 'FCPublish',
    send: [command('FCPublish', 3, ['cam'])],
    back: [
      '20/0 _result 3 null undefined',
      '20/0 onFCPublish 0 null {code:"NetStream.Publish.Start",description:"cam"}',
    ],
  },
  {
    title: 'FCPublish with transaction 0 (GStreamer)',
    send: [command('FCPublish', 0, ['cam'])],
    back: ['20/0 onFCPublish 0 null {code:"NetStream.Publish.Start",description:"cam"}'],
  },
  {
    title: 'FCUnpublish',
    send: [command('FCUnpublish', 7, ['cam'])],
    back: [
      '20/0 _result 7 null undefined',
      '20/0 onFCUnpublish 0 null {code:"NetStream.Unpublish.Success",description:"cam"}',
    ],
  },
  {
    title: 'FCSubscribe',
    send: [command('FCSubscribe', 3, ['cam'])],
    back: [
      '20/0 _result 3 null undefined',
      '20/0 onFCSubscribe 0 null {level:"status",code:"NetStream.Play.Start",description:"cam"}',
    ],
  },
  {
    title: 'FCUnsubscribe',
    send: [command('FCUnsubscribe', 0, ['cam'])],
    back: ['20/0 onFCUnsubscribe 0 null {code:"NetStream.Play.Stop",description:"cam"}'],
  },

  // 3.6 publish
  { title: 'publish', send: publishing, back: publishingBack, reported: ['1: publish cam  live'] },
  {
    title: 'publish without a type is live',
    send: [created, command('publish', 0, ['cam?key=1'], 1)],
    back: publishingBack,
    reported: ['1: publish cam key=1 live'],
  },
  {
    title: 'publish to record',
    send: [created, command('publish', 0, ['cam', 'record'], 1)],
    back: publishingBack,
    reported: ['1: publish cam  record'],
  },
  {
    title: 'publish to append with a gap',
    send: [created, command('publish', 0, ['cam', 'appendWithGap'], 1)],
    back: publishingBack,
    reported: ['1: publish cam  append'],
  },
  {
    title: 'publish(false)',
    send: [...publishing, command('publish', 0, [false], 1)],
    back: [...publishingBack, status('NetStream.Unpublish.Success', 'cam is now unpublished.', 'cam')],
    reported: ['1: publish cam  live', '1: unpublish'],
  },
  {
    title: 'publish(false) when idle',
    send: [created, command('publish', 0, [false], 1)],
    back: [createdBack],
  },
  {
    title: 'publish with an empty name ends what is published',
    send: [...publishing, command('publish', 0, [''], 1)],
    back: [...publishingBack, status('NetStream.Unpublish.Success', 'cam is now unpublished.', 'cam')],
    reported: ['1: publish cam  live', '1: unpublish'],
  },
  {
    title: 'publish with an empty name when idle is asked for, to be refused: an encoder waits for an answer',
    send: [created, command('publish', 0, [''], 1)],
    back: [createdBack, 'StreamBegin 1', status('NetStream.Publish.Start', ' is now published.', '')],
    reported: ['1: publish   live'],
  },
  {
    title: 'publish of another name replaces',
    send: [...publishing, command('publish', 0, ['two'], 1)],
    back: [
      ...publishingBack,
      status('NetStream.Unpublish.Success', 'cam is now unpublished.', 'cam'),
      'StreamBegin 1',
      status('NetStream.Publish.Start', 'two is now published.', 'two'),
    ],
    reported: ['1: publish cam  live', '1: unpublish', '1: publish two  live'],
  },
  {
    title: 'publish on a stream that plays',
    send: [...playing, command('publish', 0, ['two'], 1)],
    back: [
      ...playingBack,
      status('NetStream.Failed', 'A stream that plays cam cannot publish.', 'cam').replace(
        '"status"',
        '"error"',
      ),
    ],
    reported: ['1: play cam  -2000 -1000 reset'],
  },
  {
    title: 'publish without a stream',
    send: [command('publish', 4, ['cam'], 1)],
    back: [
      '20/0 _error 4 null {level:"error",code:"NetConnection.Call.Failed",description:"Call to publish failed: there is no such stream."}',
    ],
  },
  {
    title: 'publish with message stream 0 means the only stream',
    send: [created, command('publish', 0, ['cam'], 0)],
    back: publishingBack,
    reported: ['1: publish cam  live'],
  },
  {
    title: 'media and data of a publisher are reported',
    send: [
      ...publishing,
      data('@setDataFrame', ['onMetaData']),
      media(8, 20, [0xaf, 0]),
      media(9, 40, [0x17]),
    ],
    back: publishingBack,
    reported: [
      '1: publish cam  live',
      '1: media 18/1 @setDataFrame "onMetaData"',
      '1: media 8/1@20 af00',
      '1: media 9/1@40 17',
    ],
  },
  {
    title: 'media on a stream that does not publish is dropped',
    send: [created, media(8, 0, [1]), media(8, 0, [1], 9)],
    back: [createdBack],
  },

  // 3.7 play
  { title: 'play', send: playing, back: playingBack, reported: ['1: play cam  -2000 -1000 reset'] },
  {
    title: 'play without reset',
    send: [created, command('play', 0, ['cam', -1000, -1000, false], 1)],
    back: playingBack.filter((line) => !line.includes('Reset')),
    reported: ['1: play cam  -1000 -1000 append'],
  },
  {
    title: 'play from GStreamer: -2 is -2000',
    send: [created, command('play', 0, ['cam', -2], 1)],
    back: playingBack,
    reported: ['1: play cam  -2000 -1000 reset'],
  },
  {
    title: 'play of a part',
    send: [created, command('play', 0, ['mp4:cam?t=1', 5000, 2000, 1], 1)],
    back: playingBack.map((line) => line.replaceAll('cam', 'mp4:cam')),
    reported: ['1: play mp4:cam t=1 5000 2000 reset'],
  },
  {
    title: 'play(false)',
    send: [...playing, command('play', 0, [false], 1)],
    back: playingBack,
    reported: ['1: play cam  -2000 -1000 reset', '1: stop'],
  },
  {
    title: 'a new play replaces: the handler is told how',
    send: [...playing, command('play', 0, ['cam'], 1), command('play', 0, ['two', 0, 500, 2], 1)],
    back: [
      ...playingBack,
      ...playingBack.slice(1),
      ...playingBack
        .slice(1)
        .filter((line) => !line.includes('Reset'))
        .map((line) => line.replaceAll('cam', 'two')),
    ],
    reported: [
      '1: play cam  -2000 -1000 reset',
      '1: play cam  -2000 -1000 reset',
      '1: play two  0 500 append',
    ],
  },
  {
    title: 'play with numbers that are none, or too large',
    send: [
      created,
      command('play', 0, ['cam', Number.NaN, Number.NaN, 3], 1),
      command('play', 0, ['cam', 1e308, 1e308, 'x'], 1),
      command('play', 0, ['cam', -1e308, -5, 1], 1),
      command('play', 0, ['cam', Infinity, Infinity], 1),
    ],
    back: [playingBack[0]!, ...new Array<readonly string[]>(4).fill(playingBack.slice(1)).flat()],
    reported: [
      '1: play cam  -2000 -1000 reset',
      '1: play cam  4294967295 -1000 reset',
      '1: play cam  -2000 -1000 reset',
      '1: play cam  4294967295 -1000 reset',
    ],
  },
  {
    title: 'a name that is no text',
    send: [created, command('play', 0, [5], 1), command('publish', 0, [new AmfObject()], 1)],
    back: [createdBack, invalid('play', ''), invalid('publish', '')],
  },
  {
    title: 'arguments of the wrong type while it plays',
    send: [
      ...playing,
      command('pause', 0, ['yes'], 1),
      command('seek', 0, [Number.NaN], 1),
      command('seek', 0, [], 1),
      command('receiveAudio', 0, [], 1),
      command('receiveVideo', 0, ['x'], 1),
    ],
    back: [
      ...playingBack,
      ...['pause', 'seek', 'seek', 'receiveAudio', 'receiveVideo'].map((name) => invalid(name, 'cam')),
    ],
    reported: ['1: play cam  -2000 -1000 reset'],
  },
  {
    title: 'play on a stream that publishes',
    send: [...publishing, command('play', 0, ['two'], 1)],
    back: [
      ...publishingBack,
      status('NetStream.Failed', 'A stream that publishes cam cannot play.', 'cam').replace(
        '"status"',
        '"error"',
      ),
    ],
    reported: ['1: publish cam  live'],
  },
  {
    title: 'play2 switches',
    send: [
      ...playing,
      command(
        'play2',
        0,
        [AmfObject.of({ oldStreamName: 'cam', streamName: 'hd', transition: 'switch' })],
        1,
      ),
    ],
    back: [
      ...playingBack,
      status('NetStream.Play.Transition', 'Transition to hd.', 'hd'),
      '18/1 onPlayStatus {level:"status",code:"NetStream.Play.TransitionComplete",description:"Transition to hd is complete."}',
    ],
    reported: ['1: play cam  -2000 -1000 reset', '1: play hd  -2000 -1000 switch'],
  },
  {
    title: 'play2 queues',
    send: [...playing, command('play2', 0, [AmfObject.of({ streamName: 'hd', transition: 'append' })], 1)],
    back: [
      ...playingBack,
      ...playingBack
        .slice(1)
        .filter((line) => !line.includes('Reset'))
        .map((line) => line.replaceAll('cam', 'hd')),
    ],
    reported: ['1: play cam  -2000 -1000 reset', '1: play hd  -2000 -1000 append'],
  },
  {
    title: 'play2 when nothing plays begins',
    send: [created, command('play2', 0, [AmfObject.of({ streamName: 'cam', transition: 'switch' })], 1)],
    back: playingBack.filter((line) => !line.includes('Reset')),
    reported: ['1: play cam  -2000 -1000 append'],
  },
  {
    title: 'play2 stops',
    send: [...playing, command('play2', 0, [AmfObject.of({ streamName: 'cam', transition: 'stop' })], 1)],
    back: playingBack,
    reported: ['1: play cam  -2000 -1000 reset', '1: stop'],
  },
  {
    title: 'play2 without options',
    send: [created, command('play2', 0, [7], 1)],
    back: [
      createdBack,
      '20/1 onStatus 0 null {level:"error",code:"NetStream.InvalidArg",description:"Invalid arguments of play2.",details:"",clientid:"c1"}',
    ],
  },
  {
    title: 'pause',
    send: [...playing, command('pause', 0, [true, 300], 1)],
    back: [...playingBack, status('NetStream.Pause.Notify', 'Pausing cam.', 'cam')],
    reported: ['1: play cam  -2000 -1000 reset', '1: pause true 300'],
  },
  {
    title: 'pauseRaw resumes',
    send: [...playing, command('pauseRaw', 0, [false], 1)],
    back: [...playingBack, status('NetStream.Unpause.Notify', 'Unpausing cam.', 'cam')],
    reported: ['1: play cam  -2000 -1000 reset', '1: pause false undefined'],
  },
  {
    title: 'pause without its argument changes from one to the other',
    send: [...playing, command('pause', 0, [], 1), command('pause', 0, [null, 40], 1)],
    back: [
      ...playingBack,
      status('NetStream.Pause.Notify', 'Pausing cam.', 'cam'),
      status('NetStream.Unpause.Notify', 'Unpausing cam.', 'cam'),
    ],
    reported: ['1: play cam  -2000 -1000 reset', '1: pause true undefined', '1: pause false 40'],
  },
  {
    title: 'pause of what does not play',
    send: [created, command('pause', 0, [true, 1], 1)],
    back: [createdBack],
  },
  {
    title: 'seek',
    send: [...playing, command('seek', 0, [25000], 1)],
    back: playingBack,
    reported: ['1: play cam  -2000 -1000 reset', '1: seek 25000'],
  },
  {
    title: 'seek to what no time is',
    send: [...playing, command('seek', 0, [-1e308], 1), command('seek', 0, [1e308], 1)],
    back: playingBack,
    reported: ['1: play cam  -2000 -1000 reset', '1: seek 0', '1: seek 4294967295'],
  },
  {
    title: 'receiveAudio before play is remembered for it',
    send: [created, command('receiveAudio', 0, [false], 1)],
    back: [createdBack],
  },
  {
    title: 'receiveAudio',
    send: [...playing, command('receiveAudio', 0, [false], 1)],
    back: playingBack,
    reported: ['1: play cam  -2000 -1000 reset', '1: receive audio false'],
  },
  {
    title: 'receiveVideo with frames per second',
    send: [...playing, command('receiveVideo', 0, [12], 1)],
    back: playingBack,
    reported: ['1: play cam  -2000 -1000 reset', '1: receive video true'],
  },
  {
    title: 'getStreamLength',
    send: [command('getStreamLength', 4, ['cam?x'])],
    back: ['20/0 _result 4 null 0'],
    reported: ['length cam'],
  },
  {
    title: 'getMovLen',
    send: [command('getMovLen', 4, ['cam'])],
    back: ['20/0 _result 4 null 0'],
    reported: ['length cam'],
  },
  {
    title: 'SetBufferLength of a stream',
    send: [created, userControl({ event: 'SetBufferLength', messageStreamId: 1, bufferLength: 3000 })],
    back: [createdBack],
    reported: ['1: buffer 3000'],
  },
  {
    title: 'SetBufferLength of no stream',
    send: [created, userControl({ event: 'SetBufferLength', messageStreamId: 0, bufferLength: 300 })],
    back: [createdBack],
  },

  // 3.9, 3.10
  { title: '_checkbw', send: [command('_checkbw', 5)], back: ['20/0 _result 5 null undefined'] },
  { title: 'setPeerInfo', send: [command('setPeerInfo', 6, ['10.0.0.1'])], back: [] },
  {
    title: 'checkBandwidth is a call',
    send: [command('checkBandwidth', 0)],
    back: [],
    reported: ['call checkBandwidth 0'],
  },
  {
    title: 'a call',
    send: [command('sendMessage', 2, ['hi', 1])],
    back: [],
    reported: ['call sendMessage 2 "hi" 1'],
  },
  {
    title: 'a call without a command object (Gnash)',
    send: [bareCommand('sendMessage', 2, ['hi', 1])],
    back: [],
    reported: ['call sendMessage 2 "hi" 1'],
  },
  {
    title: 'a call without any argument',
    send: [bareCommand('hello', 2, [])],
    back: [],
    reported: ['call hello 2'],
  },
  {
    title: 'an object name as a call',
    send: [command('__proto__', 0), command('constructor', 0)],
    back: [],
    reported: ['call __proto__ 0', 'call constructor 0'],
  },
  {
    title: 'a transaction that is no positive integer is 0',
    send: [command('releaseStream', 1.5), command('releaseStream', -1), command('x', Number.NaN)],
    back: [],
    reported: ['call x 0'],
  },
  {
    title: 'a ping is answered',
    send: [userControl({ event: 'PingRequest', timestamp: 77 })],
    back: ['PingResponse 77'],
  },
  {
    title: 'unknown messages and events are ignored',
    send: [
      { ...media(8, 0, [1]), type: 99 },
      userControl({ event: 'unknown', eventType: 77, data: Uint8Array.of(1) }),
      { ...userControl({ event: 'SwfVerificationRequest' }), payload: Uint8Array.of(0) },
    ],
    back: [],
  },
  {
    title: 'shared object messages',
    send: [sharedObject('users', [{ kind: 'use' }]), sharedObject('users', [{ kind: 'release' }], 16)],
    back: [],
    reported: ['object users use', 'object users release'],
  },
  {
    title: 'a second connect',
    send: [bareCommand('connect', 9, [new AmfObject()])],
    back: [
      '20/0 _error 9 null {level:"error",code:"NetConnection.Connect.Rejected",description:"[ Server.Reject ] : The client is connected already."}',
    ],
  },
  {
    title: 'a stale or invented answer',
    send: [command('_result', 77, ['x']), command('_error', 78)],
    back: [],
  },
  { title: 'onStatus from a client', send: [command('onStatus', 0, [new AmfObject()])], back: [] },
]

describe('a connected client sends, the server answers [rtmp.md 3.5-3.10]', () => {
  test.each(rows)('$title', ({ send, back, reported }) => {
    const rig = connectionRig()
    rig.send(connect())
    rig.sent()
    rig.reported()
    rig.send(...send)
    expect(rig.sent()).toEqual(back)
    expect(rig.reported()).toEqual(reported ?? [])
  })
})

describe('an aggregate [rtmp.md 2.6]', () => {
  const part = (type: number, timestamp: number, byte: number): number[] => [
    ...[type, 0, 0, 1, 0, 0, timestamp, 0, 0, 0, 0],
    byte,
    ...[0, 0, 0, 12],
  ]

  test('is reported part by part, at the time of the aggregate', () => {
    const rig = connectionRig()
    rig.send(connect(), ...publishing)
    rig.reported()
    rig.send({ ...media(8, 1_000, [...part(8, 10, 0xaf), ...part(9, 30, 0x17)]), type: 22 })
    expect(rig.reported()).toEqual(['1: media 8/1@1000 af', '1: media 9/1@1020 17'])
  })

  test('that does not fit ends the connection, with unpublish first', () => {
    const rig = connectionRig()
    rig.send(connect(), ...publishing)
    rig.reported()
    rig.send({ ...media(8, 0, [8, 0]), type: 22 })
    expect(rig.reported()).toEqual(['1: unpublish', 'closed lost'])
  })
})

describe('several streams of one connection', () => {
  test('are kept apart', () => {
    const rig = connectionRig()
    rig.send(connect(), created, command('createStream', 3))
    rig.send(
      command('publish', 0, ['a'], 1),
      command('publish', 0, ['b'], 2),
      media(8, 1, [1], 2),
      media(8, 1, [2], 1),
    )
    expect(rig.reported().slice(1)).toEqual([
      '1: publish a  live',
      '2: publish b  live',
      '2: media 8/2@1 01',
      '1: media 8/1@1 02',
    ])
  })

  test('have a limit', () => {
    const rig = connectionRig({ netStreams: 1 })
    rig.send(connect(), created)
    rig.sent()
    rig.send(command('createStream', 3))
    expect(rig.sent()).toEqual([
      '20/0 _error 3 null {level:"error",code:"NetConnection.Call.Failed",description:"Call to createStream failed: the connection has as many streams as it may."}',
    ])
  })
})
