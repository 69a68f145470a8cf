/** A gateway's own room, and two users of a psyced who have come in. */
import type { ConfigSource } from '../../src/server/config.js'
import { TestNetwork } from './network.js'
import { PsycedGuest } from './psyced-guest.js'
import type { DoubleUser } from './psyced-double-user.js'
import type { TestWorld } from './world.js'
import type { WorldFlash } from './world-flash.js'

export const ROOM = 'psyc://gw.example/@chat'

export interface Visit {
  readonly network: TestNetwork
  readonly psyced: PsycedGuest
  readonly gw: TestWorld
  readonly ann: WorldFlash
  readonly toni: DoubleUser
  readonly tess: DoubleUser
}

/** Ann is at home; Toni and Tess of one psyced have come in. */
export function visit(config: ConfigSource = {}): Visit {
  const network = new TestNetwork()
  const psyced = new PsycedGuest(network)
  const gw = network.add('gw.example', { config })
  const ann = gw.flash({ app: 'chat', args: ['Ann'] })
  ann.call('members')
  const [toni, tess] = ['toni', 'tess'].map((nick) => psyced.double.user(nick))
  if (toni === undefined || tess === undefined) throw new Error('nobody')
  for (const user of [toni, tess]) {
    user.join(ROOM)
    network.settle()
  }
  return { network, psyced, gw, ann, toni, tess }
}
