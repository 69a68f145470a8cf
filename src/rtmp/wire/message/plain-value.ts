/** Names, handlers and transaction IDs are looked at even where a message is read exactly. */
import { exactOf } from '../../../amf/exact.js'
import type { AmfValue } from '../../../amf/value.js'

/** The value without the forms around it that an exact reader gives (amf/exact.ts). */
export function plainValue(value: AmfValue): AmfValue {
  let plain = value
  for (let exact = exactOf(plain); exact !== undefined; exact = exactOf(plain)) plain = exact.value
  return plain
}
