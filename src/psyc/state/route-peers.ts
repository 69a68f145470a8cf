/** What a master remembers of the nodes in a tree besides their places: who is trusted with what, for how long. */
import type { Uniform } from '../wire/uniform.js'

const AVOIDED_MS = 30_000 // ours: who failed a node is not named to it again
const AVOIDED = 4 // ours: that a node has complained of
const SUSPECT_MS = 10_000 // ours: who failed somebody gets no new children
const TRIED_MS = 60_000 // ours: who could not be called is called again when it asks after so long
const FLOOD_MS = 1_000 // ours: enters are counted in

export class RoutePeer {
  /** Children that it is willing to have. */
  degree = 0
  /** Whether others can call it; undefined: not asked yet. */
  reached: 'asked' | 'yes' | 'no' | undefined
  claimedAtMs = 0
  /** When it was last tried to call it. */
  private triedMs = 0
  private readonly failures: { readonly key: string; readonly atMs: number }[] = []
  private windowMs = 0
  private enters = 0

  constructor(readonly root: Uniform) {}

  /** Whether to try, or to try again, if others can call it; counts as tried. */
  isUntried(nowMs: number): boolean {
    const isDue = this.reached === undefined || (this.reached === 'no' && nowMs - this.triedMs >= TRIED_MS)
    if (isDue) this.triedMs = nowMs
    return isDue
  }

  /** Counts an enter. @param most in a second */
  isFlooding(nowMs: number, most: number): boolean {
    if (nowMs - this.windowMs >= FLOOD_MS) {
      this.windowMs = nowMs
      this.enters = 0
    }
    return ++this.enters > most
  }

  /** @returns whether it has complained of nobody else lately, so that it may be believed */
  complain(parentKey: string, nowMs: number): boolean {
    const isFirst = !this.failures.some(({ atMs }) => nowMs - atMs < AVOIDED_MS)
    this.failures.push({ key: parentKey, atMs: nowMs })
    if (this.failures.length > AVOIDED) this.failures.shift()
    return isFirst
  }

  isAvoiding(parentKey: string, nowMs: number): boolean {
    return this.failures.some(({ key, atMs }) => key === parentKey && nowMs - atMs < AVOIDED_MS)
  }
}

export class RoutePeers {
  /** How many it is being found out of whether others can call them. */
  asked = 0
  private readonly byKey = new Map<string, RoutePeer>()
  private readonly suspects = new Map<string, number>()

  get all(): IterableIterator<RoutePeer> {
    return this.byKey.values()
  }

  of(root: Uniform): RoutePeer {
    let peer = this.byKey.get(root.rootKey)
    if (peer === undefined) this.byKey.set(root.rootKey, (peer = new RoutePeer(root)))
    return peer
  }

  forget(key: string): void {
    this.byKey.delete(key)
  }

  suspect(key: string, nowMs: number): void {
    this.suspects.delete(key)
    this.suspects.set(key, nowMs)
  }

  /** Those that were suspected long enough ago: they are suspected no more. */
  trusted(nowMs: number): string[] {
    const keys = [...this.suspects].filter(([, atMs]) => nowMs - atMs >= SUSPECT_MS).map(([key]) => key)
    for (const key of keys) this.suspects.delete(key)
    return keys
  }
}
