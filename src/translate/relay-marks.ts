/**
 * How relays of this kind find out that they go in a circle. A relay says in its connect which nodes the stream passes on
 * its way: `rtmpsyc: "pull 0f3a…,77b2…"`, the last of them itself. A node that finds itself in that list refuses the
 * connection. Servers of others ignore the property.
 *
 * A node has two names for this. The one for pulling is only told to servers that it pulls from: whoever knew it could
 * play a stream under that name and so stop the node from being pulled from. The one for pushing harms none but the
 * stream of who uses it, so relays that connect here are told it too: what they pull from us they shall not push to us.
 */
import { AmfObject } from '../amf/value.js'
import type { AmfValue } from '../amf/value.js'
import { toHex } from '../util/bytes.js'
import type { Access } from './access.js'

/** Of connect's command object, and of the information object that answers it. */
export const RELAY_PROPERTY = 'rtmpsyc'

export type RelayWay = 'pull' | 'push'

/** Nodes that a stream has passed (push) or will pass (pull), the farthest first. */
export type RelayRoute = readonly string[]

export interface RelayMark {
  readonly way: RelayWay
  readonly route: RelayRoute
}

const NAME_BYTES = 8
const mark = /^(pull|push) ([0-9a-f]{16}(?:,[0-9a-f]{16})*)$/
const nodeName = /^[0-9a-f]{16}$/
const MARK_LENGTH = 4_096 // ours: more than any way that makes sense
const HOPS_MOST = 8 // ours: a longer way is a circle through nodes that do not tell

/** What a relay said in its connect; undefined for any other client. */
export function relayMark(commandObject: AmfObject): RelayMark | undefined {
  const text = commandObject.get(RELAY_PROPERTY)
  if (typeof text !== 'string' || text.length > MARK_LENGTH) return undefined
  const [, way, nodes = ''] = mark.exec(text) ?? []
  return way === 'pull' || way === 'push' ? { way, route: nodes.split(',') } : undefined
}

/** The name of the node that answered our connect, when it is one of our kind. */
export function relayPeer(information: AmfValue): RelayRoute {
  const name = information instanceof AmfObject ? information.get(RELAY_PROPERTY) : undefined
  return typeof name === 'string' && nodeName.test(name) ? [name] : []
}

export interface StreamPlace {
  readonly app: string
  readonly instance: string
  readonly name: string
}

interface Note extends RelayMark {
  readonly key: string
}

export class RelayMarks {
  private readonly names: Readonly<Record<RelayWay, string>>
  /** By who plays or publishes the stream: one stream each, as relays do. */
  private readonly notes = new Map<object, Note>()

  constructor(randomBytes: (length: number) => Uint8Array) {
    this.names = { pull: toHex(randomBytes(NAME_BYTES)), push: toHex(randomBytes(NAME_BYTES)) }
  }

  /** What a relay of ours says in its connect. */
  text(way: RelayWay, stream: StreamPlace): string {
    const key = keyOf(stream)
    const route: string[] = []
    for (const note of this.notes.values())
      if (note.way === way && note.key === key) route.push(...note.route)
    return `${way} ${[...new Set([...route.slice(0, HOPS_MOST), this.names[way]])].join(',')}`
  }

  /** What we answer to one who came with a mark. */
  answer(commandObject: AmfObject): Readonly<Record<string, AmfValue>> {
    return relayMark(commandObject) === undefined ? {} : { [RELAY_PROPERTY]: this.names.push }
  }

  isCircle({ way, route }: RelayMark): boolean {
    return route.includes(this.names[way]) || route.length > HOPS_MOST
  }

  /** pull: `owner` plays the stream for those of `route`. push: it publishes the stream, which comes from there. */
  note(owner: object, stream: StreamPlace, { way, route }: RelayMark): void {
    this.notes.set(owner, { way, route, key: keyOf(stream) })
  }

  forget(owner: object): void {
    this.notes.delete(owner)
  }

  /**
   * `access`, and nobody whose way leads through this node already. Who plays or publishes with a mark is noted, with the
   * command object as owner: the connection's end has to forget it.
   */
  guard(access: Access): Access {
    return {
      decide: (wish, decided) => {
        const { commandObject } = wish.request
        const relay = relayMark(commandObject)
        if (relay !== undefined && wish.action === 'connect' && this.isCircle(relay)) {
          decided({ allowed: false, method: '_error_illegal_relay', message: CIRCLE })
          return
        }
        const isItsWay = wish.action === (relay?.way === 'pull' ? 'play' : 'publish')
        if (relay !== undefined && isItsWay) this.note(commandObject, wish, relay)
        access.decide(wish, decided)
      },
    }
  }
}

function keyOf({ app, instance, name }: StreamPlace): string {
  return JSON.stringify([app.toLowerCase(), instance.toLowerCase(), name])
}

const CIRCLE = 'The relay goes in a circle: the way of the stream leads through this server already.'
