/** Packets that are kept longer than the buffer they were read into. */
import { Packet, valueBytes } from './packet.js'
import type { Modifier, Value } from './packet.js'
import { copyOf } from '../../util/bytes.js'

/** With values of its own: those of a packet are views that hold the whole buffer. */
export function ownedPacket({ routing, entity, method, body, stateOperation }: Packet): Packet {
  const ownBody = body instanceof Uint8Array ? copyOf(body) : body
  return new Packet(owned(routing), owned(entity), method, ownBody, stateOperation)
}

function owned(modifiers: readonly Modifier[]): Modifier[] {
  return modifiers.map((modifier) => ({ ...modifier, value: ownValue(modifier.value) }))
}

function ownValue(value: Value): Value {
  return typeof value === 'string' ? value : copyOf(valueBytes(value))
}
