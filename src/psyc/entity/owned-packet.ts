/** Packets that are kept longer than the buffer they were read into. */
import { Packet, valueBytes } from '../wire/packet.js'
import type { Value } from '../wire/packet.js'

/** With values of its own: those of a packet are views that hold the whole buffer. */
export function ownedPacket({ routing, entity, method, body }: Packet): Packet {
  const values = entity.map((modifier) => ({ ...modifier, value: ownValue(modifier.value) }))
  return new Packet(routing, values, method, body instanceof Uint8Array ? body.slice() : body)
}

function ownValue(value: Value): Value {
  return typeof value === 'string' ? value : valueBytes(value).slice()
}
