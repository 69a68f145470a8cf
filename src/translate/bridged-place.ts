/**
 * A place on a psyced that Flash clients of this node are in [design 3, Bridge]. Their persons enter it one by one, by
 * themselves; psyced sends one copy of each cast for all of them. This is what they share: who is there, what came of
 * what they said, and where the objects of the place live.
 *
 * Nothing that comes from psyced is taken for complete: it drops what a slow reader does not take, keeps members whose
 * circuit is gone, and sends old news after new ones when a circuit comes back [psyced.md 3.3, 3.4, 9]. So the list of
 * members is asked for again after each loss, and from time to time.
 */
import type { PeerEvents, PsycNode } from '../psyc/entity/node.js'
import type { PlaceListener, PresentMember } from '../psyc/entity/remote-place.js'
import { inherits } from '../psyc/wire/keyword.js'
import { Packet } from '../psyc/wire/packet.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import type { Timer } from '../util/timers.js'
import { BridgeAsker } from './bridge-asker.js'
import { BridgeHome } from './bridge-home.js'
import { BridgeRoster, listedMembers } from './bridge-roster.js'

/** A person of this node, as the bridge needs it. */
export interface OwnPerson {
  readonly displayName: string
  /** Whether it believes to be in that place. */
  isIn(place: Uniform): boolean
}

export interface BridgeHost {
  readonly node: PsycNode & PeerEvents
  /** The node of that root is a psyced: 0.9 is the syntax for it. */
  speaksLegacy(rootKey: string): void
  /** Somebody has come to a place whose home is that, or gone. */
  reflect(home: Uniform, member: PresentMember, isThere: boolean): void
  /** The person of this node with that uniform, if there is one. */
  ownPerson(person: Uniform): OwnPerson | undefined
}

/** Between two looks at the list of members, ms. Ours: a lost notice is noticed after so long at most. */
const CHECK_MS = 300_000
/** After a circuit came back: members have entered again, and what psyced had queued has come. Ours. */
const SETTLED_MS = [3_000, 30_000]

export class BridgedPlace {
  readonly asker: BridgeAsker
  private readonly roster: BridgeRoster
  private readonly homeNotice: BridgeHome
  private readonly listeners = new Set<PlaceListener>()
  /** Each is looked at once, though every person of ours gets it. */
  private readonly seen = new WeakSet<Packet>()
  private readonly timers = new Set<Timer>()
  private readonly forgetBack: () => void
  /** The notice that is being looked at. */
  private current: Packet | undefined

  constructor(
    private readonly host: BridgeHost,
    readonly uniform: Uniform,
    /** Of its objects, calls and streams. */
    readonly home: Uniform,
  ) {
    const { node } = host
    host.speaksLegacy(uniform.rootKey)
    this.asker = new BridgeAsker(node, uniform.rootKey, () => this.evicted())
    this.homeNotice = new BridgeHome(node, uniform, home)
    this.roster = new BridgeRoster({
      came: (member) => {
        host.reflect(home, member, true)
        this.tell(member, '_notice_place_enter')
      },
      went: (member) => {
        host.reflect(home, member, false)
        this.tell(member, '_notice_place_leave')
      },
    })
    this.forgetBack = node.onPeerBack((rootKey) => {
      if (rootKey === uniform.rootKey)
        for (const afterMs of SETTLED_MS) this.later(afterMs, () => this.check())
    })
    this.checkRegularly()
  }

  close(): void {
    this.forgetBack()
    for (const timer of this.timers) timer.cancel()
    this.timers.clear()
    for (const member of this.members()) this.host.reflect(this.home, member, false)
  }

  /** In the order they came, or were listed. */
  members(): PresentMember[] {
    return this.roster.values()
  }

  has(personKey: string): boolean {
    return this.roster.has(personKey)
  }

  listen(listener: PlaceListener): void {
    this.listeners.add(listener)
  }

  unlisten(listener: PlaceListener): void {
    this.listeners.delete(listener)
  }

  /** Something came for a person of ours: from the place, or what was said to somebody there. */
  heard(packet: Packet): void {
    if (this.seen.has(packet)) return
    this.seen.add(packet)
    this.asker.heard(packet)
    if (uniformOf(packet.context ?? packet.source)?.entityKey === this.uniform.entityKey)
      this.heardPlace(packet)
  }

  private heardPlace(packet: Packet): void {
    if (packet.context !== undefined && packet.target !== undefined) return // the past, for one who asked
    const handle = families.find(([name]) => inherits(packet.method, name))
    this.current = packet
    try {
      handle?.[1](this, packet)
    } finally {
      this.current = undefined
    }
  }

