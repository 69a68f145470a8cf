/** Streams over several nodes: a publisher that numbers its frames, and viewers who say which they got. */
import { AmfObject } from '../../src/amf/value.js'
import type { AmfValue } from '../../src/amf/value.js'
import { encodeData } from '../../src/rtmp/wire/message/index.js'
import type { Message } from '../../src/rtmp/wire/message.js'
import type { ConfigSource } from '../../src/server/config.js'
import { TestNetwork } from './network.js'
import type { Line } from './network.js'
import type { TestWorld } from './world.js'
import type { WorldFlash } from './world-flash.js'

const AVC_HEADER = [0x17, 0, 0, 0, 0, 1]
const AAC_HEADER = [0xaf, 0, 0x12]
const FIRST = { key: [9, 0x17, 1, 0, 0, 0], inter: [9, 0x27, 1, 0, 0, 0], sound: [8, 0xaf, 1] } as const
export type Frame = keyof typeof FIRST

/** Publishes as an encoder does: metadata, headers, then pictures 40 ms apart. */
export class Camera {
  readonly client: WorldFlash
  readonly id: number
  private count = 0
  private startedMs: number

  constructor(
    readonly world: TestWorld,
    readonly name = 'cam',
    app = 'live',
  ) {
    this.client = world.flash({ app, args: ['camera'] })
    this.id = this.client.publish(name)
    this.startedMs = world.time.clock.now()
  }

  /** Of its stream in the hub. */
  get key(): string {
    return this.world.uniform(`@live#_stream_${this.name}`)
  }

  get statuses(): string[] {
    return this.client.take('status')
  }

  begin(): this {
    this.startedMs = this.world.time.clock.now()
    this.data('@setDataFrame', 'onMetaData', AmfObject.of({ width: 320 }))
    this.send(9, AVC_HEADER)
    this.send(8, AAC_HEADER)
    return this
  }

  data(handler: string, ...args: AmfValue[]): void {
    this.send(18, encodeData({ handler, args }, 18))
  }

  header(revision: number): void {
    this.send(9, [...AVC_HEADER.slice(0, 5), revision])
  }

  /** One frame now. @param length bytes of it, at least */
  frame(kind: Frame, length = 0): void {
    const [type, ...head] = FIRST[kind]
    const payload = new Uint8Array(Math.max(length, head.length + 2))
    payload.set([...head, this.count >> 8, this.count & 0xff])
    this.count++
    this.send(type, payload)
  }

  /** Groups of a keyframe, pictures and sound, in real time. */
  groups(number: number, pictures = 5, length = 0): void {
    for (let group = 0; group < number; group++)
      for (let picture = 0; picture < pictures; picture++) {
        this.frame(picture === 0 ? 'key' : 'inter', length)
        this.frame('sound')
        this.world.wait(40)
      }
  }

  send(type: number, payload: ArrayLike<number>): void {
    const timestamp = this.world.time.clock.now() - this.startedMs
    const message: Message = { type, timestamp, messageStreamId: this.id, payload: Uint8Array.from(payload) }
    this.client.send(message)
  }

  stop(): void {
    this.client.command(this.id, 'closeStream')
  }

  /** How many frames it has sent. */
  get sent(): number {
    return this.count
  }
}

/** What a viewer got, in short: "key0 inter1 sound2", headers "avc", "aac", other lines as they are. */
export class Viewer {
  readonly client: WorldFlash
  readonly id: number

  constructor(world: TestWorld, name = 'cam', app = 'live') {
    this.client = world.flash({ app, args: ['viewer'] })
    this.client.take()
    this.id = this.client.play(name)
  }

  take(): string[] {
    return this.client.take().map(inShort)
  }

  /** The numbers of the frames that came. */
  frames(): number[] {
    return this.take()
      .flatMap((line) => /^(?:key|inter|sound)(\d+)$/.exec(line)?.[1] ?? [])
      .map(Number)
  }
}

function inShort(line: string): string {
  const [, type, hex = ''] = /^media (8|9)\/\d+@\d+ ([0-9a-f]*)$/.exec(line) ?? []
  if (type === undefined) return line
  const kind = Object.entries(FIRST).find(([, [of, ...head]]) => {
    return String(of) === type && hex.startsWith(Buffer.from(head).toString('hex'))
  })
  if (kind === undefined) return type === '9' ? `avc${parseInt(hex.slice(10), 16)}` : 'aac'
  const [name, head] = kind
  const at = 2 * (head.length - 1)
  return `${name}${parseInt(hex.slice(at, at + 4), 16)}`
}

/** a.example, b.example, c.example; the apps of all live at a.example. */
export interface Three {
  readonly network: TestNetwork
  readonly a: TestWorld
  readonly b: TestWorld
  readonly c: TestWorld
}

/** @param app settings of the app @param node settings of all nodes */
export function threeNodes(app: Record<string, unknown> = {}, node: ConfigSource = {}): Three {
  const network = new TestNetwork()
  const [a, b, c] = ['a', 'b', 'c'].map((name) => join(network, `${name}.example`, app, node)) as [
    TestWorld,
    TestWorld,
    TestWorld,
  ]
  return { network, a, b, c }
}

export function join(
  network: TestNetwork,
  host: string,
  app: Record<string, unknown> = {},
  node: ConfigSource = {},
): TestWorld {
  return network.add(host, { config: { ...node, apps: { live: { home: 'psyc://a.example/', ...app } } } })
}

/** How many packets with media went from one node to another. */
export function mediaPackets(lines: readonly Line[], from: TestWorld): number {
  return lines.reduce((sum, line) => sum + line.count(from, '_data_flv'), 0)
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at)
}
