/** From a uniform to a context that is followed: connect, greet, enter; and out again in order. */
import { Writable } from 'node:stream'
import { legacy, modern } from '../psyc/session/syntax.js'
import type { Syntax } from '../psyc/session/syntax.js'
import type { Packet } from '../psyc/wire/packet.js'
import { parseUniform, uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { ClientCircuit } from './client-circuit.js'
import { tooLate } from './probe-advice.js'
import { openSocket, resolveHost, within } from './probe-connection.js'
import { ProbeFailure, Report } from './probe-report.js'
import type { PsycTarget } from './probe-url.js'
import { ContextFollower } from './watch-follower.js'
import type { WatchView } from './watch-view.js'

export interface WatchOptions {
  /** For each step until we are in. */
  readonly timeoutMs: number
  /** Aborted when the user has seen enough. */
  readonly stop: AbortSignal
}

/** A peer that says nothing in answer to 1.0 for so long is spoken to in 0.9 [design 3]. */
const PATIENCE_MS = 5_000
const LEAVE_GRACE_MS = 1_000
const TICK_MS = 1_000

/**
 * Resolves when the user has seen enough.
 * @throws ProbeFailure  why there is nothing to see, or no more
 */
export async function watchContext(
  target: PsycTarget,
  view: WatchView,
  { timeoutMs, stop }: WatchOptions,
): Promise<void> {
  const circuit = await connect(target, view, timeoutMs)
  const context = parseUniform(circuit.root + target.uniform.resource + channelOf(target.uniform))
  const follower = new ContextFollower(circuit.circuit, context, view)
  const ticking = setInterval(() => follower.tick(), TICK_MS)
  try {
    await follow(circuit.circuit, follower, timeoutMs, aborted(stop))
    follower.tick()
    follower.leave()
    view.left()
    await circuit.circuit.shutDown(LEAVE_GRACE_MS)
  } finally {
    clearInterval(ticking)
    circuit.circuit.dispose()
  }
}

async function follow(
  circuit: ClientCircuit,
  follower: ContextFollower,
  timeoutMs: number,
  isEnough: Promise<void>,
): Promise<void> {
  circuit.startKeepAlive()
  follower.enter()
  const silent = (): ProbeFailure =>
    tooLate('_request_context_enter', timeoutMs, 'the server greets and does not answer: is it busy?')
  const entered = within(timeoutMs, silent, Promise.race([follower.entered, circuit.over]))
  await Promise.race([entered.then(() => Promise.race([follower.out, circuit.over])), isEnough])
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

interface Connected {
  readonly circuit: ClientCircuit
  /** "psyc://gw.example/": the server's own name, since it relays for no other. */
  readonly root: string
}

async function connect(target: PsycTarget, view: WatchView, timeoutMs: number): Promise<Connected> {
  const report = new Report(nowhere(), () => 0)
  const addresses = await resolveHost(report, target.host, timeoutMs)
  const open = async (syntax: Syntax): Promise<ClientCircuit> =>
    new ClientCircuit(await openSocket(report, target, addresses, timeoutMs), syntax, timeoutMs)
  const patienceMs = Math.min(PATIENCE_MS, timeoutMs)
  const { circuit, greeting } = await greet(open, patienceMs)
  const own = uniformOf(greeting?.source)
  const root = own?.rootKey ?? target.uniform.rootKey
  view.connected({
    root,
    version: circuit.syntax.version,
    implementation: greeting?.text('_implementation') ?? '',
    location: greeting?.text('_target_peer') ?? greeting?.target ?? '',
  })
  if (report.hasFailed) view.note(`the certificate of ${target.host} proves nothing: rtmpsyc probe says why`)
  return { circuit, root }
}

interface Greeted {
  readonly circuit: ClientCircuit
  readonly greeting: Packet | undefined
}

/** 1.0, and 0.9 on a new connection where that comes to nothing. */
async function greet(open: (syntax: Syntax) => Promise<ClientCircuit>, patienceMs: number): Promise<Greeted> {
  const first = await open(modern)
  try {
    return { circuit: first, greeting: await first.greet(patienceMs) }
  } catch (error) {
    first.dispose()
    if (!(error instanceof ProbeFailure)) throw error
  }
  const second = await open(legacy)
  try {
    return { circuit: second, greeting: await second.greet(patienceMs) }
  } catch (error) {
    second.dispose()
    throw error
  }
}

function channelOf({ channel }: Uniform): string {
  return channel === '' ? '' : `#${channel}`
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}
