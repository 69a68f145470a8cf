/**
 * The circuit level: packets about the circuit itself, as a table of method families [psyc.md 2.12, 2.13, 7].
 * They have no target but perhaps the node, and no context.
 */
import { Packet } from '../wire/packet.js'
import { inherits } from '../wire/keyword.js'
import { uniformOf } from '../wire/uniform.js'
import type { Circuit } from './circuit.js'
import { established, features, offeredModules, usedModules } from './greeting.js'
import { LANE_VARIABLE, laneNamed } from './lane.js'

type Answer = (circuit: Circuit, packet: Packet) => void

/** The first family that the method inherits from decides. */
const families: readonly (readonly [string, Answer])[] = [
  ['_notice_circuit_established', greeted],
  ['_status_circuit', greeted],
  ['_request_features', tellFeatures],
  ['_notice_features', learn],
  ['_request_circuit_shutdown', (circuit) => circuit.closeLater()],
  [
    '_request_circuit_trust',
    (circuit, packet) => circuit.complain('_failure_invalid_circuit_trust', {}, '', packet.tag),
  ],
  ['_request_circuit_encrypt', (circuit) => circuit.switchToTls()],
  ['_request_circuit', answerCircuit],
  ['_request_authorization', authorize],
  ['_status_authorization', () => undefined],
  ['_warning_server_shutdown', note],
  ['_error', note],
  ['_failure', note],
]

/** @returns whether the packet was about the circuit, and so is done with */
export function negotiate(circuit: Circuit, packet: Packet): boolean {
  if (packet.context !== undefined || isOfEntity(packet) || !isForNode(circuit, packet)) return false
  if (packet.method === '') return switchModules(circuit, packet)
  const family = families.find(([name]) => inherits(packet.method, name))
  // Errors with a sender are an entity's, not the circuit's.
  if (family === undefined || (family[1] === note && packet.source !== undefined)) return false
  family[1](circuit, packet)
  return true
}

/** A person of the peer's node may say what it likes: it does not speak for the circuit that all of them share. */
function isOfEntity({ source }: Packet): boolean {
  const uniform = uniformOf(source)
  return uniform !== undefined && uniform.kind !== 'root'
}

function isForNode(circuit: Circuit, packet: Packet): boolean {
  const { target } = packet
  if (target === undefined || inherits(packet.method, '_notice_circuit_established')) return true
  const uniform = uniformOf(target)
  return uniform?.rootKey === circuit.host.root.rootKey && uniform.kind === 'root'
}

/** The peer's name. Older servers give our address in `_target`; either way it is only the claim that counts. */
function greeted(circuit: Circuit, packet: Packet): void {
  const source = uniformOf(packet.source)
  if (circuit.isOurs && source?.rootKey === circuit.host.root.rootKey) {
    circuit.haveCalledOurselves()
    return
  }
  circuit.beLane(laneNamed(packet.text(LANE_VARIABLE)))
  // Who must be encrypted says who it is when it is.
  if (source !== undefined && !circuit.isToBeSecured && isRefused(circuit, source)) return
  if (packet.text('_available_protocols')?.includes('PSYC/1.0') === true) circuit.offersModern = true
  circuit.learnModules(offeredModules(packet))
}

function isRefused(circuit: Circuit, source: NonNullable<ReturnType<typeof uniformOf>>): boolean {
  const belief = circuit.claim(source)
  return belief !== 'proven' && belief !== 'pending'
}

function learn(circuit: Circuit, packet: Packet): void {
  circuit.learnModules(offeredModules(packet))
}

function tellFeatures(circuit: Circuit, packet: Packet): void {
  circuit.learnModules(offeredModules(packet))
  circuit.send(features('_notice_features', packet.tag === undefined ? {} : { _tag_relay: packet.tag }))
}

/** The hello of the wiki's draft. */
function answerCircuit(circuit: Circuit, packet: Packet): void {
  greeted(circuit, packet)
  circuit.send(established(circuit.host, circuit.location, packet.tag))
}

/** psyced 1.0: may these hosts talk here? Asked again when the proof is there, since the answer depends on it. */
function authorize(circuit: Circuit, packet: Packet): void {
  const source = uniformOf(packet.text('_uniform_source'))
  const target = uniformOf(packet.text('_uniform_target'))
  const variables = {
    _uniform_source: packet.text('_uniform_source'),
    _uniform_target: packet.text('_uniform_target'),
  }
  if (target?.rootKey !== circuit.host.root.rootKey) {
    circuit.complain(
      '_error_invalid_uniform_target',
      variables,
      '[_uniform_target] is not hosted here.',
      packet.tag,
    )
    return
  }
  if (source === undefined || isRefused(circuit, source)) {
    circuit.complain(
      '_error_invalid_uniform_source',
      variables,
      '[_uniform_source] is not proven.',
      packet.tag,
    )
    return
  }
  if (circuit.isProving) {
    circuit.wait(packet)
    return
  }
  circuit.send(Packet.of({ _tag_relay: packet.tag }, '_status_authorization', variables))
  circuit.askAuthorization(source)
}

/** `_using_modules` without a method switches a module on. `_encrypt` is the only one of ours that changes the stream. */
function switchModules(circuit: Circuit, packet: Packet): boolean {
  const names = usedModules(packet)
  if (names.includes('_compress')) circuit.refuse('_error_compress_unavailable')
  else if (names.includes('_encrypt')) circuit.switchToTls()
  return names.length > 0 || (packet.source === undefined && packet.target === undefined)
}

/** Nothing to be done about it but to write it down. */
function note(circuit: Circuit, packet: Packet): void {
  const { method, bodyText } = packet
  circuit.host.log.info(
    { circuit: circuit.location.text, method, body: bodyText.slice(0, 200) },
    'the peer says',
  )
}
