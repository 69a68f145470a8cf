/** The places of this node: made when somebody enters, with their shared objects and built-in functions. */
import type { Node } from '../psyc/entity/router.js'
import type { PersonRegistry } from '../psyc/entity/person-registry.js'
import { Place } from '../psyc/entity/place.js'
import { isNodeRoot } from '../psyc/entity/place-replicas.js'
import type { PresentMember } from '../psyc/entity/remote-place.js'
import { RouteQuota } from '../psyc/entity/route-quota.js'
import type { Relaying } from '../psyc/state/context-relays.js'
import { TalkMemory } from '../psyc/entity/talk-log.js'
import type { ObjectStore } from '../psyc/entity/object-store.js'
import { SharedObjectHome, openRights } from '../psyc/entity/shared-object-home.js'
import { parseUniform, uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { ObjectRules } from '../translate/object-rules.js'
import { answerInvoke } from '../translate/place-invoke.js'
import { parseChannel, parsePlaceResource, personResource } from '../translate/name.js'
import type { Config } from './config-schema.js'
import { LostNodes } from './lost-nodes.js'
import type { LostNodeHost } from './lost-nodes.js'

const MOST_TOKEN = 64 // ours: characters of what another node calls its run

export class Places implements LostNodeHost {
  private readonly places = new Map<string, { place: Place; objects: SharedObjectHome; rules: ObjectRules }>()
  private readonly lost: LostNodes
  private readonly quota: RouteQuota
  private readonly talk: TalkMemory
  /** The run of each node that follows one of our places, as it last said. */
  private readonly runs = new Map<string, string>()
  /** How many need a place whether anybody is in it or not, by its key. */
  private readonly keepers = new Map<string, number>()

  constructor(
    private readonly node: Node,
    private readonly config: Config,
    private readonly store: ObjectStore,
    private readonly persons: PersonRegistry,
    /** For nodes that are fed by others. */
    private readonly relaying?: Relaying,
  ) {
    this.quota = new RouteQuota(node.limits)
    this.talk = new TalkMemory(node.limits)
    this.lost = new LostNodes(node, this)
    node.onMissingEntity((uniform) => (uniform.kind === 'place' ? this.create(uniform) : undefined))
    node.onPeerLost((rootKey, isClient, how) => this.peerLost(rootKey, isClient, how))
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

  /** The shared objects of a place. */
  objectsOf(place: Uniform): SharedObjectHome | undefined {
    return this.places.get(place.entityKey)?.objects
  }

  /** Somebody has come to where the talk of the place is, or gone: its objects show those who are there [design 3, Bridge]. */
  reflect(place: Uniform, { person, name }: PresentMember, isThere: boolean): void {
    const rules = this.places.get(place.entityKey)?.rules
    if (isThere) rules?.announced({ person, nick: person.name, displayName: name })
    else rules?.left({ person })
  }

  /** The place, made when it is not there, for somebody who needs it until it is released. */
  keep(uniform: Uniform): { readonly place: Place; release(): void } | undefined {
    const key = uniform.entityKey
    const place = this.find(uniform) ?? this.make(uniform)
    if (place === undefined) return undefined
    this.keepers.set(key, (this.keepers.get(key) ?? 0) + 1)
    let isReleased = false
    const release = (): void => {
      if (isReleased) return
      isReleased = true
      const left = (this.keepers.get(key) ?? 1) - 1
      if (left > 0) this.keepers.set(key, left)
      else this.keepers.delete(key)
    }
    return { place, release }
  }

  private make(uniform: Uniform): Place | undefined {
    const place = this.create(uniform)
    if (place !== undefined) this.node.register(place)
    return place
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
      rights: { ...openRights(isMember), mayCreate: (key) => isMember(key) || isNodeRoot(uniformOf(key)) },
      store: this.store,
      relaying: this.relaying,
      namespace: this.config.sharedObjects.namespace,
      isStrict: (channel) => this.isStrict(name.app, channel),
      made: (channel) => rules.made(channel),
      isSlow: (memberKey) => this.node.queuedBytes(memberKey) > this.node.limits.objectSlowBytes,
    })
    const place: Place = new Place(this.node, own, {
      owners: this.owners(name.app),
      quota: this.quota,
      talk: this.talk,
      relaying: this.relaying,
      invoke: (of, packet) => answerInvoke(of, packet, this.persons),
      channel: (_place, _channel, packet, origin) => objects.receive(packet, origin),
      announced: (_place, member) => rules.announced(member),
      followed: (_place, root, token) => this.followed(root, token),
      left: (_place, member) => {
        rules.left(member)
        objects.dropMember(member.person.entityKey)
      },
      isNeeded: () => objects.size > 0 || this.keepers.has(own.entityKey),
      ended: () => this.end(own.entityKey),
    })
    const rules = new ObjectRules(place, objects, settings.profile, this.persons)
    this.places.set(own.entityKey, { place, objects, rules })
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
      if (!place.members.isEmpty || objects.size > 0 || this.keepers.has(key)) continue
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

  /** A client is gone at once; another node may come back [design 3]. */
  private peerLost(rootKey: string, isClient: boolean, how: 'finished' | 'lost'): void {
    if (!isClient) {
      this.lost.lose(rootKey)
      return
    }
    for (const { place, objects } of this.places.values()) {
      place.removeRoute(rootKey, how === 'finished' ? '_logout' : '_disconnect')
      objects.dropMember(rootKey)
    }
  }

  /**
   * A node that began anew has forgotten its persons, and its old circuits may look alive for a while: it counts as
   * lost at that moment.
   */
  private followed({ rootKey }: Uniform, token: string | undefined): void {
    if (token === undefined || token.length > MOST_TOKEN) return
    const before = this.runs.get(rootKey)
    if (before === token) return
    this.runs.set(rootKey, token)
    const oldest = this.runs.size > this.node.limits.places ? this.runs.keys().next().value : undefined
    if (oldest !== undefined) this.runs.delete(oldest)
    if (before !== undefined) this.lost.lose(rootKey)
  }

  // ── LostNodeHost ───────────────────────────────────────────────────────────────────────────────────────

  doubt(rootKey: string): void {
    for (const { place, objects } of this.places.values()) {
      place.routes.doubt(rootKey)
      objects.doubt(rootKey)
    }
  }

  hasUnaware(rootKey: string): boolean {
    const isThere = ({ members }: Place): boolean =>
      members.doubted(rootKey).some(({ isUnaware }) => isUnaware === true)
    return [...this.places.values()].some(({ place }) => isThere(place))
  }

  trust(rootKey: string): void {
    for (const { place } of this.places.values()) place.routes.trust(rootKey)
  }

  dropForgotten(rootKey: string, at: number): void {
    for (const { place } of this.places.values()) place.routes.dropForgotten(rootKey, '_netburp', at)
  }

  dropDoubted(rootKey: string): void {
    for (const { place, objects } of this.places.values()) {
      place.routes.dropDoubted(rootKey, '_netburp')
      objects.dropDoubted(rootKey)
    }
  }
}
