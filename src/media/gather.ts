/**
 * How far apart the writes to one player are, so that more leaves in one: nothing while there is little to write, more the
 * more the whole process has to, whether for one large stream or for many small ones [design 10]. What comes after a pause
 * leaves at once, so on average media waits half of that.
 */

const FEW_PLAYERS = 20 // design 10
const FEW_WRITES = 1_500 // ours: 20 players of a usual stream (73 messages a second)
const LEAST_MS = 10
const MOST_MS = 44
const WRITES_PER_MS = 80 // ours: 50 players of a usual stream come to the most

/** A window above this is not ours to choose: it was asked for. */
export const GATHER_MOST_MS = MOST_MS

/**
 * @param players of the stream
 * @param writesPerSecond of the process, if every message were written by itself
 * @param mostMs what is configured; above 44 it is taken as it is
 * @returns ms from one write to the next; 0: all that came in one turn
 */
export function gatherWindow(players: number, writesPerSecond: number, mostMs: number): number {
  const isLittle = players < FEW_PLAYERS && writesPerSecond < FEW_WRITES
  if (isLittle || mostMs <= 0) return 0
  if (mostMs > MOST_MS) return mostMs
  return Math.min(mostMs, MOST_MS, Math.max(LEAST_MS, writesPerSecond / WRITES_PER_MS))
}
