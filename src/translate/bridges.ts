/** The places on psyceds that this node bridges to: each once, as long as a client of ours is there. */
import type { PlaceListener, PresentMember } from '../psyc/entity/remote-place.js'
import type { Packet } from '../psyc/wire/packet.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import type { Asker } from './asker.js'
import { BridgedPlace } from './bridged-place.js'
import type { BridgeHost } from './bridged-place.js'
import type { PlaceView } from './place-view.js'

export class Bridges {
  private readonly places = new Map<string, { readonly place: BridgedPlace; views: number }>()

  constructor(private readonly host: BridgeHost) {}

  get size(): number {
    return this.places.size
  }

  /** For one client. @param home of its objects, calls and streams */
  open(uniform: Uniform, home: Uniform): PlaceView {
    const key = `${uniform.entityKey} ${home.entityKey}` // two apps may lead to one place and keep their objects apart
    const known = this.places.get(key)
    const entry = known ?? { place: new BridgedPlace(this.host, uniform, home), views: 0 }
    entry.views++
    this.places.set(key, entry)
    return new BridgeView(entry.place, () => {
      if (--entry.views > 0) return
      this.places.delete(key)
      entry.place.close()
    })
  }
}

class BridgeView implements PlaceView {
  /** Comings and goings are told once, however they became known. */
  readonly isFollowed = true
  private listener: PlaceListener | undefined

  constructor(
    private readonly place: BridgedPlace,
    private readonly closed: () => void,
  ) {}

  get asker(): Asker {
    return this.place.asker
  }

  members(): readonly PresentMember[] {
    return this.place.members()
  }

  has(personKey: string): boolean {
    return this.place.has(personKey)
  }

  listen(listener: PlaceListener): void {
    this.listener = listener
    this.place.listen(listener)
  }

  heard(packet: Packet): void {
    this.place.heard(packet)
  }

  /** psyced counts nothing. */
  isNew(): boolean {
    return true
  }

  close(): void {
    if (this.listener !== undefined) this.place.unlisten(this.listener)
    this.closed()
  }
}
