/** Host names → addresses, for proving senders. Answers are remembered for at most ten minutes [psyc.md 3.3]. */
import { lookup } from 'node:dns'
import type { Resolve } from '../psyc/session/proof.js'
import type { Clock } from '../util/timers.js'

const REMEMBER_MS = 10 * 60_000
const MOST_REMEMBERED = 10_000 // ours: names that strangers claim

/** A resolver by the system's means. A name that does not resolve has no addresses. */
export function systemResolver(clock: Clock): Resolve {
  const known = new Map<string, { readonly until: number; readonly addresses: readonly string[] }>()
  return (host, done) => {
    const found = known.get(host)
    if (found !== undefined && found.until > clock.now()) {
      done(found.addresses)
      return
    }
    lookup(host, { all: true }, (error, answers) => {
      const addresses = error === null ? answers.map(({ address }) => address) : []
      if (known.size >= MOST_REMEMBERED) known.clear()
      if (addresses.length > 0) known.set(host, { until: clock.now() + REMEMBER_MS, addresses })
      done(addresses)
    })
  }
}
