/** The places of this node: made when somebody enters, with their shared objects and built-in functions. */
import type { PeerEvents, PsycNode } from '../psyc/entity/node.js'
import { Place } from '../psyc/entity/place.js'
import type { ObjectStore } from '../psyc/entity/object-store.js'
import { SharedObjectHome, openRights } from '../psyc/entity/shared-object-home.js'
import { parseUniform, uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { answerInvoke } from '../translate/place-invoke.js'
import { parseChannel, parsePlaceResource, personResource } from '../translate/name.js'
import type { Timer } from '../util/timers.js'
import type { Config } from './config-schema.js'

const NETBURP_MS = 30_000 // design 3: how long members of a lost node are kept

export class Places {
  private readonly places = new Map<string, { place: Place; objects: SharedObjectHome }>()
  private readonly lost = new Map<string, Timer>()

  constructor(
    private readonly node: PsycNode & PeerEvents,
    private readonly config: Config,
    private readonly store: ObjectStore,
  ) {
    node.onMissingEntity((uniform) => (uniform.kind === 'place' ? this.create(uniform) : undefined))
    node.onPeerLost((rootKey, isClient, how) => this.peerLost(rootKey, isClient, how))
    node.onPeerBack((rootKey) => this.peerBack(rootKey))
  }

  get size(): number {
    return this.places.size
  }

  *all(): Generator<Place> {
    for (const { place } of this.places.values()) yield place
  }

  find(uniform: Uniform): Place | undefined {
    return this.places.get(uniform.entityKey)?.place
  }

  /** Undefined for a name that no app may have, and when there are too many. */
  private create(uniform: Uniform): Place | undefined {
    const name = parsePlaceResource(uniform.resource.toLowerCase())
    if (name === undefined || this.config.app(name.app) === undefined) return undefined
    if (this.places.size >= this.node.limits.places) return undefined
    const own = parseUniform(uniform.entityKey)
    const objects: SharedObjectHome = new SharedObjectHome(this.node, own, {
      rights: openRights((key) => place.members.get(key) !== undefined),
      store: this.store,
      namespace: this.config.sharedObjects.namespace,
      isStrict: (channel) => this.isStrict(name.app, channel),
    })
    const place: Place = new Place(this.node, own, {
      owners: this.owners(name.app),
      invoke: answerInvoke,
      channel: (_place, _channel, packet, origin) => objects.receive(packet, origin),
      left: (_place, member) => objects.dropMember(member.person.entityKey),
      isNeeded: () => objects.size > 0,
      ended: () => this.end(own.entityKey),
    })
    this.places.set(own.entityKey, { place, objects })
    return place
  }

  private end(key: string): void {
    const entry = this.places.get(key)
    if (entry === undefined) return
    this.places.delete(key)
    entry.objects.close()
    this.node.unregister(entry.place)
  }

  /** Keys of the persons who may kick; a bare nick is one of ours. */
  private owners(app: string): string[] {
    const owners = this.config.app(app)?.owners ?? []
    const texts = owners.map((name) =>
      name.includes(':') ? name : this.node.uniformText(personResource(name)),
    )
    return texts.flatMap((text) => uniformOf(text)?.key ?? [])
  }

  /** An app's own rule stands before those for all apps. */
  private isStrict(app: string, channel: string): boolean {
    const parsed = parseChannel(channel)
    if (parsed?.kind !== 'object') return false
    const rule = this.config.app(app)?.profile.objectRule(parsed.name)?.value
    return rule?.strict === true || this.config.objectRules.match(parsed.name)?.value.strict === true
  }

  /** A client is gone at once; the members of another node stay a while, since circuits come back. */
  private peerLost(rootKey: string, isClient: boolean, how: 'finished' | 'lost'): void {
    if (isClient) this.drop(rootKey, how === 'finished' ? '_logout' : '_disconnect')
    else
      this.lost.set(
        rootKey,
        this.node.timers.after(NETBURP_MS, () => this.drop(rootKey, '_netburp')),
      )
  }

  private peerBack(rootKey: string): void {
    this.lost.get(rootKey)?.cancel()
    this.lost.delete(rootKey)
  }

  private drop(rootKey: string, suffix: string): void {
    this.lost.delete(rootKey)
    for (const { place, objects } of this.places.values()) {
      place.removeRoute(rootKey, suffix)
      objects.dropMember(rootKey)
    }
  }
}
