/** An FLV reader ends in messages, a documented error or both; the same in any pieces; what it reads can be written. */
import { flvForm } from '../../src/media/flv-form.js'
import { flvHeader, flvTag } from '../../src/media/flv-writer.js'
import { concat, equalBytes } from '../../src/util/bytes.js'
import { byteByByte, inTwo, readFlv } from '../support/flv.js'
import type { FlvOutcome } from '../support/flv.js'

export function fuzz(bytes: Uint8Array): void {
  const whole = readFlv([bytes])
  assertSame(whole, readFlv(byteByByte(bytes)))
  assertSame(whole, readFlv(inTwo(bytes, bytes.length >> 1)))
  for (const message of whole.messages) flvForm.cut(message)
  const [contents] = whole.contents
  if (contents === undefined) return
  const again = readFlv([concat([flvHeader(contents), ...whole.messages.map(flvTag)])])
  if (again.error !== '') throw new Error(`written and read again: ${again.error}`)
  assertSameMessages(whole, again)
}

function assertSame(a: FlvOutcome, b: FlvOutcome): void {
  if (a.error !== b.error) throw new Error(`another error: "${a.error}", "${b.error}"`)
  assertSameMessages(a, b)
}

function assertSameMessages(a: FlvOutcome, b: FlvOutcome): void {
  if (a.messages.length !== b.messages.length) throw new Error('another number of messages')
  a.messages.forEach((message, index) => {
    const other = b.messages[index]!
    const isSame =
      message.type === other.type &&
      message.timestamp === other.timestamp &&
      equalBytes(message.payload, other.payload)
    if (!isSame) throw new Error('another message')
  })
}
