/**
 * In how many places each of the other nodes, and each client's circuit, is at a time: nobody fills this node with
 * places and shuts the others out [design 7].
 */
import type { Limits } from '../../util/limits.js'
import { uniformOf } from '../wire/uniform.js'

export class RouteQuota {
  private readonly places = new Map<string, number>()

  constructor(private readonly limits: Limits) {}

  /** @param routeKey `rootKey` of a node or of the far end of a client's circuit */
  isFull(routeKey: string): boolean {
    const { placesPerNode, placesPerPerson } = this.limits
    const isClient = (uniformOf(routeKey)?.port ?? 0) < 0
    return (this.places.get(routeKey) ?? 0) >= (isClient ? placesPerPerson : placesPerNode)
  }

  /** Routes of local persons are not counted. */
  opened(routeKey: string): void {
    if (uniformOf(routeKey)?.kind !== 'root') return
    this.places.set(routeKey, (this.places.get(routeKey) ?? 0) + 1)
  }

  closed(routeKey: string): void {
    const left = (this.places.get(routeKey) ?? 1) - 1
    if (left > 0) this.places.set(routeKey, left)
    else this.places.delete(routeKey)
  }
}
