/** The other ways into a PSYC server: the syntax that was not spoken, TLS at connect and within a circuit [psyc.md 2.11–2.13]. */
import type { Socket } from 'node:net'
import { Writable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { legacy, modern } from '../psyc/session/syntax.js'
import type { Syntax } from '../psyc/session/syntax.js'
import { ClientCircuit } from './client-circuit.js'
import { describeTls, distrustOf, openSocket, secure } from './probe-connection.js'
import { ProbeFailure, Report } from './probe-report.js'
import type { Told } from './probe-report.js'
import type { PsycTarget } from './probe-url.js'

export interface Ways {
  readonly report: Report
  readonly target: PsycTarget
  readonly addresses: readonly string[]
  /** For each step. */
  readonly timeoutMs: number
  /** What the conversation was in. */
  readonly spoken: Syntax
}

/** What is not there is no failure: a server needs one way only. */
export async function probeElsewise(ways: Ways): Promise<void> {
  const { report, target, spoken } = ways
  const is10 = spoken === modern
  let offersTls = false
  if (is10) offersTls = (await tell(ways, 'PSYC 0.9', () => speakLegacy(ways))) ?? false
  if (target.isEncrypted) return
  await tell(ways, 'TLS', () => tlsAtConnect(ways))
  if (!is10 || offersTls) await tell(ways, '_encrypt', () => tlsInBand(ways))
  else report.note('_encrypt', 'not offered: no TLS within a circuit')
}

/** What was found, and what else is to be known of it. */
interface Found<T> {
  readonly told: Told
  readonly result: T
}

async function tell<T>(ways: Ways, name: string, look: () => Promise<Found<T>>): Promise<T | undefined> {
  const found = await ways.report.attempt(
    name,
    look,
    ({ told }) => told,
    ({ message }) => `no: ${message}`,
  )
  return found?.result
}

/** @returns whether `_encrypt` is offered */
async function speakLegacy(ways: Ways): Promise<Found<boolean>> {
  const circuit = new ClientCircuit(await open(ways), legacy, ways.timeoutMs)
  try {
    await greetFully(circuit, ways.timeoutMs)
    const modules = [...circuit.modules]
    const told = `spoken too, modules ${modules.length === 0 ? 'none offered' : modules.join(' ')}`
    return { told, result: circuit.modules.has('_encrypt') }
  } finally {
    circuit.dispose()
  }
}

async function tlsAtConnect(ways: Ways): Promise<Found<void>> {
  const { target, timeoutMs } = ways
  const tls = await secure(await open(ways), target.host, timeoutMs)
  const told = factsOf(tls, target.host, `from the first byte, on port ${target.port}`)
  tls.destroy()
  return { told, result: undefined }
}

async function tlsInBand(ways: Ways): Promise<Found<void>> {
  const { target, timeoutMs } = ways
  const socket = await open(ways)
  const circuit = new ClientCircuit(socket, legacy, timeoutMs)
  try {
    await greetFully(circuit, timeoutMs)
    if (!circuit.modules.has('_encrypt')) throw new ProbeFailure('not offered')
    const tls = await secure(await circuit.leaveForTls(), target.host, timeoutMs)
    const told = factsOf(tls, target.host, 'within a circuit of 0.9')
    tls.destroy()
    return { told, result: undefined }
  } finally {
    circuit.dispose()
  }
}

/** The modules follow the greeting, in a packet of their own; what comes of an answer is behind both. */
async function greetFully(circuit: ClientCircuit, timeoutMs: number): Promise<void> {
  const greeting = await circuit.greet(timeoutMs)
  if (greeting?.source === undefined) return
  await circuit.ask(greeting.source, '_request_ping', '_echo_ping').catch(() => undefined)
}

function factsOf(tls: TLSSocket, host: string, where: string): Told {
  const [kind, ...facts] = describeTls(tls)
  const distrust = distrustOf(tls, host)
  return [`${kind}, ${where}`, ...facts, ...(distrust === undefined ? [] : [distrust])]
}

/** A further plain connection, of which nothing is said. */
function open({ target, addresses, timeoutMs }: Ways): Promise<Socket> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  return openSocket(new Report(nowhere, () => 0), target, addresses, timeoutMs)
}
