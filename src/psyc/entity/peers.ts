/** The open circuits of a node, by the name that reaches their far end. */
import type { Circuit } from '../session/circuit.js'

export class Peers {
  private readonly clients = new Map<string, Circuit>()
  private readonly nodes = new Map<string, Circuit[]>()

  /** The circuit of an accepted connection, by its negative port; of another node the latest that can send. */
  circuit(rootKey: string): Circuit | undefined {
    const node = this.nodes.get(rootKey)?.findLast(({ isOpen }) => isOpen)
    if (node !== undefined) return node
    const client = this.clients.get(rootKey)
    return client?.isOpen === true ? client : undefined
  }

  get all(): readonly Circuit[] {
    return [...new Set([...this.clients.values(), ...[...this.nodes.values()].flat()])]
  }

  addLocation(circuit: Circuit): void {
    this.clients.set(circuit.location.rootKey, circuit)
  }

  /** @returns whether it is the first circuit to that node */
  addRoot(circuit: Circuit): boolean {
    const rootKey = circuit.root?.rootKey
    if (rootKey === undefined) return false
    const known = this.nodes.get(rootKey)
    if (known === undefined) this.nodes.set(rootKey, [circuit])
    else if (!known.includes(circuit)) known.push(circuit)
    return known === undefined
  }

  /** @returns the names by which nobody can be reached any more */
  remove(circuit: Circuit): { location: string | undefined; root: string | undefined } {
    const location = circuit.location.rootKey
    const hadLocation = this.clients.get(location) === circuit && this.clients.delete(location)
    const root = circuit.root?.rootKey
    const left = this.nodes.get(root ?? '')?.filter((other) => other !== circuit)
    if (root === undefined || left === undefined) {
      return { location: hadLocation ? location : undefined, root: undefined }
    }
    if (left.length > 0) this.nodes.set(root, left)
    else this.nodes.delete(root)
    return { location: hadLocation ? location : undefined, root: left.length > 0 ? undefined : root }
  }
}
