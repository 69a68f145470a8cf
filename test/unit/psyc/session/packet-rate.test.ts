/** More packets than the limit are read more slowly, and none is lost. */
import { PsycLab } from '../../../support/psyc-lab.js'
import type { LabPeer } from '../../../support/psyc-lab.js'

const ping = ':_tag␉1\n\n_request_ping\n|\n'
const root = ':_source␉psyc://far.example/\n\n_notice_circuit_established\n|\n'
const hosts = { 'far.example': ['10.1.2.3'] }

/** What is answered at once, and within each of the next tenths of a second. */
function answered(lab: PsycLab, peer: LabPeer, tenths: number): number[] {
  const counts = [peer.takeMethods().length]
  for (let at = 0; at < tenths; at++) {
    lab.wait(100)
    counts.push(peer.takeMethods().length)
  }
  return counts
}

test.each([
  ['psycPacketsPerSecond: a client', { psycPacketsPerSecond: 20 }, ''],
  ['psycNodePacketsPerSecond: a node', { psycNodePacketsPerSecond: 20, psycPacketsPerSecond: 20 }, root],
])('%s has one second worth at once, then goes on steadily', (_who, limits, greeting) => {
  const lab = new PsycLab({ limits, hosts })
  const peer = lab.modern()
  peer.send(greeting)
  peer.take()
  lab.wait(2_000)
  peer.send(ping.repeat(26))
  expect(answered(lab, peer, 4)).toEqual([20, 2, 2, 2, 0])
  expect([peer.isPaused, peer.state]).toEqual([false, 'open'])
})

test('it is not read while its packets wait, and read on when none is left', () => {
  const lab = new PsycLab({ limits: { psycPacketsPerSecond: 20 } })
  const peer = lab.modern()
  lab.wait(2_000)
  peer.send(ping.repeat(24))
  const pauses = [peer.isPaused]
  for (let at = 0; at < 3; at++) {
    lab.wait(100)
    pauses.push(peer.isPaused)
  }
  expect(pauses).toEqual([true, true, true, false])
})

test('what it sends all the same, since its transport cannot wait, has an end: psycQueueBytes', () => {
  const lab = new PsycLab({ limits: { psycPacketsPerSecond: 20, psycQueueBytes: 1_000 } })
  const peer = lab.modern()
  for (let at = 0; at < 200; at++) peer.send(ping)
  expect(peer.state).toBe('aborted')
})

test('a node may send more than a client', () => {
  const lab = new PsycLab({ limits: { psycPacketsPerSecond: 20, psycNodePacketsPerSecond: 100 }, hosts })
  const peer = lab.modern()
  peer.send(root)
  peer.take()
  lab.wait(2_000)
  peer.send(ping.repeat(100))
  expect(answered(lab, peer, 1)).toEqual([100, 0])
})
