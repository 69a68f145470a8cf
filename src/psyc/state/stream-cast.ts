/**
 * The casts of a stream's context as those see them who pass them on [design 5]: numbered, whole or dropped, and marked
 * with what a node must know to drop the right ones. What is in them is for others to read.
 *
 *   :_context  psyc://a.example/@live#_stream_cam
 *   :_counter  4711
 *   _data_flv                  body: whole FLV tags; with `=` and `+` in front when they are part of the state
 *   _notice_stream_unpublish   the run is over
 */
import { Packet } from '../wire/packet.js'
import type { Modifier } from '../wire/packet.js'
import type { Limits } from '../../util/limits.js'
import { StateVariables, stateLimits } from './variables.js'

export const MEDIA_METHOD = '_data_flv'
export const END_METHOD = '_notice_stream_unpublish'

/** Bits of `StreamCast.flags`. */
export const CastFlag = {
  /** Never dropped: headers, metadata, `NetStream.send`, the end. */
  Kept: 1,
  /** Begins with a picture that needs no other. */
  Keyframe: 2,
  /** Nothing in it is needed by anything else. */
  Disposable: 4,
  /** No picture in it. */
  Sound: 8,
} as const

const VARIABLES = 32 // ours: a stream has three
const ITEMS = 256 // ours: headers, one a track, and as many again

/** The state of a stream, empty: far smaller than that of other contexts, for it is copied at every keyframe. */
export function streamState(limits: Limits): StateVariables {
  return new StateVariables({ ...stateLimits(limits), variables: VARIABLES, items: ITEMS })
}

export interface StreamCast {
  /** Without `_target`; shared by all who get it. */
  readonly packet: Packet
  readonly counter: number
  readonly flags: number
  /** Of the body. */
  readonly bytes: number
  /** Of the clock. */
  readonly arrivedMs: number
  /** Bytes of all casts before it. */
  readonly firstByte: number
}

/** @param target root of the node that is to have it besides what all get */
export function asHistory(packet: Packet, target: string): Packet {
  return rerouted(packet, [...packet.routing, { operator: ':', name: '_target', value: target }])
}

/** History as the cast that it was. */
export function asCast(packet: Packet): Packet {
  if (packet.target === undefined) return packet
  return rerouted(
    packet,
    packet.routing.filter(({ name }) => name !== '_target'),
  )
}

/** Whether it says something about the state of the stream. */
export function changesState({ entity }: Packet): boolean {
  return entity.some(({ operator }) => operator !== ':')
}

function rerouted({ entity, method, body, stateOperation }: Packet, routing: readonly Modifier[]): Packet {
  return new Packet(routing, entity, method, body, stateOperation)
}
