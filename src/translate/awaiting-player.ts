/**
 * Other nodes wait for a stream that nobody publishes here yet: for the hub somebody plays it, so that a relay that
 * fetches it on demand does so. It gets what others get, and does nothing with it.
 */
import type { Player } from '../media/player.js'
import { TagForm } from './flv-packets.js'

const nothing = (): void => undefined

export class AwaitingPlayer implements Player {
  readonly form = new TagForm()
  readonly outstandingBytes = 0
  readonly write = nothing
  readonly published = nothing
  readonly unpublished = nothing
  readonly overrun = nothing
}
