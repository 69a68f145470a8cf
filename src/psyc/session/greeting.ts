/** The packets that open a circuit and say what we can do, in both syntaxes [psyc.md 2.12, 2.13; psyced.md 3.1, 3.5]. */
import { Packet, modifiers, valueList, valueText } from '../wire/packet.js'
import type { Value } from '../wire/packet.js'
import { PsycList } from '../wire/list.js'
import type { Uniform } from '../wire/uniform.js'
import { LANE_VARIABLE } from './lane.js'
import type { Lane } from './lane.js'

export interface Self {
  readonly root: Uniform
  /** Name and version of the program, for display. */
  readonly implementation: string
}

/** What nodes of our kind can do beyond the bare protocol [design 3]. */
const modules = ['_context', '_state', '_route', '_keepalive']

/** All that make a difference to us when a peer offers them: `_encrypt` only goes with 0.9. */
export const knownModules: readonly string[] = [...modules, '_encrypt']

/** Hello in 0.9: established, features, and the root once more without its slash, which makes psyced use this circuit for all. */
export function greetingLegacy(self: Self, location: Uniform, offersTls = false): readonly Packet[] {
  const status = Packet.of(
    { _source: self.root.text },
    '_status_circuit',
    {
      _available_hashes: 'sha1',
      _available_characters: 'UTF-8',
      _available_protocols: 'PSYC/0.9 TCP IP/4;PSYC/1.0 TCP IP/4',
      _understand_modules: offersTls ? '_context;_encrypt' : '_context',
      _using_characters: 'UTF-8',
      _using_protocols: 'PSYC/0.9 TCP IP/4',
      _using_modules: '_context',
    },
    'Available protocols: [_available_protocols].',
  )
  const withoutSlash = self.root.text.replace(/\/$/, '')
  return [established(self, location), status, Packet.of({ _source: withoutSlash }, '_status_circuit')]
}

/** `_target_peer` tells the other side how we see it; what is not for talk says so. */
export function established(self: Self, location: Uniform, tagRelay?: string, lane: Lane = 'talk'): Packet {
  return Packet.of(
    { _source: self.root.text, _tag_relay: tagRelay },
    '_notice_circuit_established',
    {
      _target_peer: location.text,
      _implementation: self.implementation,
      [LANE_VARIABLE]: lane === 'talk' ? undefined : lane,
    },
    'Hello [_target_peer].\nCircuit to [_source] running [_implementation] established.',
  )
}

/** The lists stand in the routing header: circuit-level packets speak about the circuit. */
export function features(
  method: '_request_features' | '_notice_features',
  tag: { _tag?: string; _tag_relay?: string },
): Packet {
  const list = PsycList.ofTexts(modules)
  const routing = modifiers({ _list_understand_modules: list, _list_using_modules: list, ...tag })
  return new Packet(routing, [], method, '')
}

/** Switches TLS on, and answers that, in 0.9 [psyc.md 2.12]. */
export function switchToTls(): Packet {
  return new Packet(modifiers({ _using_modules: '_encrypt' }), [], '', '')
}

/** The modules that a packet offers, under either name and in either header; "" never among them. */
export function offeredModules(packet: Packet): string[] {
  return moduleNames(packet, 'understand_modules')
}

/** The modules that a packet switches on. */
export function usedModules(packet: Packet): string[] {
  return moduleNames(packet, 'using_modules')
}

/** A list, or the text of older programs: `_context;_state`. */
function moduleNames(packet: Packet, name: string): string[] {
  return [...packet.routing, ...packet.entity].flatMap((modifier) => {
    if (modifier.name === `_list_${name}`) return listTexts(modifier.value)
    return modifier.name === `_${name}` ? splitNames(valueText(modifier.value)) : []
  })
}

function listTexts(value: Value): string[] {
  try {
    return valueList(value).texts().flatMap(splitNames)
  } catch {
    return [] // an ill-typed value breaks nothing [psyc.md 1.5]
  }
}

function splitNames(text: string): string[] {
  return text.split(/[;\s]+/).filter((name) => name !== '')
}
