/** The node itself as an entity, `psyc://gw.example/`: what anybody may ask of it, as a table [psyc.md 7]. */
import { Packet } from '../wire/packet.js'
import type { Variables } from '../wire/packet.js'
import { inherits } from '../wire/keyword.js'
import { PsycList } from '../wire/list.js'
import type { Uniform } from '../wire/uniform.js'
import { deservesError } from './failure.js'
import type { Entity, Origin, PsycNode } from './node.js'

/** What the root tells about its node. */
export interface RootFacts {
  /** Name and version of the program. */
  readonly implementation: string
  /** Number of persons here now. */
  persons(): number
  /** Places that anybody may know of. */
  places(): readonly { readonly uniform: string; readonly topic?: string | undefined }[]
}

type Request = (root: RootEntity, packet: Packet) => void

const requests: readonly (readonly [string, Request])[] = [
  ['_request_version', version],
  ['_request_ping', (root, packet) => root.answer(packet, '_echo_ping')],
  ['_request_user_amount', userAmount],
  ['_request_list_feature', (root, packet) => root.answer(packet, '_notice_list_feature_server', features)],
  ['_request_list_item', listItem],
  ['_request_description_time', time],
]

const features: Variables = {
  _identity: 'server',
  _list_feature: PsycList.ofTexts(['list_feature', 'list_item', 'version', 'ping', 'time']),
}

const ITEMS = 400 // psyced takes lists of at most 404 elements [psyc.md 2.10]

export class RootEntity implements Entity {
  readonly uniform: Uniform

  /** @param takesRoute gets every packet first: whether it was about a multicast tree [design 5] */
  constructor(
    readonly node: PsycNode,
    readonly facts: RootFacts,
    private readonly takesRoute: (packet: Packet, origin: Origin) => boolean = () => false,
  ) {
    this.uniform = node.root
  }

  receive(packet: Packet, origin: Origin): void {
    if (this.takesRoute(packet, origin)) return
    const request = requests.find(([family]) => inherits(packet.method, family))
    if (request !== undefined) request[1](this, packet)
    else if (deservesError(packet)) this.unsupported(packet)
  }

  answer(packet: Packet, method: string, variables: Variables = {}, body = ''): void {
    if (packet.source === undefined) return
    const routing = { _source: this.uniform.text, _target: packet.source, _tag_relay: packet.tag }
    this.node.send(Packet.of(routing, method, variables, body))
  }

  private unsupported(packet: Packet): void {
    const variables = { _nick: this.uniform.text, _method_relay: packet.method }
    this.answer(
      packet,
      '_failure_unsupported_function_root',
      variables,
      '[_nick] does not provide [_method_relay].',
    )
  }
}

function version(root: RootEntity, packet: Packet): void {
  const variables = { _version: root.facts.implementation, _version_description: root.facts.implementation }
  root.answer(packet, '_status_version', variables, 'This is [_version_description].')
}

function userAmount(root: RootEntity, packet: Packet): void {
  root.answer(packet, '_status_user_amount', { _amount_users_loaded: root.facts.persons() })
}

function listItem(root: RootEntity, packet: Packet): void {
  const places = root.facts.places().slice(0, ITEMS)
  root.answer(packet, '_notice_list_item', {
    _list_item: PsycList.ofTexts(places.map(({ uniform }) => uniform)),
    _list_item_description: PsycList.ofTexts(places.map(({ topic }) => topic ?? '')),
  })
}

function time(root: RootEntity, packet: Packet): void {
  const seconds = Math.floor(root.node.timers.clock.wallTime() / 1000)
  root.answer(packet, '_status_description_time', { _time_place: seconds })
}
