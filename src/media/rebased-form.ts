/** The form of one player alone, whose times count from what it gets first: Ruffle plays every stream from time 0 on. */
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'
import type { Form } from './form.js'

/**
 * @param form shared by others; this one is not, so each message is cut once more for its player. Use it where that is asked for.
 */
export function rebasedForm(form: Form): Form {
  let first: number | undefined
  return {
    name: `${form.name} rebased`,
    cut: (message) => {
      if (!isUntimed(message)) first ??= message.timestamp
      const since = (message.timestamp - (first ?? 0)) | 0 // serial: times of a stream wrap
      return form.cut({ ...message, timestamp: Math.max(0, since) })
    },
  }
}

/** Metadata for who comes late says time 0, and media that of the stream. */
function isUntimed({ type, timestamp }: Message): boolean {
  return timestamp === 0 && type !== MessageType.Audio && type !== MessageType.Video
}
