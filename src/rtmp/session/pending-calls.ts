/** Calls of ours that wait for the peer's answer [rtmp.md 3.2]. */
import type { Limits } from '../../util/limits.js'
import type { Timer, Timers } from '../../util/timers.js'
import type { CallAnswer, StatusInfo } from './events.js'
import { statusObject } from './status.js'

export type OnAnswer = (answer: CallAnswer) => void

interface PendingCall {
  readonly name: string
  readonly onAnswer: OnAnswer
  readonly timer: Timer
}

export class PendingCalls {
  private readonly calls = new Map<number, PendingCall>()
  private lastTransactionId = 0

  constructor(
    private readonly timers: Timers,
    private readonly limits: Limits,
  ) {}

  get size(): number {
    return this.calls.size
  }

  /** @returns the transaction ID to send, or undefined when too many wait: then `onAnswer` has been told */
  add(name: string, onAnswer: OnAnswer): number | undefined {
    if (this.calls.size >= this.limits.pendingCalls) {
      onAnswer(callFailed(name, 'too many calls wait for an answer'))
      return undefined
    }
    const transactionId = ++this.lastTransactionId
    const timer = this.timers.after(this.limits.callMs, () => {
      this.settle(transactionId, callFailed(name, 'no answer in time'))
    })
    this.calls.set(transactionId, { name, onAnswer, timer })
    return transactionId
  }

  /** An answer to a call that nobody waits for, late or invented, is ignored. @returns whether somebody did */
  settle(transactionId: number, answer: CallAnswer): boolean {
    const call = this.calls.get(transactionId)
    if (call === undefined) return false
    this.calls.delete(transactionId)
    call.timer.cancel()
    call.onAnswer(answer)
    return true
  }

  /** The connection is over: every caller is told. */
  fail(): void {
    for (const [transactionId, { name }] of [...this.calls])
      this.settle(transactionId, callFailed(name, 'the connection is closed'))
  }
}

/** The information object of a call that went wrong. */
export function callFailure(name: string, reason: string): StatusInfo {
  return {
    level: 'error',
    code: 'NetConnection.Call.Failed',
    description: `Call to ${name} failed: ${reason}.`,
  }
}

export function callFailed(name: string, reason: string): CallAnswer {
  return { ok: false, info: statusObject(callFailure(name, reason)), isUnanswered: true }
}
