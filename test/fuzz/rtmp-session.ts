/**
 * Invariant: whatever bytes follow a handshake, the server session throws nothing, fails by no error but its own families,
 * holds no more timers and output than its input explains, closes at most once, and is gone without a trace when the socket closes.
 */
import { GatewayError } from '../../src/util/errors.js'
import { limitsWith } from '../../src/util/limits.js'
import { ServerRig } from '../support/fake-rtmp-client.js'

const limits = limitsWith()
/** createStream, play, connect: what the longest answer weighs for each byte of the shortest question. */
const ANSWER_PER_BYTE = 100
const FIRST_ANSWER = 16_384

export function fuzz(bytes: Uint8Array): void {
  const rig = new ServerRig()
  const { session, handler, sink, time } = rig
  session.receive(new Uint8Array(1 + 1536).fill(3, 0, 1))
  session.receive(new Uint8Array(1536))
  sink.take()

  const middle = bytes.length >> 1
  session.receive(bytes.slice(0, middle))
  session.receive(bytes.slice(middle))
  for (const call of handler.calls) handler.connection.result(call, call.args[0])
  check(time.timers.size <= limits.pendingCalls + 4, 'too many timers')
  const sent = sink.take().length
  check(sent <= FIRST_ANSWER + ANSWER_PER_BYTE * bytes.length, `${sent} bytes sent for ${bytes.length}`)

  for (const error of sink.errors) if (!(error instanceof GatewayError)) throw error // a bug, caught on its way
  session.ended('lost')
  check(time.timers.size === 0, 'a timer is left')
  check(!handler.connection.isOpen, 'still open')
  check(sink.events.length === 1, `ended ${sink.events.length} times`)
  const count = (word: string): number =>
    handler.reports.filter((report) => report.split(' ')[1] === word).length
  check(handler.reports.filter((report) => report.startsWith('closed')).length === 1, 'not closed once')
  check(count('publish') === count('unpublish'), 'publish and unpublish differ')
  check(playsLeft(handler.reports).size === 0, 'a play without its stop')
}

/** A stream that plays may be told to play more; one stop ends it all. @returns the streams that still play */
function playsLeft(reports: readonly string[]): Set<string> {
  const playing = new Set<string>()
  for (const [stream = '', word] of reports.map((report) => report.split(' '))) {
    if (word === 'play') playing.add(stream)
    else if (word === 'stop') check(playing.delete(stream), 'a stop without a play')
  }
  return playing
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}
