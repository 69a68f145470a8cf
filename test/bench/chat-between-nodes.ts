/**
 * One room of 1,000 members, on one node and on ten: CPU time of all nodes for each line that a member gets. What nodes say
 * to each other is counted on the wire. Members are RTMP clients, of whom some talk, on each node as many, 20 lines of 36
 * characters a second in all.
 *
 * Ten nodes that share one process cost what federation costs. Ten processes cost more where they share the caches of
 * fewer processors: so does a room of each node's own, where no node needs another, with as many members who get as many
 * lines at the same moments. All take turns in every round; a ratio is the median of the ratios.
 */
import { freePort, startServer } from '../e2e/support/server.js'
import type { Server } from '../e2e/support/server.js'
import type { Program } from '../e2e/support/program.js'
import type { Packet } from '../../src/psyc/wire/packet.js'
import type { Bench, BenchResult } from './result.js'
import { median, pause, rounded } from './support/measure.js'
import { cpuOfServer } from './support/media-servers.js'
import { startProcess } from './support/one-process.js'
import { RtmpLoad, callBytes } from './support/rtmp-load.js'
import { WireTap, addressOf, nameOf } from './support/wire-tap.js'

const MEMBERS = 1_000
const NODES = 10
const SPEAKERS = 50
const LINES_PER_SECOND = 20
/** Code is compiled before it is measured: on ten nodes each has a tenth of the work, and comes to that later. */
const WARM_UP = { perSecond: 50, seconds: 60 }
/** The room of all nodes, and a room of each node alone. */
const APPS = { shared: 'chat/lobby', apart: 'apart/lobby' } as const
const LIFETIME_MS = 1_800_000
const JOIN_AT_ONCE = 50
const line = callBytes('sendMessage', ['Good evening all, how are you today?'], 1)

interface Round {
  readonly cpuSeconds: number
  readonly deliveries: number
  readonly lines: number
  /** Copies of a line that went to a node, for each line. */
  readonly copies: number
}

/** Members and the nodes that they are on; they are all in one room, or those of each node are in one of their own. */
class Room {
  /** Casts of lines that one node got from another. */
  casts = 0
  private readonly members: RtmpLoad[] = []
  private spoken = 0

  constructor(
    private readonly servers: readonly Server[],
    private readonly kind: keyof typeof APPS = 'shared',
  ) {}

  /** A packet that went from node to node. */
  see({ context, method }: Packet): void {
    if (context !== undefined && method.startsWith('_message_public')) this.casts++
  }

  async fill(): Promise<void> {
    while (this.members.length < MEMBERS) {
      const first = this.members.length
      const more = Array.from({ length: JOIN_AT_ONCE }, (_, at) => this.member(first + at))
      this.members.push(...(await Promise.all(more)))
    }
  }

  /** Everybody who will talk does, so that all have been told of them. */
  async warmUp(): Promise<void> {
    await this.talk(WARM_UP.seconds, WARM_UP.perSecond)
  }

  async measure(seconds: number): Promise<Round> {
    await this.talk(1)
    const before = this.delivered
    const castsBefore = this.casts
    const cpuBefore = this.cpuSeconds
    const lines = await this.talk(seconds)
    const cpuSeconds = this.cpuSeconds - cpuBefore
    const deliveries = this.delivered - before
    if (deliveries !== lines * MEMBERS) throw new Error(`${deliveries} deliveries of ${lines} lines`)
    return { cpuSeconds, deliveries, lines, copies: (this.casts - castsBefore) / lines }
  }

  close(): void {
    for (const member of this.members) member.close()
  }

  private member(number: number): Promise<RtmpLoad> {
    const server = this.servers[number % this.servers.length]
    if (server === undefined) throw new Error('a room has a node')
    return RtmpLoad.open(server.ports.rtmp, APPS[this.kind], [`m${number}`], server.address)
  }

  private get delivered(): number {
    return this.members.reduce((sum, { counter }) => sum + counter.chatLines, 0)
  }

  private get cpuSeconds(): number {
    const pids = new Set(this.servers.map(({ program }) => program.pid))
    return [...pids].reduce((sum, pid) => sum + cpuOfServer(pid), 0)
  }

  private get rooms(): number {
    return this.kind === 'shared' ? 1 : this.servers.length
  }

