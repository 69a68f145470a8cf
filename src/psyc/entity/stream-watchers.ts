/** Who wants to know when another stream, or none, is published under a name. */

export class StreamWatchers {
  private readonly byName = new Map<string, Set<() => void>>()

  get size(): number {
    return this.byName.size
  }

  /** @returns ends it; may be called twice */
  add(name: string, changed: () => void): () => void {
    const watchers = this.byName.get(name) ?? new Set()
    const watcher = (): void => changed() // each watch is one of its own, whatever it calls
    this.byName.set(name, watchers.add(watcher))
    return () => {
      watchers.delete(watcher)
      if (watchers.size === 0 && this.byName.get(name) === watchers) this.byName.delete(name)
    }
  }

  tell(name: string): void {
    for (const watcher of [...(this.byName.get(name) ?? [])]) watcher()
  }
}
