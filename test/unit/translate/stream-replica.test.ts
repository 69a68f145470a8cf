/** Casts of a stream of another node as a stream of this one. */
import { CastFlag } from '../../../src/psyc/state/stream-cast.js'
import { StreamFanOut } from '../../../src/psyc/state/stream-fan-out.js'
import { PsycDict } from '../../../src/psyc/wire/dict.js'
import { Packet } from '../../../src/psyc/wire/packet.js'
import type { Modifier } from '../../../src/psyc/wire/packet.js'
import { parseUniform } from '../../../src/psyc/wire/uniform.js'
import type { Message } from '../../../src/rtmp/wire/message.js'
import { encodeData } from '../../../src/rtmp/wire/message/index.js'
import { flvTag } from '../../../src/media/flv-writer.js'
import { StreamReplica } from '../../../src/translate/stream-replica.js'
import type { ReplicaEnd } from '../../../src/translate/stream-replica.js'
import { concat } from '../../../src/util/bytes.js'
import { HubLab, publisher } from '../../support/hub-lab.js'

const CONTEXT = parseUniform('psyc://a.example/@app#_stream_cam')

function tag(type: number, ...payload: number[]): Uint8Array {
  const message: Message = { type, timestamp: 0, messageStreamId: 0, payload: Uint8Array.from(payload) }
  return flvTag(message)
}

const AVC = tag(9, 0x17, 0, 1)
const META = tag(18, ...encodeData({ handler: 'onMetaData', args: [1] }, 18))
const KEY = tag(9, 0x17, 1, 1)
const INTER = tag(9, 0x27, 1, 1)
const CUE = tag(18, ...encodeData({ handler: 'cue', args: [1] }, 18))

class Lab {
  readonly hub = new HubLab()
  readonly ends: ReplicaEnd[] = []
  readonly log: string[] = []
  readonly fanOut: StreamFanOut
  readonly replica: StreamReplica
  private counter = 0

  constructor() {
    const { time, hub } = this.hub
    const { limits } = hub.options
    const sendTo = (_key: string, { method }: Packet): number => this.log.push(`> ${method}`)
    this.fanOut = new StreamFanOut(
      { timers: time.timers, limits, sendTo, queuedBytes: () => 0 },
      CONTEXT,
      true,
      () => {
        this.log.push('overrun')
      },
    )
    const address = { key: 'cam', app: 'app', instance: '', name: 'cam' }
    this.replica = new StreamReplica(hub, address, this.fanOut, limits, undefined, (why) =>
      this.ends.push(why),
    )
    hub.open(address).play({
      form: { name: 'types', cut: ({ type, payload }) => Uint8Array.of(type, payload[1] ?? 0) },
      outstandingBytes: 0,
      write: (bytes) => {
        for (let at = 0; at < bytes.length; at += 2) this.log.push(`${bytes[at] ?? 0}:${bytes[at + 1] ?? 0}`)
      },
      published: () => this.log.push('published'),
      unpublished: () => this.log.push('unpublished'),
      overrun: () => undefined,
    })
  }

  state(run: string, counter: number, ...more: Modifier[]): void {
    this.counter = counter
    const token: Modifier = { operator: '=', name: '_token_run', value: run }
    const routing = [
      counted(counter),
      { operator: ':', name: '_target', value: 'psyc://b.example/' } as const,
    ]
    this.replica.take(new Packet(routing, [token, ...more], '_status_state', '', 'reset'))
  }

  cast(body: Uint8Array, method = '_data_flv', ...state: Modifier[]): void {
    this.replica.take(new Packet([counted(++this.counter)], state, method, body))
  }

  /** So many casts do not come. */
  skip(count: number): void {
    this.counter += count
  }

  take(): string[] {
    this.hub.turn.end()
    return this.log.splice(0)
  }
}

function counted(counter: number): Modifier {
  return { operator: ':', name: '_counter', value: String(counter) }
}

const headers: Modifier = {
  operator: '=',
  name: '_dict_headers',
  value: new PsycDict([{ key: 'video:0', type: '_data', value: AVC }]),
}
const metadata: Modifier = { operator: '=', name: '_data_metadata', value: META }

