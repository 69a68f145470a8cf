/** A full state as packets for one target [design 4]: a state reset, in several packets when one would be too long. */
import { Packet, valueLength } from '../wire/packet.js'
import type { Modifier } from '../wire/packet.js'

export interface FullState {
  readonly context: string
  /** For whom, among those that the member stands for. */
  readonly target: string
  /** `_counter` of the last cast that is in it. */
  readonly counter: number
  /** `=`, and `+` to go on with a container; `_token_run` first. */
  readonly modifiers: Iterable<Modifier>
  /** Of the question that it answers. */
  readonly tag?: string | undefined
  /** Of one packet, unless one modifier alone is more. */
  readonly packetBytes: number
}

const LINE_BYTES = 16 // ours: operator, length and the like

/** The last one has `_status_state`, those before it no method. */
export function fullStatePackets(state: FullState): Packet[] {
  const { context, target, counter, tag, modifiers, packetBytes } = state
  const routing: Modifier[] = [
    { operator: ':', name: '_context', value: context },
    { operator: ':', name: '_target', value: target },
    { operator: ':', name: '_counter', value: String(counter) },
  ]
  if (tag !== undefined) routing.push({ operator: ':', name: '_tag_relay', value: tag })
  const parts: Modifier[][] = []
  let part: Modifier[] = []
  let bytes = 0
  for (const modifier of modifiers) {
    const size = modifier.name.length + valueLength(modifier.value) + LINE_BYTES
    if (bytes + size > packetBytes && part.length > 0) {
      parts.push(part)
      part = []
      bytes = 0
    }
    part.push(modifier)
    bytes += size
  }
  parts.push(part)
  return parts.map((entity, at) => {
    const method = at === parts.length - 1 ? '_status_state' : ''
    return new Packet(routing, entity, method, '', at === 0 ? 'reset' : undefined)
  })
}
