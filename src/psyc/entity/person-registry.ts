/**
 * The persons of this node, and the names they hold. A person exists while a client is linked to it; a name that is
 * registered is held also without one.
 */
import { Packet } from '../wire/packet.js'
import { inherits } from '../wire/keyword.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import { deservesError } from './failure.js'
import { Linking } from './linking.js'
import { NativeLink } from './native-link.js'
import type { Entity, Origin } from './node.js'
import type { PasswordHasher } from './password.js'
import { isInvitation } from './person-friends.js'
import { runCommand } from './person-commands.js'
import { Person } from './person.js'
import type { LinkEnd, PersonHost, PersonLink } from './person.js'
import type { PersonStore } from './person-store.js'
import type { Speaker, Speakers } from './intake.js'
import type { Node } from './router.js'

export interface RegistryOptions {
  readonly node: Node
  readonly store: PersonStore
  /** Whether who has no password may link, under a name that nobody holds. */
  readonly allowsUnregistered: boolean
  readonly hasher?: PasswordHasher | undefined
}

export interface ClaimOptions {
  readonly displayName?: string | undefined
  /** The password of a registered name was given. */
  readonly isAuthenticated?: boolean | undefined
}

/** `taken`: by another; `registered`: needs its password; `full`: more than a limit allows; `illegal`: no name. */
export type ClaimRefusal = 'taken' | 'registered' | 'full' | 'illegal'

/** A client that linked over a circuit. */
export interface NativeClient {
  readonly person: Person
  readonly link: NativeLink
  readonly location: Uniform
}

export class PersonRegistry implements PersonHost, Speakers {
  readonly node: Node
  private readonly persons = new Map<string, Person>()
  private readonly linking: Linking
  /** Native links by the location they are at, and by its root. */
  private readonly locations = new Map<string, NativeClient>()
  private readonly byRoot = new Map<string, Set<NativeClient>>()

  constructor(readonly options: RegistryOptions) {
    const { node } = options
    this.node = node
    this.linking = new Linking(this)
    node.letSpeak(this)
    node.onMissingEntity((uniform) => (uniform.kind === 'person' ? this.absent : undefined))
    node.onPeerLost((rootKey, _isClient, how) => {
      this.linking.forget(rootKey)
      for (const link of [...(this.byRoot.get(rootKey) ?? [])]) this.removeNative(link, how)
    })
  }

  /** Number of persons with a client. */
  get size(): number {
    return this.persons.size
  }

  /** @param nick mapped; case does not matter */
  find(nick: string): Person | undefined {
    return this.persons.get(nick.toLowerCase())
  }

  /** Whether that name is somebody's here: in use, or registered. @param nick mapped; case does not matter */
  isHeld(nick: string): boolean {
    return this.find(nick) !== undefined || this.options.store.find(nick.toLowerCase()) !== undefined
  }

  all(): IterableIterator<Person> {
    return this.persons.values()
  }

  /**
   * Link a client to the person of that name; it comes to be with its first link. Whoever has the password of a
   * registered name may link to it many times; any other name is one client's.
   * @param name mapped nick, "alice"
   */
  claim(name: string, link: PersonLink, options: ClaimOptions = {}): Person | ClaimRefusal {
    const uniform = this.uniformOfNick(name)
    if (uniform === undefined) return 'illegal'
    const nick = uniform.name
    const isAuthenticated = options.isAuthenticated === true
    if (!isAuthenticated && this.options.store.find(nick) !== undefined) return 'registered'
    const known = this.persons.get(nick)
    if (known !== undefined) return this.claimKnown(known, link, isAuthenticated)
    if (this.persons.size >= this.node.limits.persons) return 'full'
    const person = new Person(this, uniform, {
      displayName: options.displayName,
      isRegistered: isAuthenticated,
    })
    this.node.register(person)
    this.persons.set(nick, person)
    person.addLink(link)
    return person
  }

  private uniformOfNick(name: string): Uniform | undefined {
    const nick = name.toLowerCase()
    return isNick(nick) ? uniformOf(this.node.uniformText(`~${nick}`)) : undefined
  }

  private claimKnown(person: Person, link: PersonLink, isAuthenticated: boolean): Person | ClaimRefusal {
    if (!isAuthenticated || !person.isRegistered) return 'taken'
    if (person.linkCount >= this.node.limits.linksPerPerson) return 'full'
    person.addLink(link)
    return person
  }