test('the state is published first, then what is cast; children get the same packets', () => {
  const lab = new Lab()
  lab.fanOut.begin('psyc://c.example/', 'psyc://c.example/')
  lab.state('r', 5, metadata, headers)
  expect(lab.take()).toEqual(['> _status_state', 'published', '18:0', '9:0'])
  lab.cast(concat([KEY, tag(8, 0xaf, 1)]))
  lab.cast(CUE)
  expect(lab.take()).toEqual(['> _data_flv', '9:1', '8:1', '> _data_flv', '18:0'])
})

test('metadata is remembered for who comes later, and NetStream.send is not', () => {
  const lab = new Lab()
  lab.state('r', 0)
  lab.cast(META, '_data_flv', metadata)
  lab.cast(CUE)
  expect([...(lab.hub.hub.find('cam')?.metadata.keys() ?? [])]).toEqual(['onMetaData'])
})

test('the end of the publisher, and the next', () => {
  const lab = new Lab()
  lab.state('r', 0, headers)
  lab.cast(KEY)
  lab.cast(new Uint8Array(), '_notice_stream_unpublish')
  lab.state('s', 0)
  lab.cast(KEY)
  expect(lab.take()).toEqual(['published', '9:0', '9:1', 'unpublished', 'published', '9:1'])
})

test('a state behind a gap says only what has changed', () => {
  const lab = new Lab()
  lab.state('r', 0, metadata, headers)
  lab.take()
  const changed = {
    ...headers,
    value: new PsycDict([{ key: 'video:0', type: '_data', value: tag(9, 0x17, 0, 2) }]),
  }
  lab.state('r', 9, metadata, headers)
  expect(lab.take()).toEqual([])
  lab.state('r', 19, metadata, changed)
  expect(lab.take()).toEqual(['9:0'])
})

test.each([
  ['a body that is no tags', (lab: Lab) => lab.cast(Uint8Array.of(1, 2, 3))],
  ['tags that are cut', (lab: Lab) => lab.cast(KEY.subarray(0, 15))],
  [
    'headers that are none',
    (lab: Lab) => lab.state('s', 0, { ...metadata, name: '_data_metadata', value: 'x' }),
  ],
  [
    'a dict that is none',
    (lab: Lab) => lab.cast(AVC, '_data_flv', { ...headers, operator: '+', value: '{x' }),
  ],
])('it ends with %s, once, and nothing goes on', (_what, spoil) => {
  const lab = new Lab()
  lab.state('r', 0)
  lab.take()
  lab.fanOut.begin('psyc://c.example/', 'psyc://c.example/')
  lab.take()
  spoil(lab)
  lab.cast(KEY)
  expect(lab.ends.map((why) => (why === 'taken' ? why : why.code))).toHaveLength(1)
  expect(lab.take().filter((line) => line.startsWith('> _data'))).toEqual([])
})

test('it goes on elsewhere with what follows, if nothing is missing since the last keyframe', () => {
  const lab = new Lab()
  const had = (): unknown => lab.replica.had
  expect(had()).toBeUndefined()
  lab.state('r', 7)
  expect(had()).toEqual({ run: 'r', counter: 7 })
  lab.cast(INTER)
  expect(had()).toEqual({ run: 'r', counter: 8 })
  lab.skip(3)
  lab.cast(INTER)
  expect(had()).toBeUndefined()
  lab.cast(KEY)
  expect(had()).toEqual({ run: 'r', counter: 13 })
  lab.state('s', 0)
  expect(had()).toEqual({ run: 's', counter: 0 })
})

test('who publishes here has the name', () => {
  const lab = new Lab()
  lab.state('r', 0)
  lab.hub.hub.find('cam')?.takeOver()
  expect(lab.ends).toEqual(['taken'])
  const other = new Lab()
  other.hub.hub.find('cam')?.publish(publisher)
  other.state('r', 0)
  expect(other.ends).toEqual(['taken'])
})

test('flags of what is passed on follow from its content', () => {
  const lab = new Lab()
  lab.state('r', 0)
  const flags: number[] = []
  const cast = lab.fanOut.cast.bind(lab.fanOut)
  lab.fanOut.cast = (packet, counter, flag) => {
    flags.push(flag)
    cast(packet, counter, flag)
  }
  for (const body of [AVC, KEY, tag(9, 0x37, 1), tag(8, 0xaf, 1), CUE]) lab.cast(body)
  const { Kept, Keyframe, Disposable, Sound } = CastFlag
  expect(flags).toEqual([Kept, Keyframe, Disposable, Sound, Kept])
})
