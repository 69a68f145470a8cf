/**
 * How far apart writes are, so that more leaves in one: nothing for few players, more the more there is to write
 * [design 10]. What comes after a pause leaves at once, so on average media waits half of that.
 */

const FEW_PLAYERS = 20 // design 10
const LEAST_MS = 10
const MOST_MS = 44
const WRITES_PER_MS = 165 // ours: 100 players of a usual stream (73 messages a second) come to the most

/** A window above this is not ours to choose: it was asked for. */
export const GATHER_MOST_MS = MOST_MS

/**
 * @param messagesPerSecond of the stream
 * @param mostMs what is configured; above 44 it is taken as it is
 * @returns ms from one write to the next; 0: all that came in one turn
 */
export function gatherWindow(players: number, messagesPerSecond: number, mostMs: number): number {
  if (players < FEW_PLAYERS || mostMs <= 0) return 0
  if (mostMs > MOST_MS) return mostMs
  const window = (players * messagesPerSecond) / WRITES_PER_MS
  return Math.min(mostMs, MOST_MS, Math.max(LEAST_MS, window))
}
