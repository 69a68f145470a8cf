/** Recordings in a folder of their own, a hub whose streams they record, and media whose payload says its time. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AmfEcmaArray } from '../../src/amf/value.js'
import { Hub } from '../../src/media/hub.js'
import type { Stream } from '../../src/media/hub.js'
import type { Publication } from '../../src/media/publication.js'
import type { RecordListener, Recorder } from '../../src/media/recording.js'
import { encodeData } from '../../src/rtmp/wire/message/data.js'
import { MessageType } from '../../src/rtmp/wire/message.js'
import type { Message } from '../../src/rtmp/wire/message.js'
import type { RecordRule } from '../../src/server/app-schema.js'
import { nodeFiles } from '../../src/server/recordings/file-source.js'
import type { FileLayer } from '../../src/server/recordings/file-source.js'
import { FileRecordings } from '../../src/server/recordings/file-recordings.js'
import { streamAddress } from '../../src/translate/name.js'
import { limitsWith } from '../../src/util/limits.js'
import type { Limits } from '../../src/util/limits.js'
import { FakeTime } from './fake-clock.js'

const { Audio, Video, Data } = MessageType

/** The time in the payload survives any change of the timestamp. */
const timed = (head: readonly number[], timestamp: number, bytes: number): Uint8Array => {
  const payload = new Uint8Array(Math.max(bytes, head.length + 4))
  payload.set(head)
  new DataView(payload.buffer).setUint32(head.length, timestamp)
  return payload
}
const message = (type: number, timestamp: number, payload: Uint8Array): Message => {
  return { type, timestamp, messageStreamId: 1, payload }
}

export const avcHeader = (timestamp = 0): Message =>
  message(Video, timestamp, Uint8Array.of(0x17, 0, 0, 0, 0, 1))
export const aacHeader = (timestamp = 0): Message =>
  message(Audio, timestamp, Uint8Array.of(0xaf, 0, 0x12, 0x10))
export const keyframe = (timestamp: number, bytes = 0): Message =>
  message(Video, timestamp, timed([0x17, 1, 0, 0, 0], timestamp, bytes))
export const frame = (timestamp: number, bytes = 0): Message =>
  message(Video, timestamp, timed([0x27, 1, 0, 0, 0], timestamp, bytes))
export const sound = (timestamp: number): Message => message(Audio, timestamp, timed([0xaf, 1], timestamp, 0))
export const metadata = (properties: Readonly<Record<string, string | number>>): Message => {
  const value = new AmfEcmaArray(Object.keys(properties), Object.values(properties))
  return message(Data, 0, encodeData({ handler: 'onMetaData', args: [value] }, Data))
}

/** "V0 key", "V40", "A20", "video header", "data": what a message is, and at which time of the file. */
export function told({ type, timestamp, payload }: Message): string {
  const isHeader = payload[1] === 0
  if (type === Data) return `${timestamp} data`
  if (type === Audio) return `${timestamp} audio${isHeader ? ' header' : ''}`
  return `${timestamp} ${isHeader ? 'video header' : payload[0] === 0x17 ? 'key' : 'frame'}`
}

export interface Outcome {
  readonly listener: RecordListener
  readonly said: string[]
}

export class RecordingLab {
  readonly time = new FakeTime()
  readonly logged: string[] = []
  readonly limits: Limits
  readonly hub: Hub
  readonly recordings: FileRecordings

  constructor(
    limits: Partial<Limits> = {},
    files: FileLayer = nodeFiles,
    rule: RecordRule = 'request',
    readonly folder = mkdtempSync(join(tmpdir(), 'recordings-')),
  ) {
    this.limits = limitsWith({ recordingFreeBytes: 0, ...limits })
    const note = (_fields: unknown, text: string): void => void this.logged.push(text)
    this.hub = new Hub({
      timers: this.time.timers,
      limits: this.limits,
      settingsOf: () => ({ gopCache: true, gatherMs: 0 }),
    })
    this.recordings = new FileRecordings({
      folder: this.folder,
      ruleOf: () => rule,
      limits: this.limits,
      timers: this.time.timers,
      log: { debug: note, info: note, warn: note, error: note },
      files,
    })
    this.hub.watch({ published: (stream) => this.recordings.recordAll(stream) })
  }

  address(name: string): ReturnType<typeof streamAddress> {
    return streamAddress('psyc://gw.example/', { app: 'vod', instance: '', name }, this.limits)
  }

  publish(name: string): { stream: Stream; publication: Publication } {
    const stream = this.hub.open(this.address(name))
    const publication = stream.publish({ replaced: () => undefined })
    if (publication === undefined) throw new Error(`${name} is published`)
    return { stream, publication }
  }

  record(stream: Stream, mode: 'record' | 'append' = 'record'): { recorder: Recorder; said: string[] } {
    const said: string[] = []
    const recorder = this.recordings.record(stream, mode, {
      started: () => said.push('started'),
      failed: (reason, description) => said.push(`${reason}: ${description}`),
    })
    return { recorder, said }
  }

  /** Publish these under the name, and record them. */
  async make(
    name: string,
    messages: readonly Message[],
    mode: 'record' | 'append' = 'record',
  ): Promise<string[]> {
    const { stream, publication } = this.publish(name)
    const { recorder, said } = this.record(stream, mode)
    for (const each of messages) {
      if (each.type === Data) publication.metadata('onMetaData', each)
      else publication.media(each)
    }
    this.time.advance(1_000)
    await recorder.stop()
    publication.end()
    return said
  }

  /** All messages from that time on. */
  async played(name: string, fromMs = 0): Promise<Message[]> {
    const recording = await this.recordings.find(this.address(name))
    if (recording === undefined) throw new Error(`${name} is not there`)
    const reader = recording.read(fromMs)
    const messages: Message[] = []
    for (let next = await reader.next(); next !== undefined; next = await reader.next()) messages.push(next)
    reader.close()
    recording.close()
    return messages
  }

  file(name: string): string {
    return join(this.folder, 'vod', '_definst_', `${name}.flv`)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
