/** Packets of PSYC 0.9 as JSON, as they stand in their two blocks: what `decode psyc09` prints. */
import { GatewayError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import { defaultLimits } from '../../util/limits.js'
import type { DescribedBytes } from './describe.js'
import { describeBytes } from './describe.js'
import { canonicalMethod, variableType } from './keyword.js'
import type { LegacyPacket, LegacyVariable } from './legacy-reader.js'
import { LegacyReader } from './legacy-reader.js'

/** By name, with the operator in front unless it is ":"; lists are arrays. */
export type DescribedVariables = Readonly<Record<string, DescribedBytes | readonly DescribedBytes[]>>

export type DescribedLegacyPacket =
  | { readonly incomplete: true }
  | { readonly error: string }
  | { readonly routing: DescribedVariables }
  | {
      readonly routing: DescribedVariables
      readonly entity: DescribedVariables
      readonly method: string | null
      readonly body: DescribedBytes | null
    }

export interface LegacyDescription {
  readonly packets: readonly DescribedLegacyPacket[]
  readonly result: 'ok' | 'incomplete' | 'error'
}

/** All packets in borrowed bytes of PSYC 0.9, and how it ended. Never throws for what the bytes hold. */
export function describeLegacyPackets(bytes: Uint8Array, limits: Limits = defaultLimits): LegacyDescription {
  const reader = new LegacyReader(limits)
  reader.receive(bytes)
  const packets: DescribedLegacyPacket[] = []
  try {
    for (let packet = reader.next(); packet !== undefined; packet = reader.next())
      packets.push(describeLegacyPacket(packet))
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return { packets: [...packets, { error: error.message }], result: 'error' }
  }
  if (reader.partial() === undefined) return { packets, result: 'ok' }
  return { packets: [...packets, { incomplete: true }], result: 'incomplete' }
}

function describeLegacyPacket({ routing, entity, method, body }: LegacyPacket): DescribedLegacyPacket {
  const routed = describeVariables(routing, true)
  if (method === '' && entity.length === 0) return { routing: routed }
  return {
    routing: routed,
    entity: describeVariables(entity, false),
    method: method === '' ? null : canonicalMethod(method),
    body: body === undefined ? null : describeBytes(body),
  }
}

/** @param assigned whether a "=" stands under its bare name too: it holds for this packet as well */
function describeVariables(variables: readonly LegacyVariable[], assigned: boolean): DescribedVariables {
  const described = new Map<string, DescribedBytes | DescribedBytes[]>()
  for (const { operator, name, elements } of variables) {
    const value = describeElements(name, elements)
    if (operator !== ':') described.set(operator + name, value)
    if (operator === ':' || (assigned && operator === '=')) described.set(name, value)
  }
  return Object.fromEntries(described)
}

function describeElements(name: string, elements: readonly Uint8Array[]): DescribedBytes | DescribedBytes[] {
  const described = elements.map(describeBytes)
  const [first = ''] = described
  return described.length === 1 && variableType(name) !== '_list' ? first : described
}
