/**
 * In the thread: streams of the node, as publishers of node-media-server. Every tag is checked before its parsers see
 * it: they throw on short payloads and on data that is no AMF0 [rtmp.md 9.1].
 */
import Flv from 'node-media-server/src/protocol/flv.js'
import BaseSession from 'node-media-server/src/session/base_session.js'
import logger from 'node-media-server/src/core/logger.js'
import Context from 'node-media-server/src/core/context.js'
import type { NmsBroadcast, NmsSession } from 'node-media-server/src/core/context.js'

const TAG_HEAD = 11
const TRAILER = 4
const AUDIO = 8
const VIDEO = 9
const DATA = 18
/** The shortest payload that its parser can read; shorter ones are passed over. */
const leastBytes: ReadonlyMap<number, number> = new Map([
  [AUDIO, 2],
  [VIDEO, 8],
  [DATA, 14], // "onMetaData" and a marker
])

interface Fed {
  readonly broadcast: NmsBroadcast
  readonly session: NmsSession
}

export class FedStreams {
  private readonly byPath = new Map<string, Fed>()

  /** @param taken told of every byte that came */
  constructor(
    private readonly broadcastOf: (path: string) => NmsBroadcast,
    private readonly taken: (path: string, length: number) => void,
  ) {}

  begin(path: string): void {
    const [, app = '', name = ''] = path.split('/')
    const broadcast = this.broadcastOf(path)
    const session = new BaseSession()
    const address = 'rtmpsyc'
    Object.assign(session, { protocol: 'rtmp', ip: address, isPublisher: true })
    Object.assign(session, { streamApp: app, streamName: name, streamPath: path })
    broadcast.publishGraceMs = 0
    const refusal = broadcast.postPublish(session)
    if (refusal !== null) {
      logger.log(refusal, 'warn')
      return
    }
    Context.sessions.set(session.id, session)
    this.byPath.set(path, { broadcast, session })
  }

  /** @param bytes whole tags, owned */
  take(path: string, bytes: Uint8Array): void {
    this.taken(path, bytes.length)
    const fed = this.byPath.get(path)
    if (fed === undefined) return
    fed.session.inBytes += bytes.length
    const tags = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let at = 0; at + TAG_HEAD <= tags.length;) {
      const end = at + TAG_HEAD + tags.readUIntBE(at + 1, 3)
      if (end > tags.length) return
      this.pass(fed, tags.subarray(at, end))
      at = end + TRAILER
    }
  }

  end(path: string): void {
    const fed = this.byPath.get(path)
    if (fed === undefined) return
    this.byPath.delete(path)
    Context.sessions.delete(fed.session.id)
    fed.broadcast.donePublish(fed.session)
  }

  private pass({ broadcast }: Fed, tag: Buffer): void {
    const type = tag[0] ?? 0
    const payload = tag.subarray(TAG_HEAD)
    if (payload.length < (leastBytes.get(type) ?? Infinity)) return
    const timestamp = tag.readUIntBE(4, 3) | ((tag[7] ?? 0) << 24)
    try {
      broadcast.broadcastMessage(Flv.parserTag(type, timestamp, payload.length, payload))
    } catch (error) {
      logger.log(`a message was not understood: ${String(error)}`, 'warn')
    }
  }
}
