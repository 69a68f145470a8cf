// Invariant: any bytes, however cut, give the same packets and error; what is rendered is safe for psyced, and is stable once it has been cleaned.
import { describeLegacyPackets } from '../../src/psyc/wire/describe-legacy.js'
import { renderLegacyPacket } from '../../src/psyc/wire/legacy.js'
import type { Packet } from '../../src/psyc/wire/packet.js'
import { GatewayError, PsycError } from '../../src/util/errors.js'
import { latin1, newParser, outcome, packetsOf, pieces } from '../support/psyc-outcome.js'

export function fuzz(bytes: Uint8Array): void {
  const whole = JSON.stringify(outcome('0.9', [bytes]))
  for (const sizes of [[1], [...bytes.subarray(-7)]])
    if (JSON.stringify(outcome('0.9', pieces(bytes, sizes))) !== whole)
      throw new Error('other packets in pieces')
  describeLegacyPackets(bytes)
  const parser = newParser('0.9')
  parser.receive(bytes)
  try {
    for (let packet = parser.next(); packet !== undefined; packet = parser.next()) checkPacket(packet)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
  }
}

function checkPacket(packet: Packet): void {
  const rendered = render(packet)
  if (rendered === undefined) return
  const text = latin1(rendered)
  if (/[\0-\x08\x0b-\x1f\x7f\xff]/.test(text)) throw new Error('a control byte is sent')
  if (text.split('\n').some((line) => line.length >= 2000)) throw new Error('a line is too long')
  const once = resent(rendered) // cleaning may have made base64 of what was none
  if (latin1(resent(once)) !== latin1(once)) throw new Error('a clean packet changes when it is sent on')
}

function resent(bytes: Uint8Array): Uint8Array {
  const [packet, ...more] = reparsed(bytes)
  if (packet === undefined || more.length > 0) throw new Error('not one packet where one was sent')
  const rendered = render(packet)
  if (rendered === undefined) throw new Error('our own packet cannot be rendered')
  return rendered
}

function render(packet: Packet): Uint8Array | undefined {
  try {
    return renderLegacyPacket(packet)
  } catch (error) {
    if (error instanceof PsycError && error.code === 'PSYC_UNRENDERABLE') return undefined
    throw error
  }
}

function reparsed(bytes: Uint8Array): Packet[] {
  try {
    return packetsOf('0.9', bytes)
  } catch (error) {
    throw new Error('our own packet cannot be parsed', { cause: error })
  }
}
