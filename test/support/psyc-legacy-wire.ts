/** A packet on a 0.9 circuit: as it lies on the wire, and as it arrives. */
import { LegacyParser, renderLegacyPacket } from '../../src/psyc/wire/legacy.js'
import { Packet } from '../../src/psyc/wire/packet.js'
import { defaultLimits } from '../../src/util/limits.js'
import { decodeUtf8 } from '../../src/util/utf8.js'

/** The variables of a packet as a 0.9 circuit carries them: lines that belong together are joined by LF. */
export function onLegacyWire(packet: Packet): Packet {
  const text = decodeUtf8(renderLegacyPacket(packet)).replaceAll('\n\t', '\v')
  const variables = [...text.matchAll(/^:(\w+)\t(.*)$/gm)].map(
    ([, name = '', value = '']): [string, string] => [name, value.replaceAll('\v', '\n')],
  )
  return Packet.of({}, packet.method, Object.fromEntries(variables))
}

/** What the far end of a 0.9 circuit gets. */
export function overLegacy(packet: Packet): Packet {
  const parser = new LegacyParser(defaultLimits)
  parser.receive(renderLegacyPacket(packet))
  return parser.next()!
}
