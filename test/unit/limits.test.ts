/** Every limit of the table has a default, holds somewhere in the program, and has a test that wants more than it allows. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { limitTable, limitsWith } from '../../src/util/limits.js'
import type { LimitName } from '../../src/util/limits.js'

/** File below test/, and a part of it: the title of the test, or its row. */
type Provoked = readonly [file: string, text: string]

const amf = 'unit/amf/hostile.test.ts'
const chunks = 'unit/rtmp/wire/chunk/decoder.test.ts'
const bytes = 'unit/rtmp/session/byte-stream.test.ts'
const calls = 'unit/rtmp/session/calls.test.ts'
const flv = 'unit/media/flv-reader.test.ts'
const connect = 'unit/rtmp/session/connect.test.ts'
const disk = 'unit/server/recordings/disk.test.ts'
const entrance = 'unit/translate/flash-entrance.test.ts'
const home = 'unit/psyc/entity/shared-object.test.ts'
const objects = 'unit/translate/shared-object.test.ts'
const nodes = 'integration/streams-between-nodes.test.ts'
const parser = 'unit/psyc/wire/parser.test.ts'
const circuit = 'unit/psyc/session/circuit.test.ts'
const dialler = 'unit/psyc/entity/dialler.test.ts'
const liars = 'integration/federation-liars.test.ts'
const rate = 'unit/psyc/session/packet-rate.test.ts'
const proof = 'unit/psyc/session/proof.test.ts'
const state = 'unit/psyc/state/variables.test.ts'
const person = 'unit/psyc/entity/person.test.ts'
const place = 'unit/psyc/entity/place.test.ts'
const history = 'unit/psyc/entity/place-history.test.ts'
const talkLog = 'unit/psyc/entity/talk-log.test.ts'
const relays = 'unit/server/relay/relays.test.ts'
const tree = 'unit/psyc/state/context-tree.test.ts'
const route = 'unit/psyc/state/route-member.test.ts'
const strangers = 'integration/limits.test.ts'
const doors = 'integration/limits-doors.test.ts'
const transports = 'integration/transports.test.ts'
const tunnel = 'unit/rtmp/session/rtmpt-tunnel.test.ts'

