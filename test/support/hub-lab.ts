/**
 * A hub without RTMP: messages that say what they are, players with sockets that the test opens and closes.
 * What a player gets reads "key1 inter2 sound1"; messages are as many bytes as the test wants.
 */
import type { Form } from '../../src/media/form.js'
import { Hub } from '../../src/media/hub.js'
import type { StreamSettings } from '../../src/media/hub.js'
import type { Player, Seat } from '../../src/media/player.js'
import type { Message } from '../../src/rtmp/wire/message.js'
import { concat } from '../../src/util/bytes.js'
import { limitsWith } from '../../src/util/limits.js'
import type { Limits } from '../../src/util/limits.js'
import { ManualTurn } from '../../src/util/turn.js'
import { decodeUtf8, encodeUtf8 } from '../../src/util/utf8.js'
import { FakeTime } from './fake-clock.js'

/** First bytes of a payload, and its message type. */
const kinds = {
  key: [9, 0x17, 1],
  inter: [9, 0x27, 1],
  spare: [9, 0x37, 1],
  sound: [8, 0xaf, 1],
  avc: [9, 0x17, 0],
  aac: [8, 0xaf, 0],
  meta: [18, 2, 0],
  cue: [18, 2, 1],
} as const
export type Kind = keyof typeof kinds

/** A message named "key7": its payload says so. @param length bytes, as many as the name needs at least */
export function named(kind: Kind, count: number, timestamp: number, length = 0): Message {
  const [type, ...head] = kinds[kind]
  const text = encodeUtf8(`${kind}${count}`)
  const payload = new Uint8Array(Math.max(length, head.length + text.length + 1))
  payload.set(head)
  payload.set(text, head.length)
  return { type, timestamp, messageStreamId: 1, payload }
}

function nameOf({ payload }: Message): string {
  const end = payload.indexOf(0, 2)
  return decodeUtf8(payload, 2, end === -1 ? payload.length : end)
}

/** Cuts to the name and the time, as long as the message is; counts its cuts. */
export class NameForm implements Form {
  cuts = 0
  constructor(readonly name = 'name') {}

  cut(message: Message): Uint8Array {
    this.cuts++
    const text = encodeUtf8(`${nameOf(message)}@${message.timestamp};`)
    const bytes = new Uint8Array(Math.max(text.length, message.payload.length))
    bytes.set(text)
    return bytes
  }

  cutAll(messages: readonly Message[]): Uint8Array {
    return concat(messages.map((message) => this.cut(message)))
  }
}

/** A player whose socket takes everything at once, or what the test lets it take. */
export class LabPlayer implements Player {
  /** What it was given since last asked. */
  writes: Uint8Array[] = []
  readonly all: string[] = []
  isOverrun = false
  seat!: Seat
  /** Given and not taken. */
  outstandingBytes = 0
  isStalled = false
  allowanceBytes: number | undefined
  heldLate = 0

  constructor(readonly form: Form) {}

  seated(seat: Seat): void {
    this.seat = seat
  }

  write(bytes: Uint8Array): void {
    this.writes.push(bytes)
    this.all.push(...namesIn(bytes))
    if (this.isStalled) this.outstandingBytes += bytes.length
  }

  held(isLate: boolean): void {
    if (isLate) this.heldLate++
  }

  published(): void {
    this.all.push('published')
    this.writes.push(encodeUtf8('published;'))
  }

  unpublished(): void {
    this.all.push('unpublished')
    this.writes.push(encodeUtf8('unpublished;'))
  }

  overrun(): void {
    this.isOverrun = true
  }

  /** The socket takes so many bytes of what it was given. */
  drain(bytes = Number.POSITIVE_INFINITY): void {
    this.outstandingBytes = Math.max(0, this.outstandingBytes - bytes)
    this.seat.drained()
  }

  /** "key1 inter2" since last asked. */
  take(): string {
    return this.takeWrites().join(' ')
  }

  /** One text for each write since last asked. */
  takeWrites(): string[] {
    const writes = this.writes.map((bytes) => namesIn(bytes).join(' '))
    this.writes = []
    return writes
  }

  /** With times: "key1@0". */
  takeTimed(): string {
    const timed = this.writes.flatMap((bytes) => timedIn(bytes)).join(' ')
    this.writes = []
    return timed
  }
}

function timedIn(bytes: Uint8Array): string[] {
  return decodeUtf8(bytes)
    .split(';')
    .map((text) => text.replaceAll('\0', ''))
    .filter((text) => text !== '')
}

function namesIn(bytes: Uint8Array): string[] {
  return timedIn(bytes).map((text) => text.replace(/@.*/, ''))
}

export class HubLab {
  readonly time = new FakeTime()
  readonly turn = new ManualTurn()
  readonly failures: unknown[] = []
  readonly form = new NameForm()
  readonly hub: Hub
  private readonly counts = new Map<Kind, number>()

  constructor(settings: Partial<StreamSettings> = {}, limits: Partial<Limits> = {}, hasTurn = false) {
    this.hub = new Hub({
      timers: this.time.timers,
      limits: limitsWith(limits),
      ...(hasTurn && { turn: this.turn }),
      settingsOf: () => ({ gopCache: false, gatherMs: 44, ...settings }),
      failed: (error) => this.failures.push(error),
    })
  }

  open(name = 'cam') {
    return this.hub.open({ key: name, app: 'app', instance: '', name })
  }

  player(form: Form = this.form): LabPlayer {
    return new LabPlayer(form)
  }

  /** The next message of the kind: "inter1", "inter2", in the time of the clock. */
  next(kind: Kind, length = 0, timestamp = this.time.clock.now() - 1_000): Message {
    const count = (this.counts.get(kind) ?? 0) + 1
    this.counts.set(kind, count)
    return named(kind, count, timestamp, length)
  }
}

export const publisher = { replaced: (): void => undefined }
