/**
 * What is wrong with a life of shared objects: whether all copies are equal in the end, every writer was answered and
 * rightly so, no slot went back to what it was before, and each `send` was heard once, in order.
 */
import type { Entry, ObjectLife, ObjectName, Player } from './object-life.js'

/** What the home did, in order, as its witnesses were told. */
class History {
  /** By slot; the first is that it was not there. */
  private readonly slots = new Map<string, { readonly at: number; readonly value: unknown }[]>()
  readonly sends: string[] = []
  private readonly sentAt = new Map<string, number>()
  private count = 0

  constructor(witnesses: readonly Player[]) {
    for (const { entries } of witnesses) for (const entry of entries) this.add(entry)
  }

  of(slot: string): readonly { readonly at: number; readonly value: unknown }[] {
    return this.slots.get(slot) ?? [{ at: -1, value: undefined }]
  }

  /** How often the slot came to hold that. */
  times(slot: string, value: unknown): number {
    return this.of(slot).filter((was) => was.value === value).length
  }

  whenSent(text: string): number | undefined {
    return this.sentAt.get(text)
  }

  get names(): Iterable<string> {
    return this.slots.keys()
  }

  private add(entry: Entry): void {
    this.count++
    if (entry.kind === 'sent') {
      this.sends.push(entry.text)
      this.sentAt.set(entry.text, this.count)
    } else if (entry.kind === 'told') {
      // Another home begins with a state that leaves out what is gone.
      if (entry.isState) for (const slot of this.slots.keys()) this.note(slot, entry.slots.get(slot))
      for (const [slot, value] of entry.slots) this.note(slot, value)
    }
  }

  private note(slot: string, value: unknown): void {
    const all = this.slots.get(slot) ?? [{ at: -1, value: undefined }]
    if (all.at(-1)?.value !== value) all.push({ at: this.count, value })
    this.slots.set(slot, all)
  }
}

/** @param hearsAll no line was lost: nobody may miss a `send` */
export function complaints(life: ObjectLife, hearsAll = false): string[] {
  return [
    ...life.errors.map((error) => `error ${error}`),
    ...(['board', 'log'] as const).flatMap((object) => ofObject(life, object, hearsAll)),
  ]
}

function ofObject(life: ObjectLife, object: ObjectName, hearsAll: boolean): string[] {
  const of = ({ players }: { readonly players: readonly Player[] }): Player[] =>
    players.filter((player) => player.object === object)
  const history = new History(life.witnesses.flatMap(of))
  const there = life.players(object)
  const everybody = life.guests.flatMap(of)
  return [
    ...unequal(there),
    ...everybody.flatMap((player) => [
      ...wentBack(player, history, !hearsAll),
      ...answeredWrongly(player, history),
      ...heardTwice(player),
      // In a tree a state may come before the home's answer to what it shows.
      ...(life.isTree ? [] : toldAgain(player, history)),
    ]),
    ...there.flatMap((player) => unanswered(player)),
    ...(hearsAll ? everybody.flatMap((player) => holes(player, history)) : []),
    ...(hearsAll ? there.flatMap((player) => missedTheEnd(player, history)) : []),
  ].map((text) => `${object}: ${text}`)
}

function unequal(there: readonly Player[]): string[] {
  const copies = new Map<string, Player>()
  for (const player of there) {
    const { slots } = player.model
    const copy = player.isSynced
      ? JSON.stringify([...slots].sort(([a], [b]) => (a < b ? -1 : 1)))
      : 'not synced'
    copies.set(copy, copies.get(copy) ?? player)
  }
  return copies.size <= 1
    ? []
    : [[...copies].map(([copy, player]) => `${name(player)} ${copy}`).join(' but ')]
}

/**
 * Everything that it was told of a slot comes in the home's order, and so does it with the `send`s.
 * @param isCrossing lines were lost: a state may show what follows a `send` that comes only now
 */
