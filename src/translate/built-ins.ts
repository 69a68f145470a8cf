/**
 * What every place can do without a script: the functions that many Flash apps expect of their server [design 2].
 * A table, so that a call costs one look-up.
 */
import { AmfArray, AmfObject } from '../amf/value.js'
import type { AmfValue } from '../amf/value.js'

/** A place as its built-ins see it. */
export interface Room {
  /** All who hear a cast, silent members too. */
  readonly memberCount: number
  members(): readonly { readonly nick: string; readonly uniform: string }[]
  /** Uniform of the member that is shown under that nick, in any case. */
  find(nick: string): string | undefined
  /** Everybody in the room gets the call, the caller too. */
  broadcast(method: string, args: readonly AmfValue[]): void
  /** @returns false when nobody of that nick is there */
  sendTo(nick: string, method: string, args: readonly AmfValue[]): boolean
}

export type BuiltInAnswer = { readonly value: AmfValue } | { readonly failure: string }

export type BuiltIn = (room: Room, args: readonly AmfValue[]) => BuiltInAnswer

export const builtIns: ReadonlyMap<string, BuiltIn> = new Map<string, BuiltIn>([
  ['echo', (_room, [value]) => ({ value })],
  ['broadcast', broadcast],
  ['sendTo', sendTo],
  ['members', (room) => ({ value: memberObjects(room.members()) })],
])

function broadcast(room: Room, [method, ...args]: readonly AmfValue[]): BuiltInAnswer {
  if (typeof method !== 'string') return { failure: 'broadcast(method, …args): method is not a string' }
  room.broadcast(method, args)
  return { value: room.memberCount }
}

function sendTo(room: Room, [nick, method, ...args]: readonly AmfValue[]): BuiltInAnswer {
  if (typeof nick !== 'string' || typeof method !== 'string') {
    return { failure: 'sendTo(nick, method, …args): nick or method is not a string' }
  }
  if (!room.sendTo(nick, method, args)) return { failure: `sendTo: nobody is called ${nick} here` }
  return { value: true }
}

export function memberObjects(members: readonly { nick: string; uniform: string }[]): AmfArray {
  return new AmfArray(members.map(({ nick, uniform }) => AmfObject.of({ nick, uniform })))
}