  // ── native clients ─────────────────────────────────────────────────────────────────────────────────────

  /** Link the client at `location`; what it was linked to before is unlinked. */
  claimNative(name: string, location: Uniform, options: ClaimOptions): Person | ClaimRefusal {
    const uniform = this.uniformOfNick(name)
    if (uniform === undefined) return 'illegal'
    const known = this.locations.get(location.entityKey)
    if (known?.person.uniform.key === uniform.key) return known.person
    const linkedHere = this.byRoot.get(location.rootKey)?.size ?? 0
    if (known === undefined && linkedHere >= this.node.limits.linksPerCircuit) return 'full'
    const link = new NativeLink(this.node, uniform, location)
    const person = this.claim(name, link, options)
    if (typeof person === 'string') return person
    if (known !== undefined) this.removeNative(known, 'finished')
    this.locate({ person, link, location })
    return person
  }

  private locate(native: NativeClient): void {
    const { entityKey, rootKey } = native.location
    this.locations.set(entityKey, native)
    const siblings = this.byRoot.get(rootKey) ?? new Set()
    this.byRoot.set(rootKey, siblings.add(native))
  }

  /** Link the client at `location` to a person who has let it in by other means than a password. */
  linkCircuit(person: Person, location: Uniform): void {
    const link = new NativeLink(this.node, person.uniform, location)
    person.addLink(link)
    this.locate({ person, link, location })
  }

  nativeAt(location: string | undefined): NativeClient | undefined {
    return this.locations.get(uniformOf(location)?.entityKey ?? '')
  }

  removeNative(native: NativeClient, how: LinkEnd): void {
    const { rootKey, entityKey } = native.location
    this.locations.delete(entityKey)
    const siblings = this.byRoot.get(rootKey)
    siblings?.delete(native)
    if (siblings?.size === 0) this.byRoot.delete(rootKey)
    native.person.removeLink(native.link, how)
  }

  at(locationKey: string): Speaker | undefined {
    return this.locations.get(locationKey)?.person
  }

  linkedFrom(rootKey: string, personKey: string): Speaker | undefined {
    for (const { person } of this.byRoot.get(rootKey) ?? []) {
      if (person.uniform.entityKey === personKey) return person
    }
    return undefined
  }

  // ── persons ────────────────────────────────────────────────────────────────────────────────────────────

  handle(person: Person, packet: Packet, origin: Origin): boolean {
    return this.linking.handle(person.uniform, packet, origin) || runCommand(this, person, packet)
  }

  isLinked(person: Person, location: string | undefined): boolean {
    return this.nativeAt(location)?.person === person
  }

  ended(person: Person): void {
    this.persons.delete(person.nick.toLowerCase())
    this.node.unregister(person)
  }

  /** Stands for every person that has no client: it can be linked to, and says that nobody is there. */
  private get absent(): Entity {
    return {
      uniform: this.node.root,
      receive: (packet, origin) => {
        const target = uniformOf(packet.target)
        if (target === undefined || packet.context !== undefined) return
        if (!this.linking.handle(target, packet, origin)) this.answerAbsent(packet, target)
      },
    }
  }

  private answerAbsent(packet: Packet, target: Uniform): void {
    if (packet.source === undefined || !(deservesError(packet) || isInvitation(packet))) return
    const isRegistered = this.options.store.find(target.name.toLowerCase()) !== undefined
    const routing = {
      _source: isRegistered ? target.text : this.node.root.text,
      _target: packet.source,
      _tag_relay: packet.tag,
    }
    const isQuestion = inherits(packet.method, '_request_presence')
    const method = isQuestion ? '_status_presence_absent' : '_status_person_absent'
    const variables = { _nick: target.name, _nick_target: target.name, _degree_availability: 1 }
    if (isRegistered) this.node.send(Packet.of(routing, method, variables))
    else
      this.node.send(
        Packet.of(routing, '_error_unknown_name_user', variables, 'Nobody here is called [_nick_target].'),
      )
  }
}

/** The form that mapped nicks have [design 2.1]. */
function isNick(text: string): boolean {
  return /^[a-z0-9_+=-]{1,193}$/.test(text)
}
