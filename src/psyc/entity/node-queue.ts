/**
 * What a node has to do, in order, drained at the end of the turn: nobody's `receive` ever runs inside somebody's `send`.
 */
import type { Log } from '../../util/log.js'
import type { Turn } from '../../util/turn.js'

type Task = () => void

export class NodeQueue {
  private queue: Task[] = []
  /**
   * What circuits brought, taken in one by one: all that follows from one packet is done before the next, so that a
   * peer who sends thousands at once makes us hold what one of them leads to and not what all do.
   */
  private arrivals: Task[] = []
  private arrived = 0
  /** What waits until the queue is empty. */
  private afterQueue: Task[] = []
  private isDraining = false

  constructor(
    private readonly turn: Turn,
    private readonly log: Log,
  ) {}

  /** Behind what was asked for so far. */
  later(task: Task): void {
    this.queue.push(task)
    this.drainAtEnd()
  }

  /** Something came from outside. */
  arrive(task: Task): void {
    this.arrivals.push(task)
    this.drainAtEnd()
  }

  /** When nothing else is left to do. */
  whenIdle(task: Task): void {
    this.afterQueue.push(task)
    this.drainAtEnd()
  }

  private drainAtEnd(): void {
    if (this.isDraining) return
    this.isDraining = true
    this.turn.atEnd(() => this.drain())
  }

  /** Rounds of the queue until nothing is left, then the next arrival; at last what waited for all that. */
  private drain(): void {
    for (let round = this.nextRound(); round.length > 0; round = this.nextRound())
      for (const task of round) this.runSafely(task)
    this.isDraining = false
  }

  private nextRound(): readonly Task[] {
    const { queue, afterQueue } = this
    if (queue.length > 0) {
      this.queue = []
      return queue
    }
    const arrival = this.arrivals[this.arrived++]
    if (arrival !== undefined) return [arrival]
    this.arrivals = []
    this.arrived = 0
    this.afterQueue = []
    return afterQueue
  }

  /** An entity that throws (a bug of ours) must not lose the packets of others. */
  private runSafely(task: Task): void {
    try {
      task()
    } catch (error) {
      this.log.error({ error }, 'an entity failed on a packet')
    }
  }
}
