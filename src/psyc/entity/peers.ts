/**
 * The open circuits of a node, by the name that reaches their far end.
 *
 * Any circuit to a node may carry any packet, whoever called [psyced.md 3.2]; which one is taken decides about order. When
 * both nodes have called each other at the same time, each stays with the circuit that it has used first; both are kept,
 * since either side may have sent on its own before it knew of the other. When a peer calls again later, it has lost the
 * old one, or else it is psyced, which calls as it likes: the latest is taken.
 */
import type { Circuit } from '../session/circuit.js'
import type { Lane } from '../session/lane.js'

const SIMULTANEOUS_MS = 10_000 // ours: two calls within it crossed each other

/** Names by which nobody can be reached any more. */
export interface Unreachable {
  /** A client. */
  readonly location: string | undefined
  /** A node, for talk. */
  readonly root: string | undefined
  /** Of a client or a node, for streams. */
  readonly streams: string | undefined
}

export class Peers {
  private readonly clients = new Map<string, Circuit>()
  private readonly nodes = new Map<string, Circuit[]>()

  /**
   * The circuit of an accepted connection, by its negative port; of another node, one of that lane that can send.
   * @param asChild of a stream, rather than as its feeder: each has the lane that the child has dialled
   */
  circuit(rootKey: string, lane: Lane = 'talk', asChild = false): Circuit | undefined {
    const open = this.nodes.get(rootKey)?.filter(({ isOpen }) => isOpen)
    const node = open && (lane === 'talk' ? forTalk(open) : forStreams(open, asChild))
    if (node !== undefined) return node
    const client = this.clients.get(rootKey)
    return client?.isOpen === true ? client : undefined
  }

  /** One of any lane. */
  anyCircuit(rootKey: string): Circuit | undefined {
    return this.circuit(rootKey) ?? this.circuit(rootKey, 'stream')
  }

  /** Whether one of its circuits was opened by us: others can call it too. */
  isCalled(rootKey: string): boolean {
    return this.nodes.get(rootKey)?.some(({ isOpen, isOurs }) => isOpen && isOurs) === true
  }

  /** The one that we have called to see whether that can be done. */
  spare(rootKey: string): Circuit | undefined {
    return this.nodes.get(rootKey)?.find(({ lane, isOurs }) => lane === 'spare' && isOurs)
  }

  get all(): readonly Circuit[] {
    return [...new Set([...this.clients.values(), ...[...this.nodes.values()].flat()])]
  }

  addLocation(circuit: Circuit): void {
    this.clients.set(circuit.location.rootKey, circuit)
  }

  /** @returns whether it is the first circuit to that node by which one can talk */
  addRoot(circuit: Circuit): boolean {
    const rootKey = circuit.root?.rootKey
    if (rootKey === undefined) return false
    const known = this.nodes.get(rootKey) ?? []
    const isFirst = !known.some(isForTalk) && isForTalk(circuit)
    if (!known.includes(circuit)) this.nodes.set(rootKey, [...known, circuit])
    return isFirst && !known.includes(circuit)
  }

  remove(circuit: Circuit): Unreachable {
    const location = circuit.location.rootKey
    const hadLocation = this.clients.get(location) === circuit && this.clients.delete(location)
    return { location: hadLocation ? location : undefined, ...this.removeRoot(circuit) }
  }

  private removeRoot(circuit: Circuit): Pick<Unreachable, 'root' | 'streams'> {
    const root = circuit.root?.rootKey
    const known = this.nodes.get(root ?? '')
    if (root === undefined || known?.includes(circuit) !== true)
      return { root: undefined, streams: undefined }
    const left = known.filter((other) => other !== circuit)
    if (left.length > 0) this.nodes.set(root, left)
    else this.nodes.delete(root)
    return {
      root: isForTalk(circuit) && !left.some(isForTalk) ? root : undefined,
      streams: circuit.carriesStreams && forStreams(left) === undefined ? root : undefined,
    }
  }
}

function isForTalk({ lane }: Circuit): boolean {
  return lane === 'talk'
}

/** Rather one without streams. */
function forTalk(open: readonly Circuit[]): Circuit | undefined {
  const lane = open.filter(isForTalk)
  const quiet = lane.filter(({ carriesStreams }) => !carriesStreams)
  return (quiet.length > 0 ? quiet : lane).reduce<Circuit | undefined>(preferred, undefined)
}

function preferred(current: Circuit | undefined, later: Circuit): Circuit {
  if (current === undefined || current.isOurs === later.isOurs) return later
  return later.openedAt - current.openedAt > SIMULTANEOUS_MS ? later : current
}

/** Rather one for streams alone, and that the child has dialled; 0.9 knows no lanes. */
function forStreams(open: readonly Circuit[], asChild = false): Circuit | undefined {
  const able = open.filter(({ carriesStreams, version }) => carriesStreams || version === '0.9')
  const lanes = able.filter(({ lane }) => lane === 'stream')
  return lanes.findLast(({ isOurs }) => isOurs === asChild) ?? lanes.at(-1) ?? able.at(-1)
}
