/** A call that many clients get, all with the same arguments and without an answer: a line of chat, a broadcast. */
import type { AmfValue } from '../../amf/value.js'
import { OUT_CHUNK_SIZE, cut } from '../wire/chunk/encoder.js'
import type { ChunkedMessage } from '../wire/message.js'
import { callMessage } from './outgoing.js'

export class CommonCall {
  /** By object encoding. */
  private readonly cuts: (Uint8Array | undefined)[] = []

  /** @param args shared: never changed after this */
  constructor(
    readonly name: string,
    readonly args: readonly AmfValue[],
  ) {}

  /** @throws AmfError, LimitError  a value has no form in the encoding */
  message(objectEncoding: 0 | 3): ChunkedMessage {
    return callMessage(this.name, 0, this.args, objectEncoding)
  }

  /** What `cut` has made before. */
  made(objectEncoding: 0 | 3): Uint8Array | undefined {
    return this.cuts[objectEncoding]
  }

  /**
   * The message in chunks, encoded once for all clients of that encoding. Shared.
   * @throws AmfError, LimitError  a value has no form in the encoding
   */
  cut(objectEncoding: 0 | 3): Uint8Array {
    return (this.cuts[objectEncoding] ??= cut(this.message(objectEncoding), OUT_CHUNK_SIZE))
  }
}
