/**
 * What we send to a client, in order: nothing before its connect command, held while that is being decided, at once
 * when it is accepted [design 2].
 */
import { AmfError, LimitError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import type { ChunkedMessage } from '../wire/message.js'
import type { CommonCall } from './common-call.js'

export class Outbox {
  private state: 'silent' | 'holding' | 'open' = 'silent'
  private held: ChunkedMessage[] = []
  private heldBytes = 0

  /**
   * @param send to the peer, now
   * @param sendCut as `send`, what was cut before
   * @param onUnencodable told why a message was not sent
   * @param onTooMuch told when more is held than `queueBytes`
   */
  constructor(
    private readonly limits: Limits,
    private readonly send: (message: ChunkedMessage) => void,
    private readonly sendCut: (bytes: Uint8Array) => void,
    private readonly onUnencodable: (error: AmfError | LimitError) => void,
    private readonly onTooMuch: (error: LimitError) => void,
  ) {}

  hold(): void {
    this.state = 'holding'
  }

  /** What was held goes out now. */
  open(): void {
    const { held } = this
    this.state = 'open'
    this.held = []
    this.heldBytes = 0
    for (const message of held) this.send(message)
  }

  /** From now on nothing is sent; what was held is dropped. */
  close(): void {
    this.state = 'silent'
    this.held = []
  }

  /** @returns false when a value has no form in the client's encoding: nothing was sent */
  post(encode: () => ChunkedMessage): boolean {
    if (this.state === 'silent') return true
    const message = this.tryEncode(encode)
    if (message === undefined) return false
    if (this.state === 'open') this.send(message)
    else this.keep(message)
    return true
  }

  /** As `post`, without encoding it again for this client. */
  postCommon(call: CommonCall, objectEncoding: 0 | 3): void {
    if (this.state !== 'open') this.post(() => call.message(objectEncoding))
    else {
      const bytes = call.made(objectEncoding) ?? this.tryEncode(() => call.cut(objectEncoding))
      if (bytes !== undefined) this.sendCut(bytes)
    }
  }

  private tryEncode<Encoded>(encode: () => Encoded): Encoded | undefined {
    try {
      return encode()
    } catch (error) {
      if (!(error instanceof AmfError || error instanceof LimitError)) throw error
      this.onUnencodable(error)
      return undefined
    }
  }

  private keep(message: ChunkedMessage): void {
    const { queueBytes } = this.limits
    this.held.push(message)
    this.heldBytes += message.payload.length
    if (this.heldBytes > queueBytes) this.onTooMuch(new LimitError('queueBytes', queueBytes, this.heldBytes))
  }
}
