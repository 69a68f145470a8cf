/** The relays of a node, with what they need of it; loaded only where the configuration has some. */
import type { Log } from '../../util/log.js'
import type { Timers } from '../../util/timers.js'
import type { Turn } from '../../util/turn.js'
import type { Config } from '../config-schema.js'
import { nodeCrypto } from '../crypto.js'
import type { ReadRests } from '../read-rests.js'
import type { World } from '../world.js'
import { Relays } from './relays.js'
import { readCa, tcpWires } from './wire.js'

export type { Relays } from './relays.js'

export interface RelayNode {
  readonly config: Config
  readonly world: World
  readonly timers: Timers
  readonly turn: Turn
  readonly log: Log
  readonly rests: ReadRests
  /** Whether a port of this machine is one of this node. */
  isOurs(port: number): boolean
}

/** @throws ConfigError CONFIG_FILE  a file of `tls.ca` cannot be read */
export function startRelays(node: RelayNode): Relays {
  const { config, world, timers, turn, log, rests } = node
  for (const { tls } of config.relay) if (tls.ca !== undefined) readCa(tls.ca)
  const relays = new Relays({
    entries: config.relay,
    hub: world.hub,
    root: world.node.root.text,
    marks: world.relayMarks,
    limits: config.limits,
    crypto: nodeCrypto,
    openWire: tcpWires(turn, log, rests, (port) => node.isOurs(port)),
    random: () => Math.random(), // when to try again is no secret
    ...{ timers, log },
  })
  relays.start()
  return relays
}
