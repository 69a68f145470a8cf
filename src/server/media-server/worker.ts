/**
 * The thread with node-media-server: what it holds globally, prints, throws and exits stays in here. Cameras come out
 * as FLV tags; streams of the node go in as such when the console is there to show them.
 */
import { parentPort, workerData } from 'node:worker_threads'
import BroadcastServer from 'node-media-server/src/server/broadcast_server.js'
import Context from 'node-media-server/src/core/context.js'
import type { NmsBroadcast, NmsSession } from 'node-media-server/src/core/context.js'
import logger from 'node-media-server/src/core/logger.js'
import RtspClientSession from 'node-media-server/src/session/rtsp_client_session.js'
import BaseSession from 'node-media-server/src/session/base_session.js'
import type { FromMediaServer, MediaServerSettings, ToMediaServer } from './messages.js'
import { boundRtsp } from './rtsp-bounds.js'
import { FedStreams } from './fed-streams.js'

const settings = workerData as MediaServerSettings
const say = (message: FromMediaServer): void => parentPort?.postMessage(message)

/** It logs the address of a camera with the password in it. */
function redacted(text: string): string {
  return text.replaceAll(/:\/\/[^\s/@]*@/g, '://')
}

const LINES = 20 // ours: said in one second; it complains of each line that a camera sends
let linesLeft = LINES
setInterval(() => (linesLeft = LINES), 1_000).unref()

logger.log = (message, level = 'info') => {
  if (level === 'trace' || level === 'debug' || linesLeft-- <= 0) return
  say({ kind: 'log', level: level === 'info' ? 'debug' : 'warn', text: redacted(message) })
}

/** Takes what a camera publishes, and passes it on as long as the node keeps up. */
class CameraReader extends BaseSession {
  override protocol = 'flv'
  private outstanding = 0
  private isDropping = false

  constructor(override readonly streamPath: string) {
    super()
    this.sendBuffer = (buffer) => this.pass(buffer)
  }

  taken(length: number): void {
    this.outstanding -= length
  }

  private pass(buffer: Buffer): void {
    if (buffer[0] === FLV_SIGNATURE_START) return // the header of a file
    const isKey = buffer[0] === VIDEO && ((buffer[TAG_HEAD] ?? 0) & 0x70) === KEY_FRAME
    if (this.outstanding > settings.queueBytes) this.isDropping = true
    else if (isKey) this.isDropping = false
    if (this.isDropping) return
    this.outstanding += buffer.length
    const bytes = new Uint8Array(buffer) // others have the buffer too
    parentPort?.postMessage({ kind: 'camera', path: this.streamPath, bytes } satisfies FromMediaServer, [
      bytes.buffer,
    ])
  }
}

const FLV_SIGNATURE_START = 0x46
const VIDEO = 9
const TAG_HEAD = 11
const KEY_FRAME = 0x10

const readers = new Map<string, CameraReader>()

/** Whatever is published over RTSP, by the configuration or by the console, goes to the node. */
function readCamera(session: NmsSession): void {
  if (session.protocol !== 'rtsp' || readers.has(session.streamPath)) return
  const broadcast = broadcastOf(session.streamPath)
  const reader = new CameraReader(session.streamPath)
  readers.set(session.streamPath, reader)
  broadcast.postPlay(reader)
}

function broadcastOf(path: string): NmsBroadcast {
  const broadcast = Context.broadcasts.get(path) ?? new BroadcastServer(path)
  Context.broadcasts.set(path, broadcast)
  return broadcast
}

function startCameras(): void {
  boundRtsp(settings)
  Context.eventEmitter.on('postPublish', readCamera)
  Context.eventEmitter.on('donePublish', ({ streamPath }: NmsSession) => {
    if (readers.has(streamPath)) say({ kind: 'cameraEnded', path: streamPath })
  })
  for (const { url, path } of settings.cameras) {
    const session = new RtspClientSession({ rtspUrl: url, streamPath: path })
    session.run().catch((error: unknown) => logger.log(String(error), 'error'))
  }
}

async function main(): Promise<void> {
  startCameras()
  const fed = new FedStreams(broadcastOf, (path, length) => say({ kind: 'taken', path, length }))
  const { console: consoleSettings } = settings
  const console =
    consoleSettings &&
    (await (await import('./console.js')).startConsole(consoleSettings, settings.queueBytes))
  parentPort?.on('message', (message: ToMediaServer) => {
    switch (message.kind) {
      case 'published':
        fed.begin(message.path)
        break
      case 'tags':
        fed.take(message.path, message.bytes)
        break
      case 'unpublished':
        fed.end(message.path)
        break
      case 'taken':
        readers.get(message.path)?.taken(message.length)
        break
      case 'stop':
        void Promise.resolve(console?.stop()).finally(() => process.exit(0))
    }
  })
  say({ kind: 'ready', consolePort: console?.port })
}

void main() // a rejection ends the thread, and the node starts another
