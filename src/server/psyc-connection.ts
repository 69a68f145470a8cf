/** A connection with a PSYC node or client at the other end that has called us. */
import type { Duplex } from 'node:stream'
import type { Node } from '../psyc/entity/router.js'
import type { Peer } from '../psyc/session/peer.js'
import { CircuitLine } from './circuit-line.js'
import type { LineServices } from './circuit-line.js'

export interface PsycServices extends LineServices {
  readonly node: Node
}

/** Serve the circuit until either side closes. @param socket or a WebSocket as a stream */
export function servePsyc(socket: Duplex, peer: Peer, services: PsycServices): void {
  const line = new CircuitLine(socket, services)
  line.run(services.node.accept(line, peer))
}
