// Invariant: any body is a shared object message or a documented error, and what was read is read again the same when written.
import { decodeSharedObject, encodeSharedObject } from '../../src/rtmp/wire/shared-object.js'
import type { SharedObjectMessage } from '../../src/rtmp/wire/shared-object.js'
import { equalBytes } from '../../src/util/bytes.js'
import { AmfError, LimitError, RtmpError } from '../../src/util/errors.js'
import { defaultLimits, limitsWith } from '../../src/util/limits.js'

const types = [19, 16] as const
/** What was read within the limits may be longer as the other encoding has it. */
const roomy = limitsWith({ messageEvents: 1e6, amfNodes: 1e8, amfBytes: 1e9, amfOutputBytes: 1e9 })

export function fuzz(bytes: Uint8Array): void {
  for (const type of types) {
    const message = documented(() => decodeSharedObject({ type, payload: bytes }, defaultLimits))
    if (message === undefined) continue
    for (const other of types) checkStable(message, other)
  }
}

/** Writing and reading may convert, but only once. */
function checkStable(message: SharedObjectMessage, type: 16 | 19): void {
  const first = documented(() => encodeSharedObject(message, type))
  if (first === undefined) return
  const again = decodeSharedObject({ type, payload: first }, roomy)
  const second = documented(() => encodeSharedObject(again, type, roomy))
  if (second === undefined || !equalBytes(first, second))
    throw new Error('another message after a round trip')
}

function documented<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (error instanceof RtmpError || error instanceof AmfError || error instanceof LimitError)
      return undefined
    throw error
  }
}
