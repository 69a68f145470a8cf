/** The client library without a browser: its pipe is a server session in memory. */
import type { PipeListener, Runtime } from '../../src/client/runtime.js'
import { FakeSink, exchange } from './fake-pipe.js'
import { ServerRig } from './fake-rtmp-client.js'
import { testCrypto } from './rtmp-crypto.js'

export class FakeRuntime implements Runtime {
  readonly server = new ServerRig()
  readonly timers = this.server.time.timers
  readonly crypto = testCrypto(4)
  readonly opened: string[] = []
  private readonly sink = new FakeSink()
  private listener: PipeListener | undefined

  open(address: string, listener: PipeListener): FakeSink {
    this.opened.push(address)
    this.listener = listener
    return this.sink
  }

  /** Carry all bytes both ways, and let what was promised happen. */
  async run(): Promise<void> {
    for (let round = 0; round < 4; round++) {
      const { listener } = this
      if (listener === undefined) return
      const client = {
        receive: (bytes: Uint8Array) => listener.received(bytes),
        ended: listener.ended.bind(listener),
      }
      exchange({ sink: this.sink, session: client }, { sink: this.server.sink, session: this.server.session })
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
