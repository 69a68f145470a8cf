/** Who sits where: in groups that are served together, or apart; and how a flush reaches them all. */
import type { Backlog } from './backlog.js'
import { Group } from './group.js'
import type { Share } from './group.js'
import type { LiveSeat, Served } from './live-seat.js'
import type { Player } from './player.js'
import { UnitFlag } from './unit.js'

export class Seating {
  private readonly seats = new Set<LiveSeat>()
  private groups: Group[] = []
  private readonly apart = new Set<LiveSeat>()
  /** Why those apart did not get everything when they were last served. */
  waiting: Served = 'all'

  /**
   * @param room most bytes that a player may leave outstanding
   * @param onError told when serving a player failed; the player has lost its seat
   */
  constructor(
    private readonly log: Backlog,
    private readonly room: () => number,
    private readonly onError: (error: unknown) => void,
  ) {}

  get size(): number {
    return this.seats.size
  }

  *players(): Iterable<Player> {
    for (const { player } of this.seats) yield player
  }

  add(seat: LiveSeat): void {
    this.seats.add(seat)
  }

  remove(seat: LiveSeat): void {
    this.seats.delete(seat)
    this.apart.delete(seat)
    this.leaveGroup(seat)
    if (this.apart.size === 0) this.waiting = 'all'
  }

  /** To the others who have everything and want the same. */
  join(seat: LiveSeat): void {
    this.apart.delete(seat)
    this.leaveGroup(seat)
    const { form } = seat.player
    const awaitsKeyframe = seat.awaitsKeyframe && (seat.wishes & UnitFlag.Video) !== 0
    const wishes = awaitsKeyframe ? seat.wishes & ~UnitFlag.Video : seat.wishes
    let group = this.groups.find(
      (other) => other.form === form && other.wishes === wishes && other.awaitsKeyframe === awaitsKeyframe,
    )
    if (group === undefined) this.groups.push((group = new Group(form, wishes, awaitsKeyframe)))
    group.seats.add(seat)
    seat.group = group
  }

  part(seat: LiveSeat): void {
    this.leaveGroup(seat)
    this.apart.add(seat)
  }

  /** Sequence number of the first unit that somebody still needs. */
  slowest(): number {
    let sequence = this.log.flushed
    for (const seat of this.apart) sequence = Math.min(sequence, seat.cursor)
    return sequence
  }

  /** What has gathered goes to everybody. */
  flush(): void {
    const { log, groups } = this
    const from = log.flushed
    const units = log.flush()
    const flags = units.reduce((all, unit) => all | unit.flags, 0)
    const hasKeyframe = (flags & UnitFlag.Keyframe) !== 0
    const isEnd = (flags & UnitFlag.Passing) !== 0 && units.some(({ content }) => content === 'unpublished')
    const roomBytes = this.room()
    for (const group of groups) {
      if (group.awaitsKeyframe && hasKeyframe) for (const seat of group.seats) this.partAt(seat, from)
      else this.flushGroup(group, group.shares(units), from, roomBytes)
    }
    if (isEnd) this.regroup()
    if (this.groups.some(isEmpty)) this.groups = this.groups.filter((group) => !isEmpty(group))
    this.serveApart()
  }

  wait(why: Served): void {
    if (this.waiting !== 'paced') this.waiting = why
  }

  serveApart(): void {
    this.waiting = 'all'
    for (const seat of this.apart) {
      try {
        seat.serve()
      } catch (error) {
        this.lose(seat, error)
      }
    }
  }

  private flushGroup(group: Group, shares: readonly Share[], from: number, roomBytes: number): void {
    if (shares.length === 0) return
    const length = shares.reduce((sum, share) => sum + share.length, 0)
    for (const seat of group.seats) {
      try {
        if (!seat.takes(length, roomBytes)) this.partAt(seat, from)
        else for (const share of shares) give(seat, share)
      } catch (error) {
        this.lose(seat, error)
      }
    }
  }

  /** Everybody waits for the first keyframe of the next publisher. */
  private regroup(): void {
    const grouped = this.groups.flatMap((group) => [...group.seats])
    for (const seat of grouped) this.join(seat)
  }

  private partAt(seat: LiveSeat, sequence: number): void {
    seat.cursor = sequence
    this.part(seat)
  }

  private leaveGroup(seat: LiveSeat): void {
    seat.group?.seats.delete(seat)
    seat.group = undefined
  }

  private lose(seat: LiveSeat, error: unknown): void {
    seat.abandon()
    this.onError(error)
  }
}

function isEmpty({ seats }: Group): boolean {
  return seats.size === 0
}

function give(seat: LiveSeat, share: Share): void {
  if (typeof share === 'string') seat.tell(share)
  else seat.player.write(share)
}
