/**
 * Everything a stranger can make us hold has its limit here: name, default and what it bounds.
 * A configuration may change any of them (`limits:`); code takes a `Limits` and never a bare number.
 */
interface Limit {
  readonly value: number
  readonly bounds: string
}

export const limitTable = {
  // AMF, per message
  amfDepth: { value: 64, bounds: 'nesting of values' },
  amfNodes: { value: 100_000, bounds: 'values in one message' },
  amfBytes: { value: 1_048_576, bounds: 'bytes of one message of AMF values' },
  typedTextBytes: { value: 4_194_304, bounds: 'bytes of one list of values as typed PSYC text' },
  amfOutputBytes: { value: 8_388_608, bounds: 'bytes of one message of AMF values that we write' },

  // RTMP, per connection
  handshakeMs: { value: 10_000, bounds: 'ms for the handshake' },
  connectMs: { value: 10_000, bounds: 'ms from the handshake to the connect command' },
  homeMs: { value: 8_000, bounds: 'ms for the home of a place to answer an enter' },
  callMs: { value: 30_000, bounds: 'ms for the answer to a call' },
  pingMs: { value: 30_000, bounds: 'ms of silence after which a client is pinged; twice that closes it' },
  nickPingMs: { value: 3_000, bounds: 'ms for the holder of a claimed nick to answer a ping' },
  chunkStreams: { value: 64, bounds: 'chunk streams of one connection' },
  messageBytes: { value: 8_388_608, bounds: 'bytes of one audio, video or aggregate message' },
  commandBytes: { value: 1_048_576, bounds: 'bytes of one command, data or shared object message' },
  partialBytes: { value: 16_777_216, bounds: 'bytes of unfinished messages of one connection' },
  preConnectBytes: { value: 65_536, bounds: 'bytes accepted before the connect command' },
  heldCommandBytes: { value: 65_536, bounds: 'bytes of commands held until connect is answered' },
  heldMediaBytes: { value: 2_097_152, bounds: 'bytes of media held until connect or publish is answered' },
  netStreams: { value: 64, bounds: 'message streams of one connection' },
  pendingCalls: { value: 256, bounds: 'calls of one connection that wait for an answer, each way' },
  commandsPerSecond: {
    value: 2_000,
    bounds: 'commands of one connection in a second, before they are refused',
  },
  playListItems: { value: 64, bounds: 'streams that wait behind one that plays, in one message stream' },
  playbackQueueBytes: {
    value: 524_288,
    bounds: 'bytes of a recording on their way to a player before no more is read',
  },
  queueBytes: { value: 8_388_608, bounds: 'bytes waiting for one slow connection before it is closed' },
  streamBacklogMs: { value: 2_000, bounds: 'ms that media waits for a slow player before it is dropped' },
  streamBacklogBytes: { value: 8_388_608, bounds: 'bytes of a stream that wait for slow players' },
  gopCacheBytes: { value: 8_388_608, bounds: 'bytes of the group of pictures kept for late players' },
  gopCacheMs: { value: 15_000, bounds: 'ms of the group of pictures kept for late players' },
  gopLeadMs: { value: 2_000, bounds: 'ms of sound before the first picture that are kept for late players' },
  gopCacheMessages: { value: 4_096, bounds: 'messages of the group of pictures kept for late players' },
  streamLingerMs: { value: 5_000, bounds: 'ms that a stream of another node is kept when its name is gone' },
  messageEvents: { value: 8_192, bounds: 'events in one shared object message' },

  // FLV, per HTTP request or file
  flvHeaderBytes: { value: 1_024, bounds: 'bytes before the first tag of an FLV' },
  httpFlvWaitMs: {
    value: 10_000,
    bounds: 'ms for somebody to publish the stream that an HTTP player asks for',
  },
  httpFlvGraceMs: { value: 10_000, bounds: 'ms for a publisher to come back before its HTTP players end' },

  // RTMPT: RTMP in requests of HTTP
  rtmptSessions: { value: 4_000, bounds: 'sessions of RTMPT that are open' },
  rtmptRequestBytes: { value: 1_048_576, bounds: 'bytes of one request of RTMPT' },
  rtmptAnswerBytes: { value: 65_536, bounds: 'bytes of one answer of RTMPT; the rest waits for the next' },
  rtmptHeldRequests: { value: 16, bounds: 'requests of one session that wait for an earlier one' },
  rtmptHeldBytes: {
    value: 2_097_152,
    bounds: 'bytes of requests of one session that wait for an earlier one',
  },
  rtmptGapMs: { value: 10_000, bounds: 'ms for a request to come that later ones wait for' },
  rtmptLostMs: {
    value: 5_000,
    bounds: 'ms for the next request once the connection that brought the last one is closed',
  },
  rtmptIdleMs: { value: 30_000, bounds: 'ms without a request after which a session of RTMPT is over' },

  // Recordings
  recordings: { value: 256, bounds: 'recordings in progress' },
  recordingBytes: { value: 4_294_967_296, bounds: 'bytes of one recording' },
  recordingFreeBytes: { value: 1_073_741_824, bounds: 'bytes of the disk that recordings leave free' },
  recordingFiles: { value: 10_000, bounds: 'recordings of one app instance, and instances of one app' },
  cameraSilenceMs: { value: 20_000, bounds: 'ms without media after which a camera is called again' },
  recordingsPlayed: { value: 1_024, bounds: 'recordings open for players' },

  // Relays of the configuration
  relays: { value: 256, bounds: 'connections of relays at a time' },
  relayStreams: { value: 64, bounds: 'streams at a time that one relay with * in its name is for' },
  relaySetupMs: {
    value: 10_000,
    bounds: "ms from the first packet to a relay's server to the start of the stream",
  },
  relaySilenceMs: {
    value: 30_000,
    bounds: 'ms that a relayed stream may stand still before the relay connects again',
  },
  relayLingerMs: { value: 10_000, bounds: 'ms that a stream is pulled on after its last player has left' },

  // Shared objects
  objectSlots: { value: 4_096, bounds: 'slots of one shared object' },
  objectKeyBytes: { value: 1_024, bounds: 'bytes of a slot name' },
  objectValueBytes: { value: 65_536, bounds: 'bytes of one slot value as encoded' },
  objectBytes: { value: 1_048_576, bounds: 'bytes of all slots of one shared object as encoded' },
  objectsPerClient: { value: 128, bounds: 'shared objects used by one connection' },
  objectsPerPlace: { value: 1_024, bounds: 'shared objects of one place' },
  objectsPerNode: {
    value: 256,
    bounds: 'shared objects of one place that one other node, or client of PSYC, has made',
  },
  objectPending: {
    value: 1_024,
    bounds: 'changes of one client to one shared object that wait for its home',
  },
  objectSlowBytes: {
    value: 65_536,
    bounds: 'bytes waiting for a client above which its object events are merged',
  },
  objectHeldBytes: {
    value: 262_144,
    bounds: 'bytes of sends of one shared object that wait for changes that were missed',
  },
  objectStoreBytes: {
    value: 67_108_864,
    bounds: 'bytes of all persistent shared objects, in use or not; more is refused',
  },
  objectIdleMs: { value: 5_000, bounds: 'ms a volatile object outlives its last subscriber' },

  // PSYC
  psycLineBytes: { value: 65_536, bounds: 'bytes of one header line without a length' },
  psycRoutingLines: { value: 64, bounds: 'lines of a routing header' },
  psycEntityLines: { value: 1_024, bounds: 'lines of an entity header' },
  psycValueBytes: { value: 16_777_216, bounds: 'bytes of one value with a length' },
  psycContentBytes: { value: 16_777_216, bounds: 'bytes of the content of one packet' },
  psycListElements: { value: 131_072, bounds: 'elements of one list or items of one dict' },
  psycGreetingMs: { value: 90_000, bounds: 'ms for the first packet of a circuit' },
  psycUnprovenPackets: { value: 64, bounds: 'packets held until the sender is proven' },
  psycUnprovenBytes: {
    value: 262_144,
    bounds: 'bytes of packets held until the sender is proven, before no more is read',
  },
  psycUnprovenMs: { value: 10_000, bounds: 'ms for the proof of a sender' },
  psycSilenceMs: { value: 5_000, bounds: 'ms of silence after which a keep-alive is sent to our own kind' },
  psycDeadMs: { value: 20_000, bounds: 'ms without a byte after which a keep-alive circuit is dead' },
  psycLaneIdleMs: {
    value: 60_000,
    bounds: 'ms after which a circuit for streams that we have called, and that no stream needs, is closed',
  },
  psycSendMs: { value: 60_000, bounds: 'ms that a peer may leave our bytes unread' },
  psycQueueBytes: { value: 8_388_608, bounds: 'bytes waiting for one slow circuit before it is closed' },
  psycTagBytes: { value: 256, bounds: 'bytes of a tag' },
  psycPacketsPerSecond: {
    value: 2_000,
    bounds: 'packets of one circuit of a client in a second, before it is read more slowly',
  },
  psycNodePacketsPerSecond: {
    value: 20_000,
    bounds: 'packets of one circuit of another node in a second, before it is read more slowly',
  },
  dialConnectMs: { value: 5_000, bounds: 'ms for a connection to another node to come about, TLS included' },
  dialAnswerMs: { value: 5_000, bounds: 'ms for a node that we have called to begin to answer, per syntax' },
  dialWaitMs: { value: 6_000, bounds: 'ms that a packet waits for a circuit before it comes back' },
  dialPackets: { value: 1_000, bounds: 'packets that wait for a circuit to one node' },
  dialBytes: { value: 4_194_304, bounds: 'bytes of packets that wait for a circuit to one node' },
  dialNodes: { value: 256, bounds: 'calls to other nodes at a time' },
  dialNodesPerPerson: { value: 32, bounds: 'calls to other nodes at a time that one person began' },
  dialRemembered: { value: 2_048, bounds: 'nodes whose syntax and last call are remembered' },
  psycPasswordTries: { value: 5, bounds: 'wrong passwords on one circuit' },
  strangerQueueBytes: {
    value: 1_048_576,
    bounds:
      'bytes that wait for a client above which it gets no words of other nodes but those of its places',
  },
  linksPerCircuit: { value: 16, bounds: 'persons linked to clients on one circuit' },
  uniformBytes: { value: 1_000, bounds: 'bytes of a uniform' },
  stateVariables: { value: 1_000, bounds: 'variables in the state of one context' },
  stateBytes: { value: 2_097_152, bounds: 'bytes of the state of one foreign context' },
  statePacketBytes: { value: 262_144, bounds: 'bytes of one packet of a full state' },

  // Multicast trees, per context
  routeNodes: { value: 100_000, bounds: 'nodes in one tree' },
  routeDepth: { value: 64, bounds: 'depth of a tree' },
  routeDegree: { value: 256, bounds: 'children that a node of a tree may offer to have' },
  routeDirect: { value: 1_000, bounds: 'nodes and clients fed by a master that cannot be sent elsewhere' },
  routeEnters: { value: 10, bounds: 'requests of one node in a second to enter one tree' },
  routeTold: { value: 1_024, bounds: 'children that a master announces and that do not come' },
  routeHeld: { value: 64, bounds: 'children that wait until the master has announced them' },
  routeHealMs: { value: 5_000, bounds: 'ms of a stream kept for nodes whose feeder fails' },
  routeHeldMs: { value: 2_000, bounds: 'ms that a child waits until the master has announced it' },
  routeSilenceMs: { value: 2_000, bounds: 'ms without a packet after which a parent has failed' },
  routeStarvedMs: { value: 30_000, bounds: 'ms that a node is not fed before it gives up a context' },
  routeIdleMs: { value: 5_000, bounds: 'ms that a node stays in a tree without viewers and children' },

  // Places and persons
  nickBytes: { value: 64, bounds: 'bytes of a nick before it is mapped' },
  nameBytes: { value: 255, bounds: 'bytes of an app, instance, object or stream name before it is mapped' },
  places: { value: 10_000, bounds: 'places of this node' },
  placeMembersPerNode: { value: 5_000, bounds: 'members of one place that come from one other node' },
  placesPerNode: { value: 2_500, bounds: 'places of this node that one other node is in' },
  placeMembers: { value: 10_000, bounds: 'members of one place' },
  placeIdleMs: { value: 300_000, bounds: 'ms an empty place is remembered, with its history and topic' },
  placeHistory: { value: 100, bounds: 'messages a place remembers' },
  placeHistoryBytes: { value: 131_072, bounds: 'bytes of all messages a place remembers' },
  placeMissed: {
    value: 1_000,
    bounds: 'casts a place remembers for nodes that were away',
  },
  placeMissedBytes: {
    value: 1_048_576,
    bounds: 'bytes of all casts a place remembers for nodes that were away',
  },
  missedBytes: { value: 33_554_432, bounds: 'bytes that all places remember for nodes that were away' },
  streamsPerNode: { value: 256, bounds: 'streams of one place that one other node publishes' },
  streamsPerPlace: { value: 1_024, bounds: 'streams of one place' },
  lostNodeMs: {
    value: 30_000,
    bounds: 'ms that members, streams and replicas of a lost node are kept, and that we try to enter again',
  },
  topicBytes: { value: 4_096, bounds: 'bytes of the topic of a place' },
  historyAnswer: { value: 50, bounds: 'messages sent to one who asks for history' },
  persons: { value: 20_000, bounds: 'persons of this node' },
  linksPerPerson: { value: 32, bounds: 'clients of one person' },
  placesPerPerson: { value: 256, bounds: 'contexts that one person is in' },

  // Listeners
  connections: { value: 10_000, bounds: 'open connections of all ports' },
  connectionsPerAddress: { value: 1_000, bounds: 'open connections from one address that is not loopback' },
  doorMs: { value: 10_000, bounds: 'ms for the first byte of a connection' },
  tlsMs: { value: 10_000, bounds: 'ms for the handshake of TLS' },
  httpIdleMs: { value: 60_000, bounds: 'ms without a byte on an HTTP connection' },
  unfinishedBytes: {
    value: 268_435_456,
    bounds: 'bytes of unfinished messages, packets and requests of all connections',
  },
  httpHeaderBytes: { value: 16_384, bounds: 'bytes of an HTTP request head' },
  websocketBytes: { value: 1_048_576, bounds: 'bytes of one WebSocket message' },
} as const satisfies Record<string, Limit>

export type LimitName = keyof typeof limitTable
export type Limits = Readonly<Record<LimitName, number>>

/** The table's defaults with `overrides` laid over them. */
export function limitsWith(overrides: Partial<Limits> = {}): Limits {
  const defaults = Object.fromEntries(Object.entries(limitTable).map(([name, { value }]) => [name, value]))
  return { ...(defaults as Limits), ...overrides }
}

export const defaultLimits = limitsWith()
