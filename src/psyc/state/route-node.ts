/** What both ends of a multicast tree need of the node they live on, and of whoever has the stream. */
import type { Uniform } from '../wire/uniform.js'
import type { ContextNode } from './context-node.js'
import type { Had } from './route-packets.js'

export interface RouteNode extends ContextNode {
  /**
   * From now on packets with that foreign `_context` are accepted from its master's circuits and from those of the node
   * `parentKey` (a `rootKey`), which its master has named [design 5]; their origin tells which of them it was. What a
   * former parent still sends is dropped.
   * @param contextKey `key` of the context
   * @param parentKey undefined: from the master alone, as before
   */
  allowParent(contextKey: string, parentKey: string | undefined): void
  /**
   * Find out whether others can call that node: whether we can. `done` may be called at once or later, once.
   */
  reach(root: Uniform, done: (isReached: boolean) => void): void
}

/** Whoever has the context's packets, and sends them to those who are to be fed. */
export interface Feed {
  /**
   * The full state, history and from then on all casts go to that node. It may be fed already: it begins anew.
   * @param childKey what `sendTo` takes
   * @param target for `_target` of state and history
   * @param had what it says to have had, if it does
   */
  begin(childKey: string, target: string, had?: Had): void
  end(childKey: string): void
  /** A state for that node is due, and casts are left out until then. */
  isBehind?(childKey: string): boolean
  /** The master has sent that node to another one, whether it was fed here or not. */
  elsewhere?(childKey: string): void
}

/** One context of a node that hears what concerns its tree. */
export interface RouteEnd {
  readonly context: Uniform
  /** Whether that node is in the tree next to us, or is told by us where it is fed. */
  concerns(rootKey: string): boolean
  /** All circuits to that node by which the context is carried ended. */
  lost(rootKey: string): void
}
