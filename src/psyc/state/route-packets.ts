/**
 * Multicast trees: what is said so that no node has to feed more than a few others [design 5]. C is the context, M the
 * root of its master; N, P and K are roots of other nodes. Each packet names its edge of the tree by a token, so that what
 * comes late does no harm.
 *
 * **A node and the master.** N asks to be fed: when it comes, when whoever feeds it fails, and to be sure that it is where
 * the master thinks it is (a new run began, it starves, its circuit to the master broke).
 *
 *   N → M   :_source N  :_target C  :_tag t
 *           :_amount_degree 8         nodes that N is willing to feed; 0: none. Left out: as many as the master does
 *           :_amount_children 2       that it feeds already
 *           :_uniform_parent P  :_token_route e    it is fed by P, by that edge, or
 *           :_uniform_failed P  :_token_route e    was, and P failed it (P is M where the master feeds it itself)
 *           :_token_run r  :_amount_casts n        has had cast n of that run: what followed is enough
 *           _request_context_enter
 *   M → N   :_source C  :_target N  :_tag_relay t   one of
 *           _echo_context_enter       `_token_route`: the master feeds it itself, from now on
 *           _status_context_route     `_uniform_parent` P, `_token_route` e, `_amount_depth` d: enter there. The master's
 *                                     own children have depth 1. P may be who feeds it already: then it stays
 *           _failure_context_enter_again   ask once more after `_time_wait` ms
 *           _failure_context_enter_full, _error_…   refused
 *   M → N   :_source C  :_target N
 *           _status_context_route     the same without `_tag_relay`: unasked, to make room. When P is M the node asks M
 *                                     once more, with that edge
 *   N → M   :_source N  :_target C    _request_context_leave   it is not in the tree any more
 *
 * **The master and a parent.** The parent is told before the child is.
 *
 *   M → P   :_source C  :_target P    _notice_context_child         `_uniform_child` K, `_token_route` e: it will come
 *   P → M   :_source P  :_target C    _notice_context_child_lost    the same two: its circuit broke
 *                                     _notice_context_child_left    it left, and was not sent elsewhere by the master
 *
 * **Places and objects.** Whoever enters is fed by the master, who tells all nodes when they are too many for it:
 *
 *   M → N   :_context C  :_target N   _notice_context_crowded      N asks to be fed, as above
 *
 * **A child and its parent**: from node to node, by the lane of the context.
 *
 *   K → P   :_source K  :_target P  :_tag t   _request_context_enter   `_uniform_context` C, `_token_route` e, and
 *                                     `_token_run`, `_amount_casts` as above
 *   P → K   :_source P  :_target K  :_tag_relay t  `_uniform_context` C
 *           _echo_context_enter       state, history and casts follow, as from the master
 *           _failure_context_enter    P was not told of that edge within 2 s, or is not fed itself; without `_tag_relay`: it
 *                                     feeds K no more
 *   K → P   :_source K  :_target P    _request_context_leave   `_uniform_context` C, `_token_route` e, and `_flag_moved` 1
 *                                     if the master sent it elsewhere
 *   P → K   :_context C               state and history with `_target` K, casts without: as they came, with their
 *                                     `_counter`. No `_tag`; without `_counter` only
 *           _status_context_run       with `_target` K, in place of the state: casts of `_token_run` follow those that K
 *                                     had; those of a stream that K has missed with `_target` K
 *           _notice_context_idle      nothing was cast for a second, all is well; `_amount_depth` of who sends it, 0: M.
 *                                     Passed on at once, one deeper. Of places and objects every second, with
 *                                     `_token_run` and `_amount_casts` of what P has sent: who has not come so far has
 *                                     lost something, but not in a stream; left out where P has a gap, or K is to get
 *                                     the state
 *           _notice_context_wait      nothing comes any more, be patient; `_amount_depth` counts how often it was passed on
 */
import { Packet } from '../wire/packet.js'
import type { Variables } from '../wire/packet.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import type { ContextPeer } from './context-node.js'

export const ENTER = '_request_context_enter'
export const LEAVE = '_request_context_leave'
export const ENTERED = '_echo_context_enter'
export const ROUTE = '_status_context_route'
export const CHILD = '_notice_context_child'
export const CHILD_LOST = '_notice_context_child_lost'
export const CHILD_LEFT = '_notice_context_child_left'
export const REFUSED = '_failure_context_enter'
export const AGAIN = '_failure_context_enter_again'
export const FULL = '_failure_context_enter_full'
export const IDLE = '_notice_context_idle'
export const WAIT = '_notice_context_wait'
export const CROWDED = '_notice_context_crowded'
export const RUN = '_status_context_run'

/** An edge of the tree as seen from its lower end. */
export interface Edge {
  /** `rootKey` of the node above. */
  readonly parentKey: string
  /** 16 hex digits. */
  readonly token: string
}

