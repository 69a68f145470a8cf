/** Everything without a socket: the PSYC node with its persons and places, and what Flash clients share. */
import { createHash, createHmac } from 'node:crypto'
import { Hub } from '../media/hub.js'
import type { Recordings } from '../media/recording.js'
import { MemoryObjectStore } from '../psyc/entity/object-store.js'
import type { ObjectStore } from '../psyc/entity/object-store.js'
import { PersonRegistry } from '../psyc/entity/person-registry.js'
import { MemoryPersonStore } from '../psyc/entity/person-store.js'
import type { PersonStore } from '../psyc/entity/person-store.js'
import { RemotePlaces } from '../psyc/entity/remote-places.js'
import { RootEntity } from '../psyc/entity/root.js'
import type { RootFacts } from '../psyc/entity/root.js'
import { Node } from '../psyc/entity/router.js'
import { isOfStream } from '../psyc/session/lane.js'
import type { Relaying } from '../psyc/state/context-relays.js'
import { Routes } from '../psyc/state/routes.js'
import { parseUniform } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import type { Connect } from '../psyc/session/connect.js'
import type { Resolve } from '../psyc/session/proof.js'
import type { NetConnection } from '../rtmp/session/events.js'
import { chunkStreamIdFor } from '../rtmp/wire/chunk/chunk-stream-id.js'
import { OUT_CHUNK_SIZE, cut } from '../rtmp/wire/chunk/encoder.js'
import { MessageType } from '../rtmp/wire/message.js'
import { encodeSharedObject } from '../rtmp/wire/shared-object.js'
import { openAccess } from '../translate/access.js'
import type { Access } from '../translate/access.js'
import { Bridges } from '../translate/bridges.js'
import { FederatedStreams } from '../translate/federated-streams.js'
import { FlashClient } from '../translate/flash-client.js'
import { FlashNames } from '../translate/flash-names.js'
import type { FlashServices } from '../translate/flash-services.js'
import { homePlace } from '../translate/home.js'
import { OddityLog } from '../translate/oddity-log.js'
import { PlaceObjects } from '../translate/place-objects.js'
import { openPlaceView } from '../translate/place-view.js'
import { RelayMarks } from '../translate/relay-marks.js'
import { RoomNamesBook } from '../translate/room-names.js'
import { RtmpForms } from '../translate/rtmp-form.js'
import { SharedObjects } from '../translate/shared-object.js'
import { StreamDirectories } from '../translate/stream-directory.js'
import { StreamReplica } from '../translate/stream-replica.js'
import type { EncodeSharedObject } from '../translate/shared-object.js'
import { hostsLike } from '../util/host-pattern.js'
import type { Log } from '../util/log.js'
import type { TimerQueue } from '../util/timers.js'
import type { Turn } from '../util/turn.js'
import { BATCH_MS, GATHER_MS } from './app-schema.js'
import { systemClock } from './clock.js'
import type { Config } from './config-schema.js'
import { randomBytes } from './crypto.js'
import { isOnDemand, matches } from './relay/relay-entry.js'
import { Places } from './places.js'
import { FileRecordings } from './recordings/file-recordings.js'
import { systemResolver } from './resolve.js'

export interface WorldOptions {
  readonly config: Config
  readonly log: Log
  readonly version: string
  /** The port that is part of our uniforms. */
  readonly psycPort: number
  readonly timers: TimerQueue
  readonly turn: Turn
  /** Everybody may do everything by default. */
  readonly access?: Access
  /** Nobody can register by default: what is registered must outlive the program. */
  readonly personStore?: PersonStore
  /** For persistent objects; by default they are forgotten with the program. */
  readonly objectStore?: ObjectStore
  /** The system's by default. */
  readonly resolve?: Resolve
  /** For the node's tokens; the system's by default. */
  readonly randomBytes?: (length: number) => Uint8Array
  /** Opens connections to other nodes; nobody is called by default. */
  readonly connect?: Connect
  /** For Flash clients in place of those in files; null for none. */
  readonly flashRecordings?: Recordings | null
}

export interface World {
  readonly node: Node
  readonly persons: PersonRegistry
  readonly places: Places
  readonly hub: Hub
  readonly streams: FederatedStreams
  readonly relayMarks: RelayMarks
  readonly recordings: FileRecordings
  readonly access: Access
  /** Shared objects that clients of this node use. */
  readonly objects: PlaceObjects
  /** For the trees of places and objects. */
  readonly relaying: Relaying
  /** The names of streams, by the home of their place. */
  readonly directories: StreamDirectories
  /** Places of other nodes that this one follows. */
  readonly remotePlaces: RemotePlaces
  /** Opaque short text, unique on this node. */
  newId(): string
  flashClient(connection: NetConnection, remoteAddress: string): FlashClient
  /** Tell peers that we are about to go. */
  announceShutdown(): void
  /** Close all circuits. */
  close(): void
}

const PSYC_PORT = 4404

