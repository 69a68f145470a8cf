/** The built-in functions of a bridged place: who is there is known from psyced, everything else is done at its home. */
import type { AmfValue } from '../amf/value.js'
import type { PsycNode } from '../psyc/entity/node.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import type { Room } from './built-ins.js'
import { noticeInvoke } from './invoke-packet.js'
import type { Shown } from './shown.js'

export interface BridgedCaller {
  readonly person: Uniform
  members(): readonly Shown[]
  find(nick: string): string | undefined
}

/** Built-ins that need no home. */
export const answeredHere: ReadonlySet<string> = new Set(['echo', 'members', 'sendTo'])

export class BridgedRoom implements Room {
  /** @param home the place where calls go, when that is of this node */
  constructor(
    private readonly node: PsycNode,
    private readonly caller: BridgedCaller,
    private readonly home: Room | undefined,
  ) {}

  get memberCount(): number {
    return this.home?.memberCount ?? 0
  }

  members(): { nick: string; uniform: string }[] {
    return this.caller.members().map(({ nick, uniform }) => ({ nick, uniform }))
  }

  find(nick: string): string | undefined {
    return this.caller.find(nick)
  }

  broadcast(name: string, args: readonly AmfValue[]): void {
    this.home?.broadcast(name, args)
  }

  sendTo(nick: string, name: string, args: readonly AmfValue[]): boolean {
    const target = this.find(nick)
    if (target === undefined) return false
    const routing = { _source: this.caller.person.text, _target: target }
    this.node.send(noticeInvoke(routing, { name, args }, this.node.limits))
    return true
  }
}
