/**
 * A room in which a node of the tree that feeds others lies to them: it is a node of ours whose packets to its children are
 * changed on their way out. What its own clients hear is nobody's concern.
 */
import { Packet } from '../../src/psyc/wire/packet.js'
import type { Modifier } from '../../src/psyc/wire/packet.js'
import { encodeUtf8 } from '../../src/util/utf8.js'
import type { ConfigSource } from '../../src/server/config.js'
import type { LogLine, TestWorld } from './world.js'
import { CHANGE, CHAT, HOME, HOSTS, Room } from './room.js'

export const LIAR = 'evil.example'
export const PLACE = `psyc://${HOME}/@chat-lobby`
export const BOARD = `${PLACE}#_so_board`

/** What goes out in place of a packet of a context to one of the liar's children. */
export type Change = (packet: Packet, childKey: string) => readonly Packet[]

export const asItIs: Change = (packet) => [packet]

export class LyingParent {
  readonly room: Room
  readonly liar: TestWorld
  /** Nodes that it feeds at first, the place or the board. */
  readonly children: readonly string[]
  change: Change = asItIs
  /** What was said since it lies. */
  readonly said: string[] = []
  private ticks = 0

  constructor(more: ConfigSource = {}) {
    this.room = new Room({ degree: 2, relays: ['*.example'], ...more }, [LIAR, ...HOSTS.slice(0, 7)])
    const { worlds, people, boards } = this.room
    const liar = worlds.get(LIAR)
    if (liar === undefined) throw new Error('there is no liar')
    this.liar = liar
    people.delete(LIAR)
    boards.delete(LIAR)
    this.children = this.fed()
    if (this.children.length === 0) throw new Error('the liar feeds nobody')
    const { node } = liar.world
    const honest = node.sendTo.bind(node)
    jest.spyOn(node, 'sendTo').mockImplementation((key, packet) => {
      const isToChild =
        packet.context?.startsWith(PLACE) === true && key !== node.root.rootKey && key !== `psyc://${HOME}/`
      for (const each of isToChild ? this.change(packet, key) : [packet]) honest(key, each)
    })
    this.room.hush()
    this.said.splice(0)
  }

  /** Whom it feeds now, the place or the board. */
  fed(): string[] {
    const { room } = this
    const links = [...room.links(CHAT, () => this.say()), ...room.links(CHANGE, () => this.write())]
    return [...new Set(links.filter(({ from, to }) => from === LIAR && to !== HOME).map(({ to }) => to))]
  }

  write(): void {
    this.room.boards.get(HOME)?.set({ tick: ++this.ticks })
  }

  /** Bytes of its own making, to a child. Text with ␉ for TAB. */
  raw(child: string, text: string): void {
    const { worlds } = this.room
    const other = worlds.get(child)
    for (const line of this.room.network.between(LIAR, child))
      (line.a === other ? line.fromB : line.fromA).send(encodeUtf8(text.replaceAll('␉', '\t')))
    this.liar.settle()
  }

  say(): void {
    this.said.push(this.room.say(HOME))
  }

  /** Everybody talks and writes for so long. */
  run(ms: number, each: () => void = () => undefined): void {
    for (let at = 0; at < ms; at += 250) {
      this.say()
      this.write()
      each()
      this.room.network.wait(250)
    }
  }

  /** Who does not have the members, the slots or the lines as they are; nobody, if all is well. */
  faults(): string[] {
    const { room } = this
    room.hush()
    this.said.splice(0)
    this.run(1_000)
    const heard = room.heard()
    const slots = room.boards.get(HOME)?.slots
    const members = membersOf(room, HOME)
    const faults: string[] = []
    for (const host of room.people.keys()) {
      const lines = heard.get(host)?.join() ?? ''
      if (lines !== this.said.join()) faults.push(`${host} heard ${lines} and not ${this.said.join()}`)
      const own = JSON.stringify(room.boards.get(host)?.slots)
      if (own !== JSON.stringify(slots)) faults.push(`${host} has ${own} and not ${JSON.stringify(slots)}`)
      if (membersOf(room, host) !== members)
        faults.push(`${host} sees ${membersOf(room, host)} and not ${members}`)
    }
    return faults
  }

  /** What honest nodes have written, debugging left out. */
  private get lines(): (LogLine & { readonly host: string })[] {
    return [...this.room.worlds]
      .filter(([host]) => host !== LIAR)
      .flatMap(([host, { logged }]) => logged.map((line) => ({ ...line, host })))
      .filter(({ level }) => level !== 'debug')
  }

  complaints(message: string): LogLine['fields'][] {
    return this.lines.filter((line) => line.message === message).map(({ fields }) => fields)
  }

  /** Nodes that were complained of. */
  blamed(): unknown[] {
    return [...new Set(this.complaints('a parent in the tree of a context is left').map(({ root }) => root))]
  }

  /** What one node has written more than once. */
  repeated(): string[] {
    const texts = this.lines.map(
      ({ host, message, fields }) => `${host}: ${message} ${JSON.stringify(fields)}`,
    )
    return texts.filter((text, at) => texts.indexOf(text) !== at)
  }
}

function membersOf({ people }: Room, host: string): string {
  return people.get(host)?.call('members').replace(/@\S+/g, '') ?? ''
}

/** The same with other routing variables; those that are undefined are left out. */
export function routed(packet: Packet, changed: Readonly<Record<string, string | undefined>>): Packet {
  const kept = packet.routing.filter(({ name }) => !(name in changed))
  const added: Modifier[] = Object.entries(changed).flatMap(([name, value]) =>
    value === undefined ? [] : [{ operator: ':' as const, name, value }],
  )
  return new Packet([...kept, ...added], packet.entity, packet.method, packet.body, packet.stateOperation)
}

export function isCast(packet: Packet): boolean {
  return packet.target === undefined && packet.counter !== undefined
}
