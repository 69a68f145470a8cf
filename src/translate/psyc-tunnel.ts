/**
 * PSYC tunnelled in RTMP: the command `psyc` carries circuit bytes both ways, so that a Flash app can be a PSYC
 * client on the connection that it has [design 2]. The circuit is linked to the person of that connection.
 */
import type { Person } from '../psyc/entity/person.js'
import type { PersonRegistry } from '../psyc/entity/person-registry.js'
import type { Circuit } from '../psyc/session/circuit.js'
import type { NetConnection } from '../rtmp/session/events.js'
import { decodeUtf8, encodeUtf8 } from '../util/utf8.js'

/** Ports of tunnels in uniforms: beyond those of TCP, so that no other client has one of them. */
const FIRST_PORT = 65_536

let opened = 0 // distinguishes tunnels of one address for as long as the program runs

export class PsycTunnel {
  private readonly circuit: Circuit

  constructor(
    private readonly connection: NetConnection,
    person: Person,
    persons: PersonRegistry,
    remoteAddress: string,
  ) {
    const peer = { address: remoteAddress, port: FIRST_PORT + opened++, isEncrypted: false }
    this.circuit = persons.node.accept(
      {
        send: (bytes) => this.send(bytes),
        get queuedBytes() {
          return connection.transport.queuedBytes
        },
        end: () => undefined,
        abort: () => undefined,
        pause: () => undefined,
        resume: () => undefined,
      },
      peer,
    )
    persons.linkCircuit(person, this.circuit.location)
  }

  /** After an error of the client's the circuit is over; its next bytes need a new one. */
  get isClosed(): boolean {
    return this.circuit.isClosed
  }

  /** Bytes as the client packed them: a String or a ByteArray. */
  receive(bytes: Uint8Array | string): void {
    this.circuit.receive(typeof bytes === 'string' ? encodeUtf8(bytes) : bytes)
  }

  end(): void {
    this.circuit.end()
  }

  /** AMF0 has no ByteArray: there it is text. */
  private send(bytes: Uint8Array): void {
    this.connection.call('psyc', [this.connection.objectEncoding === 3 ? bytes : decodeUtf8(bytes)])
  }
}
