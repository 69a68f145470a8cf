/** Which web pages may use this server: those that it served, and those that `http.origins` lists. */
import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a WebSocket may be opened, or something sent: by a page that we served, a listed one, or no browser at all.
 * @param origins from `http.origins`; "*" for all
 */
export function isAllowedOrigin({ origin, host }: IncomingHttpHeaders, origins: readonly string[]): boolean {
  if (origin === undefined || origins.includes('*') || origins.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}

/** What an answer says about who may read it [Fetch §3.2]. */
export function corsHeaders(
  headers: IncomingHttpHeaders,
  origins: readonly string[],
): Readonly<Record<string, string>> {
  if (origins.includes('*')) return { 'Access-Control-Allow-Origin': '*' }
  const { origin } = headers
  if (origin === undefined || !isAllowedOrigin(headers, origins)) return { Vary: 'Origin' }
  return { Vary: 'Origin', 'Access-Control-Allow-Origin': origin }
}
