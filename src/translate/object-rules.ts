/**
 * What a profile has the home of a place do with its shared objects, of itself [design 2.3; rtmp.md 8.2]:
 *
 *   members        a volatile object has a slot for everybody in the place, kept by the home: the user list of many apps
 *   removeOnLeave  slots that a person wrote last go when the person leaves
 *
 * The place writes as any member does, by `_request_change_shared` in its own name, so everybody hears of it.
 */
import type { CompiledProfile, ObjectRule } from '../profile/profile.js'
import type { Origin } from '../psyc/entity/node.js'
import type { PersonRegistry } from '../psyc/entity/person-registry.js'
import type { Place } from '../psyc/entity/place.js'
import type { Member } from '../psyc/entity/place-members.js'
import type { SharedObjectHome } from '../psyc/entity/shared-object-home.js'
import { Packet } from '../psyc/wire/packet.js'
import { GatewayError } from '../util/errors.js'
import { rootsOf, scopeOfCallback, textOf } from './expression-scope.js'
import { parseChannel } from './name.js'
import { WrittenSlots } from './shared-object-changes.js'
import { RoomNames } from './room-names.js'
import { shownAs } from './shown.js'
import type { Shown } from './shown.js'

type Mirror = NonNullable<ObjectRule['members']>

export class ObjectRules {
  /** Known members as they were shown when they came, by person: their slots are found again by it. */
  private readonly shown = new Map<string, Shown>()
  private readonly names = new RoomNames((key) => this.shown.has(key))

  constructor(
    private readonly place: Place,
    private readonly home: SharedObjectHome,
    private readonly profile: Pick<CompiledProfile, 'objectRule'>,
    private readonly persons: PersonRegistry,
  ) {}

  /** The object has come to be, and nobody has heard of it yet. */
  made(channel: string): void {
    const mirror = this.mirror(channel)
    if (mirror === undefined) return
    const slots = new WrittenSlots()
    for (const shown of this.shown.values()) writeSlot(slots, mirror, shown, true)
    this.write(channel, slots)
  }

  announced({ person, nick, displayName }: Pick<Member, 'person' | 'nick' | 'displayName'>): void {
    const shown = shownAs(person, displayName ?? nick, this.persons, undefined, this.names)
    this.shown.set(person.key, shown)
    this.writeMirrors(shown, true)
  }

  left({ person }: Pick<Member, 'person'>): void {
    for (const channel of this.home.channels()) {
      if (this.rule(channel)?.removeOnLeave !== true) continue
      const slots = new WrittenSlots()
      for (const name of this.home.object(channel)?.slots.writtenBy(person.key) ?? [])
        slots.set(name, undefined)
      this.write(channel, slots)
    }
    const shown = this.shown.get(person.key)
    this.shown.delete(person.key)
    this.names.left(person)
    if (shown !== undefined) this.writeMirrors(shown, false)
  }

  private writeMirrors(shown: Shown, isThere: boolean): void {
    for (const channel of this.home.channels()) {
      const mirror = this.mirror(channel)
      if (mirror === undefined) continue
      const slots = new WrittenSlots()
      writeSlot(slots, mirror, shown, isThere)
      this.write(channel, slots)
    }
  }

  /** A persistent object would still list those who were there when the program ended. */
  private mirror(channel: string): Mirror | undefined {
    const parsed = parseChannel(channel)
    return parsed?.kind === 'object' && !parsed.persistent ? this.rule(channel)?.members : undefined
  }

  private rule(channel: string): ObjectRule | undefined {
    const parsed = parseChannel(channel)
    return parsed?.kind === 'object' ? this.profile.objectRule(parsed.name)?.value : undefined
  }

  private write(channel: string, slots: WrittenSlots): void {
    if (slots.isEmpty) return
    const { node, uniform } = this.place
    try {
      const routing = { _source: uniform.text, _target: `${uniform.text}#${channel}` }
      const change = Packet.of(routing, '_request_change_shared', slots.variables(node.limits))
      this.home.receive(change, this.localOrigin)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      node.log.info({ object: channel, code: error.code }, 'the members cannot be written')
    }
  }

  private get localOrigin(): Origin {
    const { rootKey } = this.place.node.root
    return { rootKey, isLocal: true, understandsState: true, syntax: '1.0' }
  }
}

function writeSlot(slots: WrittenSlots, { slot, value }: Mirror, shown: Shown, isThere: boolean): void {
  const scope = scopeOfCallback(rootsOf({ ...shown }))
  const name = textOf(slot.evaluate(scope))
  if (name !== undefined) slots.set(name, isThere ? value.evaluate(scope) : undefined)
}
