// Invariant: whatever is asked in whatever order, each request is answered once; the session gets the bytes of the
// numbers 0, 1, 2, … and no others; the client gets all that was written, once, in answers within their limit.
import { RtmptTunnel } from '../../src/rtmp/session/rtmpt-tunnel.js'
import { concat, equalBytes } from '../../src/util/bytes.js'
import { limitsWith } from '../../src/util/limits.js'
import { ManualTurn } from '../../src/util/turn.js'
import { FakeTime } from '../support/fake-clock.js'

const kinds = ['send', 'idle', 'close'] as const
const limits = limitsWith({ rtmptAnswerBytes: 9, rtmptHeldRequests: 4, rtmptHeldBytes: 40, rtmptGapMs: 500 })

export function fuzz(bytes: Uint8Array): void {
  const time = new FakeTime()
  const turn = new ManualTurn()
  const received: Uint8Array[] = []
  const written: Uint8Array[] = []
  const taken = new Map<number, Uint8Array>()
  const bodies = new Map<number, Uint8Array[]>()
  const answered: number[] = []
  let asked = 0
  let ends = 0
  const tunnel = new RtmptTunnel(
    { timers: time.timers, turn, limits },
    { receive: (part) => received.push(part), drained: () => undefined, over: () => ends++ },
  )
  const request = (code: number, sequence: number, body: Uint8Array): void => {
    const kind = kinds[code % 8 === 7 ? 2 : code & 1] ?? 'idle'
    const at = asked++
    answered[at] = 0
    if (kind === 'send') bodies.set(sequence, [...(bodies.get(sequence) ?? []), body])
    const answer = (answer: Uint8Array | undefined): void => {
      answered[at]!++
      if (answer === undefined) return
      if (answer.length === 0 || answer.length > limits.rtmptAnswerBytes)
        throw new Error('an answer of no size')
      if (answer[0] === 0) {
        if (ends === 0 || answer.length > 1) throw new Error('the end before the end')
      } else if (!taken.has(sequence)) taken.set(sequence, answer.subarray(1))
      else if (!equalBytes(taken.get(sequence)!, answer.subarray(1))) throw new Error('another answer')
    }
    tunnel.request({ kind, sequence, body: kind === 'send' ? body : new Uint8Array(), answer })
  }
  for (let at = 0; at + 3 < bytes.length; at += 4) {
    const [code = 0, sequence = 0, length = 0, what = 0] = bytes.subarray(at, at + 4)
    if (what < 160) request(code, sequence % 16, bytes.slice(at, at + (length % 24)))
    else if (what < 200) {
      const part = bytes.slice(at, at + (length % 24))
      if (ends === 0) written.push(part)
      tunnel.write(part)
    } else if (what < 240) turn.end()
    else if (what < 252) time.advance(length * 4)
    else if (what < 254) tunnel.disconnected()
    else tunnel.end()
  }
  turn.end()
  tunnel.end()
  turn.end()
  if (ends !== 1) throw new Error('it ended another number of times')
  if (time.timers.size > 0) throw new Error('a timer is left')
  if (answered.some((times) => times !== 1)) throw new Error('a request was not answered once')
  checkReceived(received, bodies)
  const all = concat([...taken].sort(([a], [b]) => a - b).map(([, part]) => part))
  if (!equalBytes(all, concat([new Uint8Array(), ...written]).subarray(0, all.length)))
    throw new Error('the client got something else')
}

/** Each is one of the bodies that came with a number, in the order of the numbers. */
function checkReceived(
  received: readonly Uint8Array[],
  bodies: ReadonlyMap<number, readonly Uint8Array[]>,
): void {
  let sequence = 0
  for (const part of received) {
    while (sequence < 16 && !(bodies.get(sequence) ?? []).some((body) => equalBytes(body, part))) sequence++
    if (sequence++ >= 16) throw new Error('bytes that nobody sent, or out of order')
  }
}
