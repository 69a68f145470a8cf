/** Host names by pattern: "gw.example", "*.example" for all below that name (not the name itself), "*" for all. */

/** What a pattern looks like. */
export const hostPattern = /^(?:\*|(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)$/

/** @returns whether a host, in any case, is one of those */
export function hostsLike(patterns: readonly string[]): (host: string) => boolean {
  const lower = patterns.map((pattern) => pattern.toLowerCase())
  const names = new Set(lower.filter((pattern) => !pattern.startsWith('*')))
  const endings = lower.filter((pattern) => pattern.startsWith('*')).map((pattern) => pattern.slice(1))
  return (host) => {
    const name = host.toLowerCase()
    return names.has(name) || endings.some((ending) => name.endsWith(ending) && name !== ending)
  }
}
