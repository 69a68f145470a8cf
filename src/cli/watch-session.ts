/**
 * From a uniform to a context that is followed: connect, greet, enter; and out again in order. Who has been in comes back
 * when the line is lost: a server that starts again, or a way to it that breaks, is no reason to end.
 */
import { performance } from 'node:perf_hooks'
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
import { Exclusion } from './watch-advice.js'
import { ContextFollower } from './watch-follower.js'
import { WatchRetry } from './watch-retry.js'
import type { Pause } from './watch-retry.js'
import type { WatchView } from './watch-view.js'

export interface WatchOptions {
  /** For each step until we are in. */
  readonly timeoutMs: number
  /** Aborted when the user has seen enough. */
  readonly stop: AbortSignal
  /** Between two attempts. */
  readonly pause: Pause
  /** Told why we are out, or do not get in again, once a reason. We try again. */
  readonly away: (reason: ProbeFailure) => void
}

/** A peer that says nothing in answer to 1.0 for so long is spoken to in 0.9 [design 3]. */
const PATIENCE_MS = 5_000
const LEAVE_GRACE_MS = 1_000
const TICK_MS = 1_000

/** Why we are not in. */
interface Loss {
  readonly reason: ProbeFailure
  /** How long we were; 0 when we did not get in. */
  readonly stoodMs: number
}

/**
 * Resolves when the user has seen enough.
 * @throws ProbeFailure  why there is nothing to see, or why we may see no more
 */
export async function watchContext(
  target: PsycTarget,
  view: WatchView,
  options: WatchOptions,
): Promise<void> {
  const { stop, pause, away } = options
  const retry = new WatchRetry()
  let told = ''
  const comeBack = async ({ reason, stoodMs }: Loss): Promise<Loss | undefined> => {
    if (stoodMs > 0) view.lost(reason.message)
    if (stoodMs > 0 || reason.message !== told) away(reason)
    told = reason.message
    await pause(retry.wait(stoodMs), stop)
    const failed = (error: unknown): Loss | undefined => (stop.aborted ? undefined : asLoss(error))
    return stop.aborted ? undefined : visit(target, view, options).catch(failed)
  }
  try {
    let loss = await visit(target, view, options)
    while (loss !== undefined) loss = await comeBack(loss)
  } catch (error) {
    if (!stop.aborted) throw error
  }
}

/** What kept us from coming back, if that may change. */
function asLoss(error: unknown): Loss {
  if (error instanceof Exclusion) throw error
  return { reason: asFailure(error), stoodMs: 0 }
}

function asFailure(error: unknown): ProbeFailure {
  if (error instanceof ProbeFailure) return error
  throw error
}

/**
 * One line to the server, from its beginning to its end.
 * @returns undefined when the user has seen enough
 * @throws ProbeFailure  we did not get in, or were put out
 */
async function visit(
  target: PsycTarget,
  view: WatchView,
  { timeoutMs, stop }: WatchOptions,
): Promise<Loss | undefined> {
  const { circuit, root } = await connect(target, view, timeoutMs, stop)
  const context = parseUniform(root + target.uniform.resource + channelOf(target.uniform))
  const follower = new ContextFollower(circuit, context, view)
  const ticking = setInterval(() => follower.tick(), TICK_MS)
  const isEnough = aborted(stop)
  try {
    const loss = await follow(circuit, follower, timeoutMs, isEnough.promise)
    follower.tick()
    if (loss !== undefined) return loss
    follower.leave()
    view.left()
    await circuit.shutDown(LEAVE_GRACE_MS)
    return undefined
  } finally {
    isEnough.forget()
    clearInterval(ticking)
    circuit.dispose()
  }
}

/** @returns undefined when the user has seen enough */
async function follow(
  circuit: ClientCircuit,
  follower: ContextFollower,
  timeoutMs: number,
  isEnough: Promise<undefined>,
): Promise<Loss | undefined> {
  circuit.startKeepAlive()
  follower.enter()
  const silent = (): ProbeFailure =>
    tooLate('_request_context_enter', timeoutMs, 'the server greets and does not answer: is it busy?')
  const entering = within(timeoutMs, silent, Promise.race([follower.entered, circuit.over]))
  const enteredMs = await Promise.race([entering.then(() => performance.now()), isEnough])
  if (enteredMs === undefined) return undefined
  const lost = circuit.over.catch(asFailure)
  const reason = await Promise.race([lost, follower.out, isEnough])
  return reason && { reason, stoodMs: Math.max(1, performance.now() - enteredMs) }
}

interface Aborted {
  readonly promise: Promise<undefined>
  /** It is not waited for any more. */
  forget(): void
}

function aborted(signal: AbortSignal): Aborted {
  let abort = (): void => undefined
  const promise = new Promise<undefined>((resolve) => (abort = () => resolve(undefined)))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort)
  return { promise, forget: () => signal.removeEventListener('abort', abort) }
}

interface Connected {
  readonly circuit: ClientCircuit
  /** "psyc://gw.example/": the server's own name, since it relays for no other. */
  readonly root: string
}

async function connect(
  target: PsycTarget,
  view: WatchView,
  timeoutMs: number,
  stop: AbortSignal,
): Promise<Connected> {
  const report = new Report(nowhere(), () => 0)
  const { circuit, greeting } = await stoppable(stop, async (signal) => {
    const addresses = await resolveHost(report, target.host, timeoutMs)
    const open = async (syntax: Syntax): Promise<ClientCircuit> =>
      new ClientCircuit(await openSocket(report, target, addresses, timeoutMs, signal), syntax, timeoutMs)
    return greet(open, Math.min(PATIENCE_MS, timeoutMs))
  })
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

/** `stop` breaks what is opened, but only until it stands: a circuit that we use is left in order. */
async function stoppable<T>(stop: AbortSignal, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const opening = new AbortController()
  const abort = (): void => opening.abort()
  stop.addEventListener('abort', abort)
  try {
    return await run(opening.signal)
  } finally {
    stop.removeEventListener('abort', abort)
  }
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