export function buildWorld(options: WorldOptions): World {
  const { config, log, version, timers, turn } = options
  const node = buildNode(options)
  const persons = new PersonRegistry({
    node,
    store: options.personStore ?? new MemoryPersonStore(),
    allowsUnregistered: true,
    hasher: {
      sha1: (data) => createHash('sha1').update(data).digest(),
      hmacSha1: (key, data) => createHmac('sha1', key).update(data).digest(),
    },
  })
  const routes = new Routes(node, isOfStream)
  const isRelay = hostsLike(config.relays)
  const relaying: Relaying = {
    ...{ node, routes, degree: config.degree },
    mayRelay: config.relays.length > 0 ? ({ host }) => isRelay(host) : undefined,
    queuedBytes: (rootKey) => node.queuedBytes(rootKey),
  }
  const store = options.objectStore ?? new MemoryObjectStore({ limits: node.limits })
  const places = new Places(node, config, store, persons, relaying)
  const facts: RootFacts = {
    implementation: `rtmpsyc/${version}`,
    persons: () => persons.size,
    places: () =>
      [...places.all()].map(({ uniform, topic }) => ({ uniform: uniform.text, topic: topic?.text })),
  }
  node.register(new RootEntity(node, facts, (packet, origin) => routes.receive(packet, origin)))
  const hub = new Hub({
    timers,
    turn,
    failed: (error) => log.error({ err: error }, 'a player could not be served'),
    limits: config.limits,
    settingsOf: (name) => {
      const app = config.app(name)
      return { gopCache: app?.profile.gopCache ?? true, gatherMs: app?.gatherMs ?? GATHER_MS }
    },
  })
  const recordings = new FileRecordings({
    folder: config.recordings.folder,
    ruleOf: (name) => config.app(name)?.record ?? 'none',
    ...{ limits: config.limits, timers, log },
  })
  hub.watch({
    published: (stream) => {
      if (!(stream.publisher instanceof StreamReplica)) recordings.recordAll(stream) // its own node records it
    },
  })
  const objects = new PlaceObjects(objectsOf(node, turn, config, relaying))
  const relayMarks = new RelayMarks(randomBytes)
  const access = relayMarks.guard(options.access ?? openAccess)
  const remote = new RemotePlaces(node, relaying)
  const directories = new StreamDirectories({
    ...{ node, remote },
    localPlace: (uniform) => places.find(uniform),
    keepPlace: (uniform) => places.keep(uniform),
  })
  const streams = new FederatedStreams({
    ...{ node, hub },
    directoryOf: (app, instance) => {
      const home = homePlace(config.app(app)?.home ?? node.root.text, app, instance, config.limits)
      return home && directories.open(home)
    },
    batchMsOf: (name) => config.app(name)?.batchMs ?? BATCH_MS,
    degreeOf: () => config.degree,
    mayRelay: ({ host }) => config.relays.length === 0 || isRelay(host),
    comesOnDemand: (address) =>
      config.relay.some((entry) => isOnDemand(entry, 'pull') && matches(entry.local, address)),
    routes,
  })
  const services: FlashServices = {
    node,
    persons,
    names: new FlashNames(persons),
    profiles: config.profiles,
    hub,
    forms: new RtmpForms(config.limits),
    recordings: (options.flashRecordings === undefined ? recordings : options.flashRecordings) ?? undefined,
    access,
    relayMarks,
    timers,
    turn,
    limits: config.limits,
    log: node.log, // what others send to its clients must not flood it
    oddities: new OddityLog(log),
    app: (name) => config.app(name),
    localPlace: (uniform) => places.find(uniform),
    bridges: bridgesOf(node, persons, places),
    openPlace: (uniform) =>
      openPlaceView({ node, remote, localPlace: (local) => places.find(local) }, uniform),
    ...{ directories, streams },
    objects,
    roomNames: new RoomNamesBook(),
    guestSuffix: () => randomText(4),
  }
  return {
    ...{ directories, remotePlaces: remote, relaying },
    ...{ node, persons, places, hub, streams, relayMarks, recordings, access, objects },
    newId: () => randomText(8),
    flashClient: (connection, remoteAddress) => new FlashClient(connection, services, remoteAddress),
    announceShutdown: () => node.shutdown('The server is shutting down.'),
    close: () => {
      streams.close()
      node.close()
    },
  }
}

function buildNode(options: WorldOptions): Node {
  const { config, log, version, psycPort, timers, turn, resolve, connect } = options
  const port = psycPort === PSYC_PORT ? '' : `:${psycPort}`
  return new Node({
    root: parseUniform(`psyc://${config.host}${port}/`),
    timers,
    turn,
    limits: config.limits,
    log,
    resolve: resolve ?? systemResolver(systemClock),
    randomBytes: options.randomBytes ?? randomBytes,
    implementation: `rtmpsyc/${version}`,
    admits: () => config.federation,
    encryption: config.psyc.tls,
    ...(connect && config.federation && { connect }),
  })
}

/** The shared objects of a place for this node's clients. */
function objectsOf(
  node: Node,
  turn: Turn,
  config: Config,
  relaying: Relaying,
): (place: Uniform) => SharedObjects {
  const encode: EncodeSharedObject = (message, objectEncoding) => {
    const type = objectEncoding === 3 ? MessageType.SharedObjectAmf3 : MessageType.SharedObject
    const payload = encodeSharedObject(message, type, config.limits)
    const chunkStreamId = chunkStreamIdFor(type, 0)
    return cut({ type, payload, chunkStreamId, timestamp: 0, messageStreamId: 0 }, OUT_CHUNK_SIZE)
  }
  return (place) => new SharedObjects({ node, turn, place, encode, relaying })
}

/** To psyceds, which are called in 0.9 whatever else they speak [psyced.md 6.4]. */
function bridgesOf(node: Node, persons: PersonRegistry, places: Places): Bridges {
  return new Bridges({
    node,
    speaksLegacy: (rootKey) => node.legacyRoots.add(rootKey),
    reflect: (home, member, isThere) => places.reflect(home, member, isThere),
    ownPerson: ({ name, rootKey, kind }) => {
      const person = rootKey === node.root.rootKey && kind === 'person' ? persons.find(name) : undefined
      return person && { displayName: person.displayName, isIn: ({ key }) => person.memberships.has(key) }
    },
  })
}

/** Random text of lower-case letters and digits. */
function randomText(length: number): string {
  let text = ''
  for (const byte of randomBytes(length)) text += (byte % 36).toString(36)
  return text
}
