/** Who lives at this node: its entities, what creates them on demand, and who takes the packets for channels of theirs. */
import type { Uniform } from '../wire/uniform.js'
import { StateError } from '../../util/errors.js'
import type { ContextReceiver, Entity } from './node.js'

export class Entities {
  private readonly entities = new Map<string, Entity>()
  private readonly channelReceivers = new Map<string, ContextReceiver>()
  private readonly creators: ((uniform: Uniform) => Entity | undefined)[] = []

  /** @throws StateError when the resource is taken */
  register(entity: Entity): void {
    const { entityKey } = entity.uniform
    if (this.entities.has(entityKey)) throw new StateError('STATE_ORDER', `${entityKey} is taken`)
    this.entities.set(entityKey, entity)
  }

  unregister(entity: Entity): void {
    const { entityKey } = entity.uniform
    if (this.entities.get(entityKey) === entity) this.entities.delete(entityKey)
  }

  get(entityKey: string): Entity | undefined {
    return this.entities.get(entityKey)
  }

  /** Asked for a target that does not exist, in the order they were given. */
  addCreator(create: (uniform: Uniform) => Entity | undefined): void {
    this.creators.push(create)
  }

  registerChannels(prefix: string, receiver: ContextReceiver): void {
    this.channelReceivers.set(prefix, receiver)
  }

  /** Who gets what is sent to the target. */
  receiver(target: Uniform): ContextReceiver | undefined {
    return this.channelReceiver(target) ?? this.findEntity(target)
  }

  private channelReceiver(target: Uniform): ContextReceiver | undefined {
    if (target.channel === '') return undefined
    const channel = target.channel.toLowerCase()
    for (const [prefix, receiver] of this.channelReceivers) if (channel.startsWith(prefix)) return receiver
    return undefined
  }

  /** What a creator returns for just that uniform is registered, unless it has done so. */
  private findEntity(target: Uniform): Entity | undefined {
    const known = this.entities.get(target.entityKey)
    if (known !== undefined) return known
    for (const create of this.creators) {
      const entity = create(target)
      if (entity === undefined) continue
      if (entity.uniform.entityKey === target.entityKey && !this.entities.has(target.entityKey)) {
        this.register(entity)
      }
      return entity
    }
    return undefined
  }
}
