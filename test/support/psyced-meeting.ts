/** A gateway, a psyced, and people of both in one room. */
import { TestNetwork } from './network.js'
import type { DoubleUser } from './psyced-double-user.js'
import { PsycedGuest } from './psyced-guest.js'
import type { TestWorld } from './world.js'
import type { WorldFlash } from './world-flash.js'

/** The configuration of a bridged app. */
export const BRIDGED = { place: 'psyc://psyced.example/@{instance}' }

export interface Setting {
  readonly network: TestNetwork
  readonly psyced: PsycedGuest
  readonly gw: TestWorld
}

/** A gateway that bridges its app to a psyced. */
export function setting(config = {}): Setting {
  const network = new TestNetwork()
  const psyced = new PsycedGuest(network)
  const gw = network.add('gw.example', { config: { apps: { chat: BRIDGED }, ...config } })
  return { network, psyced, gw }
}

export interface Meeting extends Setting {
  readonly ann: WorldFlash
  /** At a telnet prompt of psyced. */
  readonly toni: DoubleUser
}

/** Ann by Flash and Toni by telnet, both in the room, all news read. */
export function meeting(): Meeting {
  const made = setting()
  const toni = made.psyced.double.user('toni')
  toni.join('lobby')
  const ann = made.gw.flash({ args: ['Ann'] })
  ann.take()
  toni.take()
  return { ...made, ann, toni }
}
