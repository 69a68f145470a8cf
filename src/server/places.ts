/** The places of this node: made when somebody enters, with their shared objects and built-in functions. */
import type { Node } from '../psyc/entity/router.js'
import type { PersonRegistry } from '../psyc/entity/person-registry.js'
import { Place } from '../psyc/entity/place.js'
import type { ObjectStore } from '../psyc/entity/object-store.js'
import { SharedObjectHome, openRights } from '../psyc/entity/shared-object-home.js'
import { parseUniform, uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { ObjectRules } from '../translate/object-rules.js'
import { answerInvoke } from '../translate/place-invoke.js'
import { parseChannel, parsePlaceResource, personResource } from '../translate/name.js'
import type { Timer } from '../util/timers.js'
import type { Config } from './config-schema.js'

const NETBURP_MS = 30_000 // design 3: how long members of a lost node are kept

export class Places {
  private readonly places = new Map<string, { place: Place; objects: SharedObjectHome }>()
  private readonly lost = new Map<string, Timer>()

  constructor(
    private readonly node: Node,
    private readonly config: Config,
    private readonly store: ObjectStore,
    private readonly persons: PersonRegistry,
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
    if (name === undefined) return undefined
    const settings = this.config.app(name.app)
    if (settings === undefined) return undefined
    if (this.places.size >= this.node.limits.places && !this.endOneIdle()) return undefined
    const own = parseUniform(uniform.entityKey)
    const isMember = (key: string): boolean => key === own.key || place.members.get(key) !== undefined
    const objects: SharedObjectHome = new SharedObjectHome(this.node, own, {
      rights: { ...openRights(isMember), mayCreate: (key) => isMember(key) || isNodeRoot(key) },
      store: this.store,
      namespace: this.config.sharedObjects.namespace,
      isStrict: (channel) => this.isStrict(name.app, channel),
      made: (channel) => rules.made(channel),
      isSlow: (memberKey) => this.node.queuedBytes(memberKey) > this.node.limits.objectSlowBytes,
    })
    const place: Place = new Place(this.node, own, {
      owners: this.owners(name.app),
      invoke: (of, packet) => answerInvoke(of, packet, this.persons),
      channel: (_place, _channel, packet, origin) => objects.receive(packet, origin),
      announced: (_place, member) => rules.announced(member),
      left: (_place, member) => {
        rules.left(member)
        objects.dropMember(member.person.entityKey)
      },
      isNeeded: () => objects.size > 0,
      ended: () => this.end(own.entityKey),
    })
    const rules = new ObjectRules(place, objects, settings.profile, this.persons)
    this.places.set(own.entityKey, { place, objects })
    return place
  }

  private end(key: string): void {
    const entry = this.places.get(key)
    if (entry === undefined) return
    this.places.delete(key)
    entry.place.close()
    entry.objects.close()
    this.node.unregister(entry.place)
  }

  /** Empty places are remembered as long as there is room: whoever fills them up with names must not shut others out. */
  private endOneIdle(): boolean {
    for (const [key, { place, objects }] of this.places) {
      if (place.members.size > 0 || objects.size > 0) continue
      this.end(key)
      return true
    }
    return false
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
    if (isClient) {
      this.drop(rootKey, how === 'finished' ? '_logout' : '_disconnect')
      return
    }
    this.peerBack(rootKey)
    const timer = this.node.timers.after(NETBURP_MS, () => this.drop(rootKey, '_netburp'))
    this.lost.set(rootKey, timer)
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

/** Another node, which stands for its persons; clients at the far ends of circuits are none. */
function isNodeRoot(key: string): boolean {
  const uniform = uniformOf(key)
  return uniform?.kind === 'root' && (uniform.port ?? 0) >= 0
}
