/** Messages that wait for a decision, in order, within limits. */
import { LimitError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import { MessageType } from '../wire/message.js'
import type { Message } from '../wire/message.js'

/** What a message weighs besides its payload, so that empty ones are not free: ours. */
const MESSAGE_OVERHEAD = 64

const mediaTypes: ReadonlySet<number> = new Set([MessageType.Audio, MessageType.Video, MessageType.Aggregate])

export class HeldMessages {
  private messages: Message[] = []
  private commandBytes = 0
  private mediaBytes = 0

  constructor(private readonly limits: Limits) {}

  /** @throws LimitError heldCommandBytes, heldMediaBytes: the peer sends too much before it was answered */
  push(message: Message): void {
    const weight = message.payload.length + MESSAGE_OVERHEAD
    if (mediaTypes.has(message.type))
      this.mediaBytes = within(this.limits, 'heldMediaBytes', this.mediaBytes + weight)
    else this.commandBytes = within(this.limits, 'heldCommandBytes', this.commandBytes + weight)
    this.messages.push(message)
  }

  /** All that was held, first come first; nothing is held afterwards. */
  take(): readonly Message[] {
    const { messages } = this
    this.messages = []
    this.commandBytes = 0
    this.mediaBytes = 0
    return messages
  }
}

function within(limits: Limits, name: 'heldCommandBytes' | 'heldMediaBytes', bytes: number): number {
  if (bytes > limits[name]) throw new LimitError(name, limits[name], bytes)
  return bytes
}
