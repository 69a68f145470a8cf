/** Which entry was written under which number: instances by identity, texts by content. */
const LINEAR = 16 // measured: up to this a scan beats a Map that has to grow, and most messages hold fewer entries
const LONG_TEXT = 64 // a scan compares texts, and long ones that differ at their end cost as much as their length

export class ReferenceTable<Entry extends object | string> {
  private readonly scanned: Entry[] = []
  private readonly scannedNumbers: number[] = []
  private others: Map<Entry, number> | undefined
  private count = 0

  /** The number that the entry has already, or undefined when it takes the next one now. */
  seen(entry: Entry): number | undefined {
    if (typeof entry === 'string' && entry.length > LONG_TEXT) return this.seenElsewhere(entry)
    const at = this.scanned.indexOf(entry)
    if (at >= 0) return this.scannedNumbers[at]
    if (this.scanned.length === LINEAR) return this.seenElsewhere(entry)
    this.scanned.push(entry)
    this.scannedNumbers.push(this.count++)
    return undefined
  }

  private seenElsewhere(entry: Entry): number | undefined {
    const others = (this.others ??= new Map<Entry, number>())
    const number = others.get(entry)
    if (number === undefined) others.set(entry, this.count++)
    return number
  }

  clear(): void {
    this.scanned.length = 0
    this.scannedNumbers.length = 0
    this.others = undefined
    this.count = 0
  }
}
