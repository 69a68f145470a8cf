/** A client made of the wire codec alone, against a real server session: it sends any message and notes what comes. */
import { ChunkDecoder } from '../../src/rtmp/wire/chunk/decoder.js'
import { cut } from '../../src/rtmp/wire/chunk/encoder.js'
import { ClientHandshake } from '../../src/rtmp/wire/handshake.js'
import type { ChunkedMessage } from '../../src/rtmp/wire/message.js'
import { RtmpServerSession } from '../../src/rtmp/session/server-session.js'
import { limitsWith } from '../../src/util/limits.js'
import type { Limits } from '../../src/util/limits.js'
import { silentLog } from '../../src/util/log.js'
import { FakeTime } from './fake-clock.js'
import { FakeHandler } from './fake-net-connection.js'
import { FakeSink } from './fake-pipe.js'
import { line } from './fake-rtmp-text.js'
import { testCrypto } from './rtmp-crypto.js'

export class ServerRig {
  readonly time = new FakeTime()
  readonly sink = new FakeSink()
  readonly session: RtmpServerSession
  readonly handler: FakeHandler

  constructor(overrides: Partial<Limits> = {}) {
    const handlers: FakeHandler[] = []
    this.session = new RtmpServerSession(
      {
        id: 'c1',
        sink: this.sink,
        timers: this.time.timers,
        limits: limitsWith(overrides),
        crypto: testCrypto(),
        log: silentLog,
      },
      (connection) => {
        const handler = new FakeHandler(connection)
        handlers.push(handler)
        return handler
      },
    )
    this.handler = handlers[0]!
  }
}

export class FakeRtmpClient {
  readonly lines: string[] = []
  readonly messages: ChunkedMessage[] = []
  private chunkSize = 128
  private readonly decoder = new ChunkDecoder((message) => {
    this.messages.push(message)
    this.lines.push(line(message))
  }, limitsWith())

  constructor(readonly server: ServerRig) {
    const handshake = new ClientHandshake(testCrypto(2), 0)
    server.session.receive(handshake.start())
    const { reply } = handshake.receive(server.sink.take())
    server.session.receive(reply!)
  }

  /** Send, and note what comes back. */
  send(...messages: readonly ChunkedMessage[]): this {
    for (const message of messages) {
      this.server.session.receive(cut(message, this.chunkSize))
      if (message.type === 1) this.chunkSize = new DataView(message.payload.buffer).getUint32(0)
    }
    this.hear()
    return this
  }

  sendBytes(bytes: Uint8Array): this {
    this.server.session.receive(bytes)
    this.hear()
    return this
  }

  hear(): void {
    this.decoder.receive(this.server.sink.take())
  }

  /** What came since last asked. */
  take(): string[] {
    this.hear()
    return this.lines.splice(0)
  }
}
