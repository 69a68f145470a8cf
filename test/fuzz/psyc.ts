// Invariant: any bytes, however cut, give the same packets and the same documented error; each packet survives render and parse.
import { describePackets } from '../../src/psyc/wire/describe.js'
import { parseDict } from '../../src/psyc/wire/dict.js'
import { parseList } from '../../src/psyc/wire/list.js'
import type { Packet } from '../../src/psyc/wire/packet.js'
import { PacketParser } from '../../src/psyc/wire/parser.js'
import { renderPacket } from '../../src/psyc/wire/renderer.js'
import { renderLegacyPacket } from '../../src/psyc/wire/legacy.js'
import { GatewayError } from '../../src/util/errors.js'
import { defaultLimits } from '../../src/util/limits.js'
import { outcome, packetsOf, pieces, plain } from '../support/psyc-outcome.js'

export function fuzz(bytes: Uint8Array): void {
  const whole = outcome('1.0', [bytes])
  for (const sizes of [[1], [...bytes.subarray(-7)]]) assertEqual(outcome('1.0', pieces(bytes, sizes)), whole)
  describePackets(bytes)
  const parser = new PacketParser(defaultLimits)
  parser.receive(bytes)
  documented(() => {
    for (let packet = parser.next(); packet !== undefined; packet = parser.next()) checkPacket(packet)
  })
}

function checkPacket(packet: Packet): void {
  const again = packetsOf(
    '1.0',
    unbroken(() => renderPacket(packet)),
  )
  assertEqual(again.map(plain), [plain(packet)])
  documented(() => renderLegacyPacket(packet))
  for (const { name } of packet.entity) {
    documented(() => parseList(packet.bytes(name) ?? new Uint8Array()))
    documented(() => parseDict(packet.bytes(name) ?? new Uint8Array()))
  }
}

/** What was parsed must render: an error of ours here is a violation too. */
function unbroken<Result>(run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    throw new Error('a parsed packet cannot be rendered', { cause: error })
  }
}

function documented(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
  }
}

function assertEqual(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)]
  if (a !== b) throw new Error(`${a.slice(0, 500)}\nis not\n${b.slice(0, 500)}`)
}
