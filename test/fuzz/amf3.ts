/** Any bytes end in values that survive encoding, or in an AmfError or LimitError: see checkAmf. */
import { checkAmf } from '../support/amf-invariant.js'

export function fuzz(bytes: Uint8Array): void {
  checkAmf(bytes, 'amf3')
}
