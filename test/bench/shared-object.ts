/**
 * One writer, 200 subscribers of a shared object in memory: bytes of a change in, through codec, person's request, home,
 * cast, replica and codec, to one message cut for each subscriber. One change per event-loop turn, as players send
 * them; then eight of different slots per turn. No sockets: their cost comes on top and is that of any message.
 */
import { randomBytes } from 'node:crypto'
import { MemoryObjectStore } from '../../src/psyc/entity/object-store.js'
import { Node } from '../../src/psyc/entity/router.js'
import { SharedObjectHome, openRights } from '../../src/psyc/entity/shared-object-home.js'
import { parseUniform } from '../../src/psyc/wire/uniform.js'
import { chunkStreamIdFor } from '../../src/rtmp/wire/chunk/chunk-stream-id.js'
import { OUT_CHUNK_SIZE, cut } from '../../src/rtmp/wire/chunk/encoder.js'
import { MessageType } from '../../src/rtmp/wire/message.js'
import {
  decodeSharedObject,
  encodeSharedObject,
  type SharedObjectEvent,
  type SharedObjectMessage,
} from '../../src/rtmp/wire/shared-object.js'
import {
  SharedObjects,
  type EncodeSharedObject,
  type SharedObjectSubscriber,
} from '../../src/translate/shared-object.js'
import { defaultLimits } from '../../src/util/limits.js'
import { silentLog } from '../../src/util/log.js'
import { TimerQueue } from '../../src/util/timers.js'
import { ManualTurn } from '../../src/util/turn.js'
import type { BenchOptions, BenchResult } from './result.js'

const SUBSCRIBERS = 200
const TURNS = 500
const ROUNDS = 15

const encode: EncodeSharedObject = (message, objectEncoding) => {
  const type = objectEncoding === 3 ? MessageType.SharedObjectAmf3 : MessageType.SharedObject
  const payload = encodeSharedObject(message, type, defaultLimits)
  const chunkStreamId = chunkStreamIdFor(type, 0)
  return cut({ type, payload, chunkStreamId, timestamp: 0, messageStreamId: 0 }, OUT_CHUNK_SIZE)
}

/** Takes everything at once and counts it. */
class Sink implements SharedObjectSubscriber {
  readonly queuedBytes = 0
  messages = 0
  bytes = 0

  constructor(
    readonly person: string,
    readonly objectEncoding: 0 | 3,
  ) {}

  sendCut(bytes: Uint8Array): void {
    this.messages++
    this.bytes += bytes.length
  }
}

/** A node that is the place's home, with its clients. */
class Room {
  readonly turn = new ManualTurn()
  readonly sinks: readonly Sink[]
  private readonly objects: SharedObjects
  private version = 0

  constructor() {
    const clock = { now: () => 0, wallTime: () => 0 }
    const node = new Node({
      root: parseUniform('psyc://gw.example/'),
      timers: new TimerQueue(clock),
      turn: this.turn,
      limits: defaultLimits,
      log: silentLog,
      resolve: () => undefined,
      randomBytes: (length) => Uint8Array.from(randomBytes(length)),
      implementation: 'bench',
    })
    const place = parseUniform('psyc://gw.example/@chat')
    const rights = openRights(() => true)
    const home = new SharedObjectHome(node, place, { rights, store: new MemoryObjectStore() })
    node.register({ uniform: place, receive: (packet, origin) => home.receive(packet, origin) })
    this.objects = new SharedObjects({ node, turn: this.turn, place, encode })
    this.sinks = Array.from({ length: SUBSCRIBERS }, (_, at) => {
      const person = `psyc://gw.example/~p${at}`
      node.register({ uniform: parseUniform(person), receive: () => undefined })
      return new Sink(person, at % 2 === 0 ? 0 : 3)
    })
    for (const sink of this.sinks) this.handle(sink, [{ kind: 'use' }])
    this.turn.end()
  }

  /** The client's message arrives as the bytes that the player sends. */
  handle(sink: Sink, events: readonly SharedObjectEvent[]): void {
    const message: SharedObjectMessage = {
      name: 'users',
      version: ++this.version,
      flags: 0,
      reserved: 0,
      events,
    }
    const payload = encodeSharedObject(message, MessageType.SharedObject, defaultLimits)
    this.objects.handle(sink, decodeSharedObject({ type: MessageType.SharedObject, payload }, defaultLimits))
  }

  get delivered(): number {
    return this.sinks.reduce((sum, { messages }) => sum + messages, 0)
  }
}

/** @returns CPU seconds per round, the best and the median of all */
function measure(slots: number, rounds: number): { readonly best: number; readonly median: number } {
  const room = new Room()
  const [writer] = room.sinks
  if (writer === undefined) throw new Error('no writer')
  const seconds: number[] = []
  let value = 0
  for (let round = 0; round < rounds + 3; round++) {
    const before = room.delivered
    const start = process.cpuUsage()
    for (let turn = 0; turn < TURNS; turn++) {
      const events = Array.from({ length: slots }, (_, at): SharedObjectEvent => {
        return { kind: 'requestChange', slots: [{ name: `user${at}`, value: `online since ${value++}` }] }
      })
      room.handle(writer, events)
      room.turn.end()
    }
    const { user, system } = process.cpuUsage(start)
    if (room.delivered - before !== TURNS * SUBSCRIBERS) throw new Error('a delivery is missing')
    if (round >= 3) seconds.push((user + system) / 1e6)
  }
  seconds.sort((a, b) => a - b)
  return { best: seconds[0] ?? NaN, median: seconds[Math.floor(seconds.length / 2)] ?? NaN }
}

export function bench({ isQuick }: BenchOptions): Promise<BenchResult[]> {
  const results = [1, 8].flatMap((slots): BenchResult[] => {
    const { best, median } = measure(slots, isQuick ? 3 : ROUNDS)
    const rate = (seconds: number): number => Math.round((TURNS * SUBSCRIBERS) / seconds)
    const note = `${SUBSCRIBERS} subscribers, half of them AMF3; median ${rate(median)}`
    return [
      {
        name: `shared object, ${slots} changes a turn: messages out`,
        value: rate(best),
        unit: '1/CPU s',
        note,
      },
      {
        name: `shared object, ${slots} changes a turn: one turn, all included`,
        value: Math.round((best / TURNS) * 1e7) / 10,
        unit: 'µs CPU',
      },
    ]
  })
  return Promise.resolve(results)
}
