/** Packets that say that a packet did not arrive [psyc.md 3.6]. */
import { Packet } from '../wire/packet.js'
import type { Routing } from '../wire/packet.js'
import { inherits } from '../wire/keyword.js'

/** Bytes of an undelivered body that go back to its sender. */
const BODY_BYTES = 4096

/** Families that nobody answers with an error: they are answers themselves, or news. */
const unanswered = ['_error', '_failure', '_echo', '_status', '_info', '_warning', '_notice']

/** A failure is never answered with a failure; nor is anything else that is no request or message. */
export function deservesError(packet: Packet): boolean {
  return packet.method !== '' && !unanswered.some((family) => inherits(packet.method, family))
}

/** Whether its sender hears that it was not delivered. Casts are reported to their context. */
export function deservesFailure({ method }: Packet): boolean {
  return !inherits(method, '_failure') && !inherits(method, '_error')
}

/**
 * In the name of the target that could not be reached, to the sender; to the context if it was a cast.
 * @param unreachable the uniform that stands for the target
 * @param reason appended to the method: `_disconnect`, `_resolve`, …
 * @param reporter our root
 */
export function undelivered(packet: Packet, unreachable: string, reason: string, reporter: string): Packet {
  const { tag } = packet
  const routing: Routing = {
    _source: unreachable,
    _target: packet.context ?? packet.source,
    _source_relay: packet.source ?? packet.sourceRelay,
    _tag_relay: tag,
  }
  return Packet.of(
    routing,
    `_failure_unsuccessful_delivery${reason}`,
    {
      _method_relay: packet.method,
      _data_relay: packet.bodyBytes.subarray(0, BODY_BYTES),
      _source_origin: reporter,
      _uniform: unreachable,
    },
    'Your [_method_relay] could not be delivered to [_uniform].',
  )
}