const provoked: Readonly<Record<LimitName, Provoked>> = {
  amfDepth: [amf, 'of %s is limited, both ways'],
  amfNodes: [amf, 'of values are limited'],
  amfBytes: [amf, 'of bytes are limited'],
  typedTextBytes: [
    'unit/translate/value.test.ts',
    'the text has a limit, the same both ways, before it is made',
  ],
  amfOutputBytes: [amf, 'is limited where one encoding has a reference and the other has none'],

  handshakeMs: [bytes, 'a slow handshake'],
  connectMs: [bytes, 'no connect in time'],
  homeMs: [entrance, 'when the home is silent for 8 s'],
  callMs: [calls, 'fails after callMs, and a late answer is ignored'],
  pingMs: [calls, 'is pinged after pingMs and lost after twice that'],
  nickPingMs: [entrance, 'one who does not answer a ping for 3 s is closed, and his name passes'],
  chunkStreams: [chunks, "['chunkStreams', "],
  messageBytes: [chunks, "['messageBytes', "],
  commandBytes: [chunks, "['commandBytes', "],
  unfinishedBytes: [doors, 'unfinishedBytes: who leaves '],
  partialBytes: [chunks, 'partialBytes counts what has come of all unfinished messages'],
  preConnectBytes: [bytes, 'too much before connect'],
  heldCommandBytes: [connect, "['heldCommandBytes', "],
  heldMediaBytes: [connect, "['heldMediaBytes', "],
  netStreams: ['unit/rtmp/session/commands.test.ts', 'netStreams: 1'],
  playListItems: ['unit/translate/play-list.test.ts', 'playListItems: 2'],
  httpFlvWaitMs: ['unit/server/http-flv-player.test.ts', 'httpFlvWaitMs: nobody publishes'],
  httpFlvGraceMs: ['unit/server/http-flv-player.test.ts', 'httpFlvGraceMs: the publisher does not come back'],
  playbackQueueBytes: ['unit/translate/recorded-play.test.ts', 'playbackQueueBytes: '],
  pendingCalls: [calls, 'waits for an answer together with at most pendingCalls others'],
  commandsPerSecond: [calls, 'are refused, then the connection is closed; it recovers with time'],
  queueBytes: [bytes, 'a client that takes nothing'],
  messageEvents: [home, 'lets only so much wait'],

  streamBacklogMs: [
    'unit/media/slow-players.test.ts',
    'streamBacklogMs: who is behind for longer loses sound',
  ],
  streamBacklogBytes: [
    'unit/media/slow-players.test.ts',
    'the bytes of a stream that wait for slow players are limited as well as their time',
  ],
  gopCacheBytes: ['unit/media/late-players.test.ts', "['gopCacheBytes', "],
  gopCacheMs: ['unit/media/late-players.test.ts', "['gopCacheMs', "],
  gopLeadMs: ['unit/media/late-players.test.ts', 'gopLeadMs: '],
  gopCacheMessages: ['unit/media/late-players.test.ts', "['gopCacheMessages', "],
  streamLingerMs: [nodes, 'streamLingerMs: a node leaves a name that does not come back'],

  flvHeaderBytes: [flv, "['flvHeaderBytes', "],

  rtmptSessions: [transports, 'rtmptSessions: '],
  rtmptRequestBytes: [transports, 'rtmptRequestBytes: '],
  rtmptAnswerBytes: [tunnel, 'rtmptAnswerBytes: '],
  rtmptHeldRequests: [tunnel, 'rtmptHeldRequests: '],
  rtmptHeldBytes: [tunnel, 'rtmptHeldBytes: '],
  rtmptGapMs: [tunnel, 'rtmptGapMs: '],
  rtmptLostMs: [tunnel, 'rtmptLostMs: '],
  rtmptIdleMs: [tunnel, 'rtmptIdleMs: '],

  recordings: [disk, "['recordings', "],
  recordingBytes: [disk, "'recordingBytes',\n"],
  recordingFreeBytes: [disk, "['recordingFreeBytes', "],
  recordingFiles: [disk, "['recordingFiles', "],
  recordingsPlayed: [disk, "it('recordingsPlayed'"],
  cameraSilenceMs: ['e2e/cameras.test.ts', 'a camera that says nothing is called again'],

  relays: [relays, 'no more than relayStreams, and no more than relays in all'],
  relayStreams: [relays, 'no more than relayStreams, and no more than relays in all'],
  relaySetupMs: ['unit/server/relay/reconnect.test.ts', 'is given relaySetupMs'],
  relaySilenceMs: ['unit/server/relay/reconnect.test.ts', 'stands still for relaySilenceMs is left'],
  relayLingerMs: [relays, 'runs while somebody plays here and a while longer'],

  objectSlots: [home, "['objectSlots', "],
  objectKeyBytes: [home, "['objectKeyBytes', "],
  objectValueBytes: [home, "['objectValueBytes', "],
  objectBytes: [home, "'objectBytes',"],
  objectsPerClient: [objects, 'is one too many for the client'],
  objectsPerPlace: [objects, 'is one too many in the place'],
  objectsPerNode: [liars, 'ever more objects of the room'],
  objectPending: [objects, 'beyond what one client may have under way is taken back'],
  objectSlowBytes: [objects, 'gets the latest value per slot when it has room again; others do not wait'],
  objectStoreBytes: ['unit/psyc/entity/object-store.test.ts', 'objectStoreBytes: '],
  objectHeldBytes: ['unit/translate/shared-object-sends.test.ts', 'objectHeldBytes: '],
  objectIdleMs: [home, 'a volatile object ends some time after its last subscriber'],

  psycLineBytes: [parser, "['psycLineBytes', "],
  psycRoutingLines: [parser, "['psycRoutingLines', "],
  psycEntityLines: [parser, "['psycEntityLines', "],
  psycValueBytes: [parser, "['psycValueBytes', "],
  psycContentBytes: [parser, "['psycContentBytes', "],
  psycListElements: ['unit/psyc/wire/list.test.ts', 'more elements than the limit are refused'],
  psycGreetingMs: ['unit/psyc/session/greeting.test.ts', 'who does not greet is given up after 90 s'],
  psycUnprovenPackets: [proof, 'more than 64 waiting packets stop the reading, not the circuit'],
  psycUnprovenBytes: [proof, 'waiting packets of more than psycUnprovenBytes stop the reading'],
  psycUnprovenMs: [proof, 'no answer of the resolver in 10 s'],
  psycSilenceMs: [circuit, 'our silence of 5 s is broken by an empty packet, unasked'],
  psycDeadMs: [circuit, '20 s without a byte: dead'],
  psycLaneIdleMs: [nodes, 'psycLaneIdleMs: after its last stream the circuit is closed'],
  psycSendMs: [circuit, 'is given up after 60 s without progress'],
  psycQueueBytes: [circuit, 'is given up when its queue is full, though one packet may be larger'],
  strangerQueueBytes: [liars, 'more words than somebody reads'],
  psycTagBytes: [liars, 'tags that are longer than anybody remembers'],
  psycPacketsPerSecond: [rate, 'psycPacketsPerSecond: a client'],
  psycNodePacketsPerSecond: [rate, 'psycNodePacketsPerSecond: a node'],
  dialConnectMs: ['integration/node-tls.test.ts', 'dialConnectMs: '],
  dialAnswerMs: [dialler, "'silence of 5 s'"],
  dialWaitMs: [dialler, 'dialWaitMs: each packet 6 s'],
  dialPackets: [dialler, 'dialPackets: '],
  dialBytes: [dialler, 'dialBytes: '],
  dialNodes: [dialler, 'dialNodes: '],
  dialNodesPerPerson: [dialler, 'dialNodesPerPerson: '],
  dialRemembered: [dialler, 'dialRemembered: '],
  psycPasswordTries: [person, 'five wrong passwords close the circuit'],
  linksPerCircuit: [strangers, 'linksPerCircuit: '],
  uniformBytes: [strangers, 'uniformBytes: '],
  stateVariables: [state, "'stateVariables'"],
  stateBytes: [state, "['stateBytes', "],
  statePacketBytes: ['unit/psyc/state/context.test.ts', 'statePacketBytes: 150'],

  nickBytes: ['unit/translate/nick.test.ts', 'a nick may be as long as nickBytes allows'],
  nameBytes: ['unit/translate/name.test.ts', 'names have limits in bytes before they are mapped'],
  places: [strangers, 'places: an empty one gives way to a new one'],
  placeMembersPerNode: [liars, 'ever more members of the room'],
  streamsPerNode: ['integration/federation-liars-streams.test.ts', 'that ever more streams are its own'],
  streamsPerPlace: ['unit/psyc/entity/stream-registry.test.ts', 'streamsPerPlace: one more is refused'],
  lostNodeMs: ['integration/federation-places.test.ts', 'a node for good: its people stay 30 s'],
  placesPerNode: [liars, 'ever more rooms'],
  placeMembers: [place, 'full for newcomers, not for who is in'],
  placeIdleMs: [place, 'const IDLE = 300_000'],
  placeHistory: [history, 'the last of what was said'],
  placeHistoryBytes: [
    history,
    'what is too big for all of it together drives out the older, and is itself not kept',
  ],
  placeMissed: [talkLog, 'placeMissed: '],
  placeMissedBytes: [talkLog, 'placeMissedBytes: '],
  missedBytes: [talkLog, 'missedBytes: '],
  topicBytes: [strangers, 'topicBytes: '],
  historyAnswer: [strangers, 'historyAnswer: '],
  persons: [person, 'no more persons than the limit'],
  linksPerPerson: [person, 'linksPerPerson'],
  placesPerPerson: [strangers, 'placesPerPerson: '],

  connections: [
    'integration/gateway.test.ts',
    'one connection too many is closed at once, and there is room again',
  ],
  connectionsPerAddress: [doors, 'connectionsPerAddress: '],
  doorMs: [doors, 'doorMs: who says nothing is closed'],
  tlsMs: [transports, 'tlsMs: '],
  httpIdleMs: [doors, 'httpIdleMs: '],
  httpHeaderBytes: [doors, 'httpHeaderBytes: '],
  websocketBytes: ['integration/http.test.ts', 'a message that is too big ends it'],

  routeNodes: [tree, 'routeNodes: '],
  routeDepth: [tree, 'routeDepth: '],
  routeDegree: [tree, 'routeDegree: '],
  routeDirect: [tree, 'routeDirect: '],
  routeEnters: [tree, 'routeEnters: '],
  routeTold: [route, 'routeTold: '],
  routeHeld: [route, 'routeHeld: '],
  routeHealMs: ['unit/psyc/state/stream-fan-out.test.ts', 'routeHealMs: '],
  routeHeldMs: [route, 'routeHeldMs: '],
  routeSilenceMs: [route, 'routeSilenceMs: '],
  routeStarvedMs: [route, 'routeStarvedMs: '],
  routeIdleMs: [route, 'routeIdleMs: '],
}

