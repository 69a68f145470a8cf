/** A player's shared object on a real RTMP session: PlayerModel keeps the slots, a WorldFlash carries the messages. */
import type { AmfValue } from '../../src/amf/value.js'
import type { SharedObjectEvent } from '../../src/rtmp/wire/shared-object.js'
import { PlayerModel } from './player-model.js'
import type { WorldFlash } from './world-flash.js'

export class FlashObject {
  /** What came since last asked, as text: "change a", "success a", "send on 1". */
  private readonly heard: string[] = []
  private readonly model: PlayerModel
  private seen = 0

  constructor(
    readonly client: WorldFlash,
    name: string,
    flags = 0,
  ) {
    this.model = new PlayerModel('', name, flags)
    this.seen = client.objects.length
    this.model.use()
    this.move()
  }

  get slots(): Readonly<Record<string, AmfValue>> {
    this.listen()
    return Object.fromEntries([...this.model.slots].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  get hasSynced(): boolean {
    this.listen()
    return this.model.hasSynced
  }

  set(slots: Readonly<Record<string, AmfValue>>): void {
    this.listen()
    this.model.set(...Object.entries(slots))
    this.move()
  }

  remove(name: string): void {
    this.listen()
    this.model.remove(name)
    this.move()
  }

  clear(): void {
    this.listen()
    this.model.clear()
    this.move()
  }

  send(...args: AmfValue[]): void {
    this.model.send(...args)
    this.move()
  }

  release(): void {
    this.model.release()
    this.move()
  }

  take(): string[] {
    this.listen()
    return this.heard.splice(0)
  }

  /** To the server, and back what there is. */
  private move(): void {
    for (const message of this.model.up.splice(0)) this.client.session.sendSharedObject(message)
    this.client.world.settle()
    this.listen()
  }

  private listen(): void {
    for (const message of this.client.objects.slice(this.seen)) {
      if (message.name === this.model.objectName)
        this.heard.push(...this.model.hear(message).map((event) => this.shown(event)))
    }
    this.seen = this.client.objects.length
  }

  private shown(event: SharedObjectEvent): string {
    if (event.kind === 'change' || event.kind === 'proxySuccess')
      return event.slots.map(({ name, value }) => `${event.kind} ${name}=${JSON.stringify(value)}`).join(' ')
    if (event.kind === 'success' || event.kind === 'remove') return `${event.kind} ${event.names.join(' ')}`
    if (event.kind === 'sendMessage')
      return `send ${event.handler} ${event.args.map((arg) => JSON.stringify(arg)).join(' ')}`
    return event.kind === 'status' ? `status ${event.code}` : event.kind
  }
}
