/**
 * What a player has seen of each slot: the rule that keeps all copies equal [design 4].
 *
 * A player changes its own copy at once and asks afterwards. The server's event 4 (and 8, 9) replaces what is there;
 * event 5, success, carries no value and leaves the copy as it is. So 5 is right only if nothing that replaces the slot
 * has been queued for that player since he wrote. His message tells what he had seen: the version of the newest
 * message he got. Hence: **success, if his version is not older than the last event that replaces the slot in his
 * queue; otherwise event 4 with the stored value.** A wrong 4 costs a flicker, a wrong 5 a copy that is different for
 * ever. Plain FMS and Red5 always answer 5: test/property/convergence shows what becomes of that.
 *
 * The version is this node's own: one more for each message that replaces anything, and never behind the object's.
 * Nearly all players are sent the same, so what they were sent is kept once per object; each player keeps only where he
 * differs: his own successes, and corrections that he alone got.
 */
/** When something that replaces a slot was queued. */
export interface Mark {
  /** Of the message to the player, which carries the low 32 bits of it. */
  readonly version: number
  /** The object's version that it showed, for the home of a strict object. */
  readonly homeVersion: number
}

/**
 * The version that a client means by 32 bits: the newest with these bits that is not newer than ours. So one that is
 * ahead of us, which cannot be, counts as very old, and he is answered with the value.
 */
export function fullVersion(low: number, newest: number): number {
  return newest - ((newest - low) >>> 0)
}

const nothing: Mark = { version: 0, homeVersion: 0 }
const FORGET_FROM = 8192 // ours: names remembered that are not slots any more

/** What all players of one object were sent. */
export class ReplacedSlots {
  private readonly marks = new Map<string, Mark>()
  /** Everything was replaced then at the latest. */
  private floor: Mark = nothing
  private floors = 0

  last(name: string): Mark {
    return this.marks.get(name) ?? this.floor
  }

  /** Grows when all marks were dropped: what players noted about them is void. */
  get generation(): number {
    return this.floors
  }

  replaced(name: string, mark: Mark): void {
    if (this.marks.size >= FORGET_FROM && !this.marks.has(name)) this.allReplaced(mark)
    this.marks.set(name, mark)
  }

  /** Clear, or a new beginning. It may be said too often: that is only careful. */
  allReplaced(mark: Mark): void {
    this.marks.clear()
    this.floor = mark
    this.floors++
  }
}

/** Where one player's queue differs from what all were sent. */
export class SeenSlots {
  private readonly own = new Map<string, { readonly after: Mark; readonly last: Mark }>()
  private generation: number

  /** @param start when he got the full state */
  constructor(
    private readonly all: ReplacedSlots,
    private start: Mark,
  ) {
    this.generation = all.generation
  }

  /** The last event in his queue that replaced the slot. */
  last(name: string): Mark {
    const shared = this.all.last(name)
    const own = this.generation === this.all.generation ? this.own.get(name) : undefined
    const last = own?.after === shared ? own.last : shared
    return last.version > this.start.version ? last : this.start
  }

  /** @param version of the message in which he wrote the slot, as `fullVersion` makes it */
  hasSeen(name: string, version: number): boolean {
    return version >= this.last(name).version
  }

  /** All others were sent his value with `mark`; he was told success. Call it before `ReplacedSlots.replaced`. */
  succeeded(name: string, mark: Mark): void {
    this.note(name, mark, this.last(name), mark)
  }

  /** He alone was sent the slot's value, or that it is gone. */
  corrected(name: string, mark: Mark): void {
    this.note(name, this.all.last(name), mark, mark)
  }

  /** He was sent the full state. */
  restarted(mark: Mark): void {
    this.start = mark
    this.own.clear()
  }

  private note(name: string, after: Mark, last: Mark, now: Mark): void {
    if (this.generation !== this.all.generation) {
      this.own.clear() // all of it is older than the floor that they were replaced by
      this.generation = this.all.generation
    }
    if (this.own.size >= FORGET_FROM) this.restarted(now)
    this.own.set(name, { after, last })
  }
}
