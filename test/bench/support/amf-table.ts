/**
 * Encoding and decoding of what a client sends: ours against amf-codec (AMF0) and amfjs (AMF0, AMF3), equal values.
 *
 * State: 4,096 calls of a chat (5 values, an object of 8 properties among them, about 250 bytes in AMF0) that differ in
 * text, time and id; 4,096 connects (3 values, an object of 11 properties, about 320 bytes) that differ in the room.
 * CPU time, best of 12 rounds of about 40 ms that alternate between the codecs, so that a busy machine treats them
 * alike. One table a process (`amf.ts` starts them), so that no codec meets machine code made for the tables before.
 */
import { decodeAmf0, encodeAmf0 } from '../../../src/amf/amf0.js'
import { decodeAmf3, encodeAmf3 } from '../../../src/amf/amf3.js'
import { AmfArray, AmfObject, type AmfValue } from '../../../src/amf/value.js'
import { amfCodecPeer, amfjsObject, amfjsPeer0, amfjsPeer3 } from '../../support/amf-peers.js'
import type { BenchResult } from '../result.js'

const ROUNDS = 12
const ROUND_MS = 40

const VARIANTS = 4_096 // more different texts than our decoder remembers

type Properties = Readonly<Record<string, string | number | boolean | null | (string | number)[]>>
type Call = readonly (string | number | null | Properties)[]

function chatCall(index: number): Call {
  const properties = {
    userName: 'Rosalind',
    room: 'lobby',
    text: `Has anybody seen release ${index} yet?`,
    color: 16711680,
    time: 1236555047770.5 + index,
    isModerator: false,
    avatar: null,
    tags: ['greeting', 3],
  }
  return ['sendMessage', 7, null, properties, `${(index * 2_654_435_761).toString(16)}-77b0`]
}

function connectCall(index: number): Call {
  const properties = {
    app: `chat/room${index}`,
    flashVer: 'WIN 32,0,0,465',
    swfUrl: 'http://media.example/chat/client.swf',
    tcUrl: `rtmp://media.example/chat/room${index}`,
    fpad: false,
    capabilities: 239,
    audioCodecs: 3575,
    videoCodecs: 252,
    videoFunction: 1,
    pageUrl: 'http://media.example/chat/',
    objectEncoding: 0,
  }
  return ['connect', 1, properties]
}

function variants<T>(make: (index: number) => T): T[] {
  return Array.from({ length: VARIANTS }, (_, index) => make(index))
}

function isProperties(value: Call[number]): value is Properties {
  return typeof value === 'object' && value !== null
}

function toOurs(call: Call): AmfValue[] {
  return call.map((value) => {
    if (!isProperties(value)) return value
    const values = Object.values(value).map((item) => (Array.isArray(item) ? new AmfArray(item) : item))
    return new AmfObject('', true, 0, Object.keys(value), values)
  })
}

function toAmfjs(call: Call): unknown[] {
  return call.map((value) => (isProperties(value) ? amfjsObject(value) : value))
}

/** `run` encodes or decodes the call of that number. */
interface Contender {
  readonly name: string
  readonly run: (index: number) => unknown
}

function contender<Input>(name: string, run: (input: Input) => unknown, inputs: readonly Input[]): Contender {
  return { name, run: (index) => run(inputs[index % VARIANTS] as Input) }
}

/** The contenders of a table: ours comes first, and the others' notes say how often it is faster. */
type Table = (what: string, calls: readonly Call[]) => Contender[]

const encode0: Table = (what, calls) => [
  contender(`amf0 encode ${what}, ours`, (call) => encodeAmf0(call), calls.map(toOurs)),
  contender(`amf0 encode ${what}, amf-codec`, (call) => amfCodecPeer.encode(call), calls),
  contender(`amf0 encode ${what}, amfjs`, (call) => amfjsPeer0.encode(call), calls.map(toAmfjs)),
]

const decode0: Table = (what, calls) => {
  const encoded = calls.map((call) => encodeAmf0(toOurs(call)))
  return [
    contender(`amf0 decode ${what}, ours`, (bytes) => decodeAmf0(bytes), encoded),
    contender(`amf0 decode ${what}, amf-codec`, (bytes) => amfCodecPeer.decode(bytes), encoded),
    contender(`amf0 decode ${what}, amfjs`, (bytes) => amfjsPeer0.decode(bytes), encoded),
  ]
}

const encode3: Table = (what, calls) => [
  contender(`amf3 encode ${what}, ours`, (call) => encodeAmf3(call), calls.map(toOurs)),
  contender(`amf3 encode ${what}, amfjs`, (call) => amfjsPeer3.encode(call), calls.map(toAmfjs)),
]

const decode3: Table = (what, calls) => {
  const encoded = calls.map((call) => encodeAmf3(toOurs(call)))
  return [
    contender(`amf3 decode ${what}, ours`, (bytes) => decodeAmf3(bytes), encoded),
    contender(`amf3 decode ${what}, amfjs`, (bytes) => amfjsPeer3.decode(bytes), encoded),
  ]
}

/** Microseconds of CPU time that `count` runs take. */
function cpuOf(run: Contender['run'], count: number): number {
  const before = process.cpuUsage()
  for (let turn = 0; turn < count; turn++) run(turn)
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/** Warm up, and find how many runs fill a round. */
function countFor(run: Contender['run']): number {
  cpuOf(run, 2_000)
  const spent = cpuOf(run, 2_000)
  return Math.max(200, Math.round((2_000 * ROUND_MS * 1_000) / Math.max(spent, 1)))
}

function measure(contenders: readonly Contender[], rounds: number): BenchResult[] {
  const counts = contenders.map(({ run }) => countFor(run))
  const best = contenders.map(() => Infinity)
  for (let round = 0; round < rounds; round++) {
    contenders.forEach(({ run }, at) => {
      const count = counts[at] ?? 1
      best[at] = Math.min(best[at] ?? Infinity, cpuOf(run, count) / count)
    })
  }
  const ours = best[0] ?? Infinity
  return contenders.map(({ name }, at) => {
    const micros = best[at] ?? Infinity
    const note = at === 0 ? '' : `ours is ${(micros / ours).toFixed(1)} times as fast`
    return { name, value: Math.round(1e6 / micros), unit: 'calls/s', note }
  })
}

const tables: Readonly<Record<string, () => Contender[]>> = {
  'encode0 call': () => encode0('call', variants(chatCall)),
  'decode0 call': () => decode0('call', variants(chatCall)),
  'encode0 connect': () => encode0('connect', variants(connectCall)),
  'decode0 connect': () => decode0('connect', variants(connectCall)),
  'encode3 call': () => encode3('call', variants(chatCall)),
  'decode3 call': () => decode3('call', variants(chatCall)),
}

const [name = '', rounds] = process.argv.slice(2)
const table = tables[name]
if (table === undefined) throw new Error(`there is no table "${name}"`)
process.send?.(measure(table(), rounds === undefined ? ROUNDS : Number(rounds)))