const names = Object.keys(limitTable) as LimitName[]

test.each(names)('%s has a test that provokes it', (name) => {
  const [file, text] = provoked[name]
  expect(readFileSync(join('test', file), 'utf8')).toContain(text)
})

const program = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('limits.ts'))
  .map((name) => readFileSync(join('src', name), 'utf8'))
  .join('\n')

/** `limits.name`, `{ name } = limits`, `'name'` as an argument, `name` in a list of them. */
test.each(names)('%s holds somewhere in the program', (name) => {
  expect(program).toMatch(
    new RegExp(
      `[lL]imits\\.${name}\\b|\\b${name}\\b[^}]*\\} = [^\\n]*[lL]imits|'${name}'|limitTable\\.${name}`,
    ),
  )
})

test.each(names)('%s has a default, and says what it bounds in its unit', (name) => {
  const { value, bounds }: { value: number; bounds: string } = limitTable[name]
  expect(value).toBeGreaterThan(0)
  expect(Number.isSafeInteger(value)).toBe(true)
  if (name.endsWith('Ms')) expect(bounds).toMatch(/^ms /)
  if (name.endsWith('Bytes')) expect(bounds).toMatch(/^bytes /)
})

test('an override changes one and leaves the others', () => {
  expect(limitsWith({ places: 3 })).toEqual({ ...limitsWith(), places: 3 })
})
