/** How media is written for one kind of player: chunks of one message stream id, FLV tags. */
import type { Message } from '../rtmp/wire/message.js'
import { concat } from '../util/bytes.js'

/**
 * One instance for each form on a node: the hub shares what it has cut among all players of the same instance, so
 * make it once (`rtmpForm`, `flvForm`) and compare by identity.
 */
export interface Form {
  /** For logs and figures: "rtmp 1", "flv". */
  readonly name: string
  /** The whole message as these players get it, shared; undefined when they cannot be given it. */
  cut(message: Message): Uint8Array | undefined
  /** Many messages one behind the other in one buffer, without a copy of each; what cannot be given is left out. */
  cutAll?(messages: readonly Message[]): Uint8Array
  /**
   * The parts of what was cut between which other things may be sent to the player; views. For players that take so
   * little that a picture in one piece would hold up a line of chat.
   */
  split?(message: Message, cut: Uint8Array): readonly Uint8Array[]
}

/** The messages in one shared buffer. */
export function cutTogether(form: Form, messages: readonly Message[]): Uint8Array {
  if (form.cutAll !== undefined) return form.cutAll(messages)
  const cuts = messages.map((message) => form.cut(message))
  return concat(cuts.filter((bytes) => bytes !== undefined))
}
