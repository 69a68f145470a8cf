/** Circuits to nodes that we have something for: dialled, and what waits for them kept in order meanwhile [design 3]. */
import type { Packet } from '../wire/packet.js'
import type { Uniform } from '../wire/uniform.js'
import type { Circuit } from '../session/circuit.js'
import type { Attempt, Connect, ConnectFailure } from '../session/connect.js'
import type { CircuitSink, Peer } from '../session/peer.js'

export interface DiallerHost {
  readonly connect: Connect
  /** A line to `root` is up. */
  dialled(sink: CircuitSink, peer: Peer, root: Uniform): Circuit
  /** It will not arrive. */
  undeliverable(packet: Packet, target: string, reason: string): void
}

interface Waiting {
  readonly packet: Packet
  readonly target: string
}

interface Call {
  readonly root: Uniform
  readonly waiting: Waiting[]
  attempt: Attempt | undefined
}

const PORT = 4404
const TLS_PORT = 9404
const WAITING_MOST = 1_000

export class Dialler {
  private readonly calls = new Map<string, Call>()

  constructor(private readonly host: DiallerHost) {}

  /** A packet for a node without a circuit. @returns whether it was taken over: it is sent, or comes back */
  take(root: Uniform, packet: Packet): boolean {
    const call = this.calls.get(root.rootKey) ?? this.call(root)
    if (call.waiting.length >= WAITING_MOST) return false
    call.waiting.push({ packet, target: root.text })
    return true
  }

  private call(root: Uniform): Call {
    const call: Call = { root, waiting: [], attempt: undefined }
    this.calls.set(root.rootKey, call)
    const isEncrypted = root.transport === 's'
    const port = root.port ?? (isEncrypted ? TLS_PORT : PORT)
    call.attempt = this.host.connect(
      { host: root.host, port, isEncrypted },
      {
        opened: (sink, peer) => this.opened(call, sink, peer),
        failed: (reason) => this.failed(call, reason),
      },
    )
    return call
  }

  private opened(call: Call, sink: CircuitSink, peer: Peer): Circuit {
    this.calls.delete(call.root.rootKey)
    const circuit = this.host.dialled(sink, peer, call.root)
    for (const { packet, target } of call.waiting) {
      if (!circuit.send(packet)) this.host.undeliverable(packet, target, '_unrenderable')
    }
    return circuit
  }

  private failed(call: Call, reason: ConnectFailure): void {
    this.calls.delete(call.root.rootKey)
    for (const { packet, target } of call.waiting) this.host.undeliverable(packet, target, reason)
  }

  stop(): void {
    for (const { attempt } of this.calls.values()) attempt?.cancel()
    this.calls.clear()
  }
}
