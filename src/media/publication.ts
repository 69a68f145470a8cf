/** The publisher's side of a stream, for as long as it holds the name. */
import type { Message } from '../rtmp/wire/message.js'

/** What the publisher is told. */
export interface Publisher {
  /** Somebody with a better right took the name; the publication has ended. */
  replaced(): void
  /** What comes in less than so many ms would wait. @returns whether nothing will come for that long, or a little less */
  rest?(ms: number): boolean
}

export interface Publication {
  /** Audio or video. Payload shared. Its timestamp is the publisher's own; the stream makes it its own. */
  media(message: Message): void
  /** `onMetaData` and its like: to everybody now and first to whoever comes; undefined forgets. */
  metadata(handler: string, message: Message | undefined): void
  /** `NetStream.send`: in order with the media, never dropped, not remembered. */
  data(message: Message): void
  /** May be called twice. */
  end(): void
}
