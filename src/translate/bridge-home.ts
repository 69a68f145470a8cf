/**
 * Gateways in one room of a psyced must agree where its objects, calls and streams live. Each says so when it comes; who
 * hears of another home tells its operator, and nothing is merged [design 3, Bridge].
 */
import type { PsycNode } from '../psyc/entity/node.js'
import { Packet } from '../psyc/wire/packet.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'

const HOMES = 16 // ours: other homes that are told of in one place

const WARNING =
  'another gateway has another home for this place: objects and calls are not shared with its users; set apps.<app>.home to the same on both'

export class BridgeHome {
  private hasTold = false
  private readonly others = new Set<string>()

  constructor(
    private readonly node: PsycNode,
    private readonly place: Uniform,
    private readonly home: Uniform,
  ) {}

  /** @param own one of ours who is in the place; undefined: nobody can say it yet */
  tell(own: Uniform | undefined): void {
    if (this.hasTold || own === undefined) return
    this.hasTold = true
    const routing = { _source: own.text, _target: this.place.text }
    this.node.send(Packet.of(routing, '_notice_home', { _nick: own.name, _uniform_home: this.home.text }))
  }

  /** What another gateway says, which came after we said ours: it hears ours again. */
  heard(packet: Packet, own: Uniform | undefined): void {
    const said = uniformOf(packet.text('_uniform_home'))
    const speaker = uniformOf(packet.sourceRelay)
    if (said === undefined || said.key === this.home.key || speaker === undefined) return
    if (this.node.isLocal(speaker) || this.others.has(said.key) || this.others.size >= HOMES) return
    this.others.add(said.key)
    const fields = { place: this.place.text, home: this.home.text, other: said.text, gateway: speaker.host }
    this.node.log.warn(fields, WARNING)
    this.hasTold = false
    this.tell(own)
  }
}
