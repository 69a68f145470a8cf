/**
 * Invariant: any bytes into an accepted circuit, in pieces or whole, before and after a greeting, end in answers, a
 * refusal or silence; nothing throws, no entity fails, output and held memory stay bounded, and no timer is left.
 */
import { PsycLab } from '../support/psyc-lab.js'

const MAX_ANSWER = 64 // bytes out for a byte in, besides the greeting

export function fuzz(bytes: Uint8Array): void {
  for (const greeting of ['', '|\n', '.\n']) feed(greeting, bytes)
}

function feed(greeting: string, bytes: Uint8Array): void {
  const lab = new PsycLab({ hosts: { 'a.example': ['10.1.2.3'] }, limits: { persons: 8 } })
  lab.entity('@place')
  lab.store.save('carol', { displayName: 'Carol', password: 'secret' })
  const peer = lab.connect()
  if (greeting !== '') peer.send(greeting)
  const half = bytes.length >> 1
  for (const part of [bytes.subarray(0, half), bytes.subarray(half)]) {
    peer.circuit.receive(part)
    lab.settle()
  }
  lab.wait(1_000)
  const out = peer.take().length
  if (out > 4_096 + MAX_ANSWER * bytes.length) throw new Error(`${bytes.length} bytes in, ${out} out`)
  peer.close()
  lab.wait(200_000)
  if (lab.registry.size > 0) throw new Error('a person outlived its circuit')
  if (lab.time.timers.size > 0) throw new Error(`${lab.time.timers.size} timers are left`)
  const failure = lab.logged.find(({ level }) => level === 'error')
  if (failure !== undefined) throw new Error(failure.message, { cause: failure.fields['error'] })
}
