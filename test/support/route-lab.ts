/**
 * One node's part in a multicast tree, without any other node: the test is all of them. What the node sends is noted in
 * short: "m: _request_context_enter failed=p edge=e1", where m is `psyc://m.example/` and e1 the first token.
 */
import type { CastReceiver, ContextPeer } from '../../src/psyc/state/context-node.js'
import type { Feed, RouteNode } from '../../src/psyc/state/route-node.js'
import { Packet, valueText } from '../../src/psyc/wire/packet.js'
import type { Routing, Variables } from '../../src/psyc/wire/packet.js'
import { parseUniform, uniformOf } from '../../src/psyc/wire/uniform.js'
import type { Uniform } from '../../src/psyc/wire/uniform.js'
import { limitsWith } from '../../src/util/limits.js'
import type { Limits } from '../../src/util/limits.js'
import { silentLog } from '../../src/util/log.js'
import { FakeTime } from './fake-clock.js'

type OnAnswer = (answer: Packet | undefined, origin: ContextPeer | undefined) => void

export const CONTEXT = 'psyc://m.example/@live#_stream_cam'

/** `p` → `psyc://p.example/`. */
export function rootOf(name: string): string {
  return `psyc://${name}.example/`
}

export function tokenOf(edge: string): string {
  return edge.slice(1).padStart(16, '0')
}

const variableNames: Readonly<Record<string, string>> = {
  _uniform_parent: 'parent',
  _uniform_failed: 'failed',
  _uniform_child: 'child',
  _token_route: 'edge',
  _amount_depth: 'depth',
  _amount_degree: 'degree',
  _amount_children: 'children',
  _flag_moved: 'moved',
  _time_wait: 'wait',
}

export class RouteLab implements RouteNode, Feed {
  readonly time = new FakeTime()
  readonly timers = this.time.timers
  readonly log = silentLog
  readonly root: Uniform
  readonly context = parseUniform(CONTEXT)
  readonly limits: Limits
  /** What was sent, in short, since the last look. */
  private readonly sent: string[] = []
  /** Whether hosts can be called; others are not decided until `decide`. */
  readonly callable = new Map<string, boolean>()
  parent: string | undefined
  private readonly receivers = new Set<CastReceiver>()
  private readonly undecided: [Uniform, (isReached: boolean) => void][] = []
  private readonly pending = new Map<string, OnAnswer>()
  private lastTag = ''
  private tokens = 0
  private tags = 0

  constructor(name: string, limits: Partial<Limits> = {}) {
    this.root = parseUniform(rootOf(name))
    this.limits = limitsWith(limits)
  }

  /** What was sent, who is fed from now on (`+k`) and who is not any more (`-k`), in order. */
  take(): string[] {
    return this.sent.splice(0)
  }

  wait(ms: number): void {
    this.time.advance(ms)
  }

  /** Somebody's circuit, with everything that our nodes understand. */
  origin(name: string, more: Partial<ContextPeer> = {}): ContextPeer {
    const rootKey = rootOf(name)
    return { rootKey, isLocal: false, understandsState: true, understandsRoute: true, syntax: '1.0', ...more }
  }

  /** To the context, of the root of `name`. */
  toContext(name: string, method: string, variables: Variables = {}): Packet {
    return Packet.of(
      { _source: rootOf(name), _target: CONTEXT, _tag: `t${++this.tags}` },
      method,
      longNames(variables),
    )
  }

  /** To our root, of the root of `name`. */
  toRoot(name: string, method: string, variables: Variables = {}): Packet {
    const routing = { _source: rootOf(name), _target: this.root.text, _tag: `t${++this.tags}` }
    return Packet.of(routing, method, { _uniform_context: CONTEXT, ...longNames(variables) })
  }

  /** To our root, of the context. */
  ofMaster(method: string, variables: Variables = {}): Packet {
    return Packet.of({ _source: CONTEXT, _target: this.root.text }, method, longNames(variables))
  }

  /** Answer what was asked last. */
  answer(method: string, variables: Variables = {}): void {
    const onAnswer = this.pending.get(this.lastTag)
    this.pending.delete(this.lastTag)
    onAnswer?.(Packet.of({ _tag_relay: this.lastTag }, method, longNames(variables)), undefined)
  }

  /** A cast, or what else is said in the context, over the circuit to `via`. */
  cast(via: string, method = '_data_flv', variables: Variables = {}, routing: Routing = {}): void {
    const packet = Packet.of({ _context: CONTEXT, ...routing }, method, longNames(variables))
    const parentKey = via === 'm' ? undefined : rootOf(via)
    for (const receiver of this.receivers) receiver.receive(packet, { ...this.origin('m'), parentKey })
  }

  decide(isReached: boolean): void {
    for (const [, done] of this.undecided.splice(0)) done(isReached)
  }

  // Feed

  begin(childKey: string): void {
    this.sent.push(`+${short(childKey)}`)
  }

  end(childKey: string): void {
    this.sent.push(`-${short(childKey)}`)
  }

  // RouteNode

  allowParent(_contextKey: string, parentKey: string | undefined): void {
    this.parent = parentKey === undefined ? undefined : short(parentKey)
  }

  reach(root: Uniform, done: (isReached: boolean) => void): void {
    const isReached = this.callable.get(short(root.text)) ?? this.callable.get('*')
    if (isReached === undefined) this.undecided.push([root, done])
    else done(isReached)
  }

  subscribe(_contextKey: string, receiver: CastReceiver): void {
    this.receivers.add(receiver)
  }

  unsubscribe(_contextKey: string, receiver: CastReceiver): void {
    this.receivers.delete(receiver)
  }

  send(packet: Packet): void {
    this.note(packet.target ?? '?', packet)
  }

  sendTo(memberKey: string, packet: Packet): void {
    this.note(memberKey, packet)
  }

  memberOrigin(): undefined {
    return undefined
  }

  request(
    routing: Routing,
    method: string,
    variables: Variables,
    timeoutMs: number,
    onAnswer: OnAnswer,
  ): void {
    const tag = `ours${++this.tags}`
    this.lastTag = tag
    const timer = this.timers.after(timeoutMs, () => {
      this.pending.delete(tag)
      onAnswer(undefined, undefined)
    })
    this.pending.set(tag, (...answer) => {
      timer.cancel()
      onAnswer(...answer)
    })
    this.send(Packet.of({ ...routing, _tag: tag }, method, variables))
  }

  token(): string {
    return tokenOf(`e${++this.tokens}`)
  }

  private note(to: string, { method, entity }: Packet): void {
    const told = entity
      .filter(({ name }) => variableNames[name] !== undefined)
      .map(({ name, value }) => `${variableNames[name]}=${shortValue(valueText(value))}`)
    this.sent.push([`${short(to)}:`, method, ...told].join(' '))
  }
}

function short(uniform: string): string {
  const { host, channel } = uniformOf(uniform) ?? { host: uniform, channel: '' }
  const name = host.replace('.example', '')
  return channel === '' ? name : `${name}#`
}

function shortValue(value: string): string {
  if (/^[0-9a-f]{16}$/.test(value)) return `e${value.replace(/^0+/, '')}`
  return value.startsWith('psyc:') ? short(value) : value
}

/** `{ parent: 'p', edge: 'e1' }` as variables of a packet. */
function longNames(variables: Variables): Variables {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => {
      const long = Object.keys(variableNames).find((key) => variableNames[key] === name) ?? name
      if (long.startsWith('_uniform') && typeof value === 'string' && !value.includes(':'))
        return [long, rootOf(value)]
      return [long, long === '_token_route' && typeof value === 'string' ? tokenOf(value) : value]
    }),
  )
}