  /** @returns how many lines every member got; all have arrived */
  private async talk(seconds: number, perSecond = LINES_PER_SECOND): Promise<number> {
    const lines = Math.round(seconds * perSecond)
    const expected = this.delivered + lines * MEMBERS
    for (let said = 0; said < lines; said++) {
      for (let room = 0; room < this.rooms; room++) this.members[this.spoken++ % SPEAKERS]?.write(line)
      await pause(1_000 / perSecond)
    }
    for (let waits = 0; this.delivered < expected && waits < 200; waits++) await pause(10)
    return lines
  }
}

const config = { logLevel: 'warn', limits: { commandsPerSecond: 1_000_000_000 } }
const apartApp = { profile: 'chat' }

/**
 * So many nodes; the first is home of the room.
 * @param first number of it: tells them apart on the wire
 */
async function startNodes(tap: WireTap, first: number, within?: Program): Promise<Server[]> {
  const servers: Server[] = []
  let home = ''
  for (let node = first; node < first + NODES; node++) {
    const port = await freePort(addressOf(node))
    await tap.add(node, port)
    const apps = { apart: apartApp, ...(node === first ? {} : { chat: { home } }) }
    const own = { bind: addressOf(node), host: nameOf(node), apps }
    servers.push(await startServer({ ...config, ...own }, port, { timeoutMs: LIFETIME_MS, within }))
    if (node === first) home = `psyc://${nameOf(first)}:${port}/`
  }
  return servers
}

const perDelivery = ({ cpuSeconds, deliveries }: Round): number => (1e6 * cpuSeconds) / deliveries

function row(name: string, rounds: readonly Round[]): BenchResult {
  return { name, value: rounded(median(rounds.map(perDelivery)), 2), unit: 'µs CPU per delivery' }
}

function ratio(name: string, ours: readonly Round[], theirs: readonly Round[]): BenchResult {
  const ratios = ours.map((each, at) => perDelivery(each) / perDelivery(theirs[at] ?? each))
  const note = `rounds ${ratios.map((each) => rounded(each, 2)).join(' ')}`
  return { name, value: rounded(median(ratios), 3), unit: '×', note }
}

const copiesOf = (rounds: readonly Round[]): number[] => rounds.map(({ copies }) => copies / (NODES - 1))

export const bench: Bench = async ({ isQuick }) => {
  const tap = new WireTap((from, _to, packet) => (from > NODES ? many : together).see(packet))
  const single = await startServer(config, 0, { timeoutMs: LIFETIME_MS })
  const shared = await startNodes(tap, 1, startProcess({ timeoutMs: LIFETIME_MS }))
  const servers = await startNodes(tap, 1 + NODES)
  const one = new Room([single])
  const together = new Room(shared)
  const many = new Room(servers)
  const apart = new Room(servers, 'apart')
  const rooms = [one, together, many, apart]
  try {
    for (const room of rooms) {
      await room.fill()
      await room.warmUp()
    }
    const rounds: Round[][] = rooms.map(() => [])
    for (let at = 0; at < (isQuick ? 1 : 5); at++)
      for (const [index, room] of rooms.entries()) rounds[index]?.push(await room.measure(isQuick ? 4 : 8))
    const [ofOne = [], ofTogether = [], ofMany = [], ofApart = []] = rounds
    const copies = [...copiesOf(ofTogether), ...copiesOf(ofMany)]
    return [
      row('chat line to one of 1000 members, one node', ofOne),
      row('chat line to one of 1000 members, ten nodes in one process', ofTogether),
      row('chat line to one of 1000 members, ten processes', ofMany),
      row('chat line to one of 100 members, ten processes apart', ofApart),
      ratio('chat line, ten nodes in one process / one node', ofTogether, ofOne),
      ratio('chat line, ten processes / one', ofMany, ofOne),
      ratio('chat line, ten processes / ten apart', ofMany, ofApart),
      {
        name: 'chat line, copies to each other node',
        value: rounded(Math.max(...copies), 3),
        unit: 'packets a line',
        note: `${rounded(Math.min(...copies), 3)} at least, on the wire`,
      },
    ]
  } finally {
    for (const room of rooms) room.close()
    await Promise.all([single, ...servers, ...shared].map((server) => server.stop()))
    tap.stop()
  }
}
