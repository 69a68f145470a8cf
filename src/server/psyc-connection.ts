/** A socket, or a WebSocket as a stream, with a PSYC node or client at the other end. */
import type { Duplex } from 'node:stream'
import type { Node } from '../psyc/entity/router.js'
import type { Circuit } from '../psyc/session/circuit.js'
import type { CircuitSink, Peer } from '../psyc/session/peer.js'
import type { Log } from '../util/log.js'
import type { Turn } from '../util/turn.js'
import { guarded } from './guard.js'
import { SocketOutlet } from './socket-outlet.js'

export interface PsycServices {
  readonly node: Node
  readonly turn: Turn
  readonly log: Log
}

/** Serve the circuit until either side closes. */
export function servePsyc(socket: Duplex, peer: Peer, { node, turn, log }: PsycServices): void {
  const outlet = new SocketOutlet(socket, turn)
  runCircuit(socket, outlet, node.accept(sinkOf(socket, outlet), peer), log)
}

export function sinkOf(socket: Duplex, outlet: SocketOutlet): CircuitSink {
  return {
    send: (bytes) => outlet.send(bytes),
    get queuedBytes() {
      return outlet.queuedBytes
    },
    end: () => outlet.end(),
    abort: () => outlet.abort(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  }
}

/** Feed the circuit what comes, and tell it the end. */
export function runCircuit(socket: Duplex, outlet: SocketOutlet, circuit: Circuit, log: Log): void {
  socket.on('data', (bytes: Buffer) => {
    if (!guarded(log, () => circuit.receive(bytes))) outlet.abort()
  })
  let failed = false
  socket.on('error', () => (failed = true))
  socket.on('end', () => guarded(log, () => circuit.end()))
  socket.on('close', () =>
    guarded(log, () => {
      if (failed) circuit.reset()
      else circuit.end()
    }),
  )
}
