/**
 * Two people of other nodes may have one nick. In a room it is the first one's for as long as he is there; the other is
 * shown with his node, and keeps that name until he leaves, so that nobody changes his name under the eyes of an app.
 */
import type { Uniform } from '../psyc/wire/uniform.js'

interface Given {
  readonly nick: string
  /** It was somebody else's when he came by it. */
  readonly isOthers: boolean
}

const LEAST = 64 // ours: names kept before those of people who are gone are looked for

export class RoomNames {
  /** Keys of persons by nick. */
  private readonly holders = new Map<string, string>()
  private readonly given = new Map<string, Given>()
  private pruneAt = LEAST

  /** @param isHere whether the person of that key is in the room */
  constructor(private readonly isHere: (key: string) => boolean) {}

  /** Whether the nick (in lower case) of that person is somebody else's. Places name people, and take no nick. */
  isOthers(nick: string, { key, kind }: Uniform): boolean {
    const known = this.given.get(key)
    const holder = this.holders.get(nick)
    if (kind === 'place') return holder !== undefined && this.isHere(holder)
    if (known?.nick === nick) return known.isOthers || holder !== key
    const isOthers = holder !== undefined && holder !== key && this.isHere(holder)
    if (!isOthers) this.holders.set(nick, key)
    this.given.set(key, { nick, isOthers })
    if (this.given.size > this.pruneAt) this.prune()
    return isOthers
  }

  left({ key }: Uniform): void {
    const nick = this.given.get(key)?.nick
    this.given.delete(key)
    if (nick !== undefined && this.holders.get(nick) === key) this.holders.delete(nick)
  }

  /** Who was shown without being in the room, or changed his nick. */
  private prune(): void {
    for (const key of this.given.keys()) if (!this.isHere(key)) this.given.delete(key)
    for (const [nick, key] of this.holders) if (this.given.get(key)?.nick !== nick) this.holders.delete(nick)
    this.pruneAt = Math.max(LEAST, 2 * this.given.size)
  }
}

/** The names of all rooms that clients of this node are in: each room's once, whoever opened it. */
export class RoomNamesBook {
  private readonly rooms = new Map<string, { readonly names: RoomNames; clients: number }>()

  /** For one more client in the room; `close` takes it away. */
  open(room: Uniform, isHere: (key: string) => boolean): RoomNames {
    const entry = this.rooms.get(room.entityKey) ?? { names: new RoomNames(isHere), clients: 0 }
    entry.clients++
    this.rooms.set(room.entityKey, entry)
    return entry.names
  }

  close(room: Uniform): void {
    const entry = this.rooms.get(room.entityKey)
    if (entry !== undefined && --entry.clients === 0) this.rooms.delete(room.entityKey)
  }
}