  /** Somebody entered; or the answer to an enter of ours, with the list. */
  noteEnter(packet: Packet): void {
    const person = uniformOf(packet.sourceRelay)
    if (person === undefined) return
    this.roster.came(person, packet.text('_name_display') ?? packet.text('_nick') ?? person.name)
  }

  noteLeave(packet: Packet): void {
    const person = uniformOf(packet.sourceRelay)
    if (person !== undefined) this.roster.went(person)
  }

  /** A list of all members. Large places may answer an enter without it. */
  noteList(packet: Packet): void {
    if (packet.context !== undefined) return // psyced lets any member cast an `_echo`
    const listed = listedMembers(packet)
    if (listed === undefined) this.check()
    else {
      const isSettled = inherits(packet.method, '_status')
      const ghosts = listed.filter(({ person }) => this.isGhost(person, isSettled))
      this.roster.replace(
        listed.filter((member) => !ghosts.includes(member)).map((member) => this.named(member)),
      )
      for (const ghost of ghosts) this.dismiss(ghost)
    }
    this.homeNotice.tell(this.someoneInside())
  }

  noteHome(packet: Packet): void {
    this.homeNotice.heard(packet, this.someoneInside())
  }

  private named({ person, name }: PresentMember): PresentMember {
    return { person, name: this.host.ownPerson(person)?.displayName ?? name }
  }

  /**
   * psyced knows a person of ours that is no more, from before we were started anew.
   * @param isSettled nobody has just entered whose own answer may yet be on its way
   */
  private isGhost(person: Uniform, isSettled: boolean): boolean {
    if (!this.host.node.isLocal(person)) return false
    const own = this.host.ownPerson(person)
    return own === undefined || (isSettled && !own.isIn(this.uniform))
  }

  private dismiss({ person, name }: PresentMember): void {
    const routing = { _source: person.text, _target: this.uniform.text }
    this.host.node.send(Packet.of(routing, '_request_context_leave', { _nick: name }))
  }

  // ── the list of members ────────────────────────────────────────────────────────────────────────────────

  private checkRegularly(): void {
    this.later(CHECK_MS, () => {
      this.check()
      this.checkRegularly()
    })
  }

  /** Ask who is there, in the name of one of ours who is. */
  private check(): void {
    const own = this.someoneInside()
    if (own === undefined) return
    const { node } = this.host
    const routing = { _source: own.text, _target: this.uniform.text }
    node.request(routing, '_request_members', { _nick: own.name }, node.limits.homeMs, (answer) => {
      if (answer === undefined) return
      if (inherits(answer.method, '_status_place_members')) this.heard(answer)
      else if (inherits(answer.method, '_error_necessary_membership')) this.evicted()
    })
  }

  /** The place has thrown us all out, and tells only those who ask: one error of a node is enough. */
  private evicted(): void {
    this.host.node.log.warn(
      { place: this.uniform.text },
      'psyced has put our users out of the place; they enter again',
    )
    for (const listener of [...this.listeners]) listener.evicted?.()
  }

  private someoneInside(): Uniform | undefined {
    const { host, uniform } = this
    const isInside = ({ person }: PresentMember): boolean => host.ownPerson(person)?.isIn(uniform) === true
    return this.roster.values().find(isInside)?.person
  }

  // ── telling ────────────────────────────────────────────────────────────────────────────────────────────

  private tell({ person, name }: PresentMember, method: string): void {
    const said = this.current
    const isSaid =
      said !== undefined && inherits(said.method, method) && uniformOf(said.sourceRelay)?.key === person.key
    const routing = { _context: this.uniform.text, _source_relay: person.text }
    const variables = { _nick: person.name, _name_display: name, _nick_place: this.uniform.name }
    const packet = isSaid ? said : Packet.of(routing, method, variables)
    for (const listener of [...this.listeners]) listener.moved(packet)
  }

  private later(ms: number, run: () => void): void {
    const timer = this.host.node.timers.after(ms, () => {
      this.timers.delete(timer)
      run()
    })
    this.timers.add(timer)
  }
}

const families: readonly (readonly [string, (place: BridgedPlace, packet: Packet) => void])[] = [
  ['_notice_place_enter', (place, packet) => place.noteEnter(packet)],
  ['_notice_context_enter', (place, packet) => place.noteEnter(packet)],
  ['_notice_place_leave', (place, packet) => place.noteLeave(packet)],
  ['_notice_context_leave', (place, packet) => place.noteLeave(packet)],
  ['_echo_place_enter', (place, packet) => place.noteList(packet)],
  ['_echo_context_enter', (place, packet) => place.noteList(packet)],
  ['_status_place_members', (place, packet) => place.noteList(packet)],
  ['_notice_home', (place, packet) => place.noteHome(packet)],
]
