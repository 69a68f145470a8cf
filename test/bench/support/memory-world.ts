/** A node without sockets and the sessions of its clients: bytes in, bytes out, turns ended by hand. */
import { RtmpServerSession } from '../../../src/rtmp/session/server-session.js'
import { ClientHandshake } from '../../../src/rtmp/wire/handshake.js'
import { systemClock } from '../../../src/server/clock.js'
import { configOf } from '../../../src/server/config.js'
import { nodeCrypto } from '../../../src/server/crypto.js'
import { buildWorld } from '../../../src/server/world.js'
import type { World } from '../../../src/server/world.js'
import { concat } from '../../../src/util/bytes.js'
import { silentLog } from '../../../src/util/log.js'
import { TimerQueue } from '../../../src/util/timers.js'
import { ManualTurn } from '../../../src/util/turn.js'
import { connectBytes, setChunkSizeBytes } from './rtmp-load.js'

const config = configOf({ limits: { commandsPerSecond: 1_000_000_000 } })

export class MemoryWorld {
  readonly turn = new ManualTurn()
  readonly timers = new TimerQueue(systemClock)
  readonly world: World = buildWorld({
    ...{ config, log: silentLog, version: 'bench', psycPort: 4404 },
    ...{ timers: this.timers, turn: this.turn },
  })

  /** A client that has connected. @param onBytes what leaves for it at the end of a turn */
  connect(
    app: string,
    onBytes: (bytes: Uint8Array) => void,
    args: readonly string[] = [],
  ): RtmpServerSession {
    const parts: Uint8Array[] = []
    let hear = (bytes: Uint8Array): unknown => bytes // of the handshake
    const flush = (): unknown => hear(concat(parts.splice(0)))
    const sink = {
      send: (bytes: Uint8Array): void => {
        if (parts.push(bytes) === 1) this.turn.atEnd(flush)
      },
      end: () => undefined,
      fail: (error: Error) => {
        throw error
      },
      queuedBytes: () => 0,
    }
    const { limits } = config
    const id = this.world.newId()
    const session = new RtmpServerSession(
      { id, sink, timers: this.timers, limits, crypto: nodeCrypto, log: silentLog },
      (connection) => this.world.flashClient(connection, '127.0.0.1'),
    )
    session.receive(new ClientHandshake(nodeCrypto, 0).start())
    this.turn.end()
    hear = onBytes
    session.receive(concat([new Uint8Array(1536), connectBytes(app, args), setChunkSizeBytes]))
    this.turn.end()
    return session
  }
}