/** How far a node has come in a context. */
export interface Had {
  /** `_token_run`. */
  readonly run: string
  /** `_counter` of the last cast that it has had, or that its state holds. */
  readonly counter: number
}

/** What a node says of itself when it enters. */
export interface RouteRequest {
  /** That it is fed by. */
  readonly fedBy?: Edge | undefined
  /** That failed it. */
  readonly failed?: Edge | undefined
  /** Undefined: as many as the master feeds itself. */
  readonly degree?: number | undefined
  readonly children: number
}

/** Where to go, as the master says. */
export interface Route {
  readonly parent: Uniform
  readonly token: string
  /** 1 and more. */
  readonly depth: number
}

/** For the variables of `_request_context_enter`; roots are named by their keys, which are uniforms. */
export function requestVariables({ fedBy, failed, degree, children }: RouteRequest): Variables {
  return {
    _amount_degree: degree,
    _amount_children: children === 0 ? undefined : children,
    _uniform_parent: fedBy?.parentKey,
    _uniform_failed: failed?.parentKey,
    _token_route: (fedBy ?? failed)?.token,
  }
}

export function hadVariables(had: Had | undefined): Variables {
  return { _token_run: had?.run, _amount_casts: had?.counter }
}

export function readRun(packet: Packet): string | undefined {
  return tokenIn(packet, '_token_run')
}

export function readHad(packet: Packet): Had | undefined {
  const run = readRun(packet)
  const counter = amount(packet, '_amount_casts')
  return run === undefined || counter === undefined ? undefined : { run, counter }
}

/** Whether who enters asks to be fed by whom the master likes: it is in the context already [design 5]. */
export function isRouteRequest(packet: Packet): boolean {
  return packet.method === ENTER && packet.text('_amount_degree') !== undefined
}

/** Whether it asks a parent to feed the sender. When that parent is not reached, the master names another one. */
export function isChildRequest(packet: Packet): boolean {
  return packet.method === ENTER && packet.text('_uniform_context') !== undefined
}

export function readRequest(packet: Packet): RouteRequest {
  const token = tokenOf(packet)
  const edge = (name: string): Edge | undefined => {
    const parentKey = rootKeyOf(packet, name)
    return parentKey === undefined ? undefined : { parentKey, token: token ?? '' }
  }
  return {
    fedBy: edge('_uniform_parent'),
    failed: edge('_uniform_failed'),
    degree: amount(packet, '_amount_degree'),
    children: amount(packet, '_amount_children') ?? 0,
  }
}

/** Undefined when something is missing or no such thing. */
export function readRoute(packet: Packet): Route | undefined {
  const parent = uniformOf(packet.text('_uniform_parent'))
  const token = tokenOf(packet)
  if (parent?.kind !== 'root' || token === undefined) return undefined
  return { parent, token, depth: amount(packet, '_amount_depth') ?? 1 }
}

/** The child and the edge that a packet between master and parent is about. */
export function readChild(packet: Packet): { childKey: string; token: string } | undefined {
  const childKey = rootKeyOf(packet, '_uniform_child')
  const token = tokenOf(packet)
  return childKey === undefined || token === undefined ? undefined : { childKey, token }
}

export function childVariables(childKey: string, token: string): Variables {
  return { _uniform_child: childKey, _token_route: token }
}

export function tokenOf(packet: Packet): string | undefined {
  return tokenIn(packet, '_token_route')
}

function tokenIn(packet: Packet, name: string): string | undefined {
  const token = packet.text(name)
  return token !== undefined && /^[0-9a-f]{16}$/.test(token) ? token : undefined
}

/** Goes to the children of a node, to all the same. @param had what all have that have missed nothing */
export function pulse(context: string, method: typeof IDLE | typeof WAIT, depth: number, had?: Had): Packet {
  return Packet.of({ _context: context }, method, { _amount_depth: depth, ...hadVariables(had) })
}

/** Undefined for any other packet. */
export function pulseDepth(packet: Packet): number | undefined {
  if (packet.method !== IDLE && packet.method !== WAIT) return undefined
  return amount(packet, '_amount_depth') ?? 0
}

/** Whether the master itself speaks: in the name of the context, and it was not brought by somebody else. */
export function isOfMaster(packet: Packet, origin: ContextPeer, context: Uniform): boolean {
  const isItsCircuit = origin.rootKey === context.rootKey && origin.parentKey === undefined
  return isItsCircuit && uniformOf(packet.source)?.key === context.key
}

function rootKeyOf(packet: Packet, name: string): string | undefined {
  const uniform = uniformOf(packet.text(name))
  return uniform?.kind === 'root' && uniform.channel === '' ? uniform.key : undefined
}

function amount(packet: Packet, name: string): number | undefined {
  const value = packet.integer(name)
  return value === undefined || value < 0 ? undefined : value
}