function wentBack(player: Player, history: History, isCrossing: boolean): string[] {
  const at = new Map<string, number>()
  const wrong: string[] = []
  let sentAt = -1
  const see = (slot: string, value: unknown, how: string): void => {
    const all = history.of(slot)
    const from = at.get(slot) ?? 0
    const now = all.findIndex((was, index) => index >= from && was.value === value)
    if (now < 0)
      wrong.push(
        `${name(player)} is told (${how}) ${slot}=${String(value)} after ${String(all[from]?.value)}`,
      )
    else at.set(slot, now)
  }
  for (const entry of player.entries) {
    if (entry.kind === 'told') {
      const slots = entry.isState ? new Set([...history.names, ...entry.slots.keys()]) : entry.slots.keys()
      for (const slot of slots) see(slot, entry.slots.get(slot), entry.isState ? 'state' : 'change')
    } else if (entry.kind === 'success' && entry.writes.length === 1)
      see(entry.slot, entry.writes[0], 'success')
    else if (entry.kind === 'sent') {
      const when = history.whenSent(entry.text)
      if (when === undefined || when < sentAt) wrong.push(`${name(player)} heard ${entry.text} too late`)
      sentAt = when ?? sentAt
      for (const slot of history.names) {
        const all = history.of(slot)
        const from = at.get(slot) ?? 0
        if (!isCrossing && (all[from]?.at ?? 0) > sentAt)
          wrong.push(`${name(player)} heard ${entry.text} after ${slot}=${String(all[from]?.value)}`)
        const last = all.findLastIndex((was) => was.at <= sentAt)
        at.set(slot, Math.max(from, last))
      }
    }
  }
  return wrong
}

/** Success says that he has what he wrote: he has heard nothing of the slot since, and the home has done it. */
function answeredWrongly(player: Player, history: History): string[] {
  return player.entries.flatMap((entry) => {
    if (entry.kind !== 'success') return []
    const { slot, writes } = entry
    if (writes.length === 0) return [`${name(player)} is told success of ${slot}, which he cannot believe`]
    const isDone = writes.some((value) => history.times(slot, value) > 0)
    return isDone
      ? []
      : [`${name(player)} is told success of ${slot}=${String(writes)}, which was never done`]
  })
}

/** Who has success is told no more of it, unless somebody wrote the same after others. */
function toldAgain(player: Player, history: History): string[] {
  const open = new Map<string, number>()
  const done = new Map<string, unknown>()
  /** Told of them while a write was under way: its answer, if that was lost, comes once more. */
  const doubtful = new Set<string>()
  return player.entries.flatMap((entry) => {
    if (entry.kind === 'wrote')
      for (const slot of entry.slots.keys()) open.set(slot, (open.get(slot) ?? 0) + 1)
    else if (entry.kind === 'success') {
      done.set(entry.slot, entry.writes.length === 1 ? entry.writes[0] : undefined)
      open.set(entry.slot, (open.get(entry.slot) ?? 1) - 1)
    } else if (entry.kind === 'told')
      return [...entry.slots].flatMap(([slot, value]) => told(slot, value, entry.isState))
    return []
  })

  function told(slot: string, value: unknown, isState: boolean): string[] {
    const isAnswered = value !== undefined && done.get(slot) === value && open.get(slot) === 0
    const isOwn = !isState && isAnswered && !doubtful.has(slot) && history.times(slot, value) === 1
    if ((open.get(slot) ?? 0) > 0) doubtful.add(slot)
    open.delete(slot)
    done.delete(slot)
    return isOwn ? [`${name(player)} is told ${slot}=${JSON.stringify(value)} after success`] : []
  }
}

function unanswered(player: Player): string[] {
  const waiting = new Map<string, unknown>()
  for (const entry of player.entries) {
    if (entry.kind === 'used') waiting.clear()
    else if (entry.kind === 'wrote') for (const [slot, value] of entry.slots) waiting.set(slot, value)
    else if (entry.kind === 'told' && entry.isState) waiting.clear()
    else if (entry.kind === 'told') for (const slot of entry.slots.keys()) waiting.delete(slot)
    else if (entry.kind === 'success') waiting.delete(entry.slot)
  }
  return [...waiting].map(([slot, value]) => `${name(player)} waits for ${slot}=${JSON.stringify(value)}`)
}

function sends(player: Player): string[][] {
  const uses: string[][] = []
  for (const entry of player.entries) {
    if (entry.kind === 'used') uses.push([])
    else if (entry.kind === 'sent') uses.at(-1)?.push(entry.text)
  }
  return uses
}

function heardTwice(player: Player): string[] {
  const all = sends(player).flat()
  return all.filter((text, at) => all.indexOf(text) < at).map((text) => `${name(player)} heard ${text} twice`)
}

function holes(player: Player, history: History): string[] {
  return sends(player).flatMap((heard) => {
    const from = history.sends.indexOf(heard[0] ?? '')
    const at = heard.findIndex((text, index) => history.sends[from + index] !== text)
    return at < 0 ? [] : [`${name(player)} missed ${history.sends[from + at] ?? ''}`]
  })
}

function missedTheEnd(player: Player, history: History): string[] {
  const last = sends(player).at(-1)?.at(-1)
  const end = history.sends.at(-1)
  return last === undefined || last === end ? [] : [`${name(player)} missed ${end ?? ''}`]
}

function name({ guest }: Player): string {
  return `${guest.nick}@${guest.at.host}`
}
