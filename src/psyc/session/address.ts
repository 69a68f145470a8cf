/** Network addresses of peers, as far as proving a sender needs them [psyc.md 3.3]. */

/**
 * One spelling for one address: lower case, an IPv4 address mapped into IPv6 as IPv4, IPv6 without "::" and
 * zone. Text that is no address comes back in lower case.
 */
export function normalAddress(address: string): string {
  const text = address.toLowerCase().replace(/%.*$/, '')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1]
  if (mapped !== undefined) return mapped
  return text.includes(':') ? expandIpv6(text) : text
}

function expandIpv6(text: string): string {
  const [head = '', tail] = text.split('::')
  const before = groups(head)
  const after = groups(tail ?? '')
  const missing = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  return [...before, ...Array<string>(missing).fill('0'), ...after].join(':')
}

function groups(text: string): string[] {
  return text === '' ? [] : text.split(':').map((group) => group.replace(/^0+(?=.)/, ''))
}

export function isSameAddress(a: string, b: string): boolean {
  return normalAddress(a) === normalAddress(b)
}

export function isLoopback(address: string): boolean {
  const normal = normalAddress(address)
  return normal === '0:0:0:0:0:0:0:1' || /^127\.\d+\.\d+\.\d+$/.test(normal)
}

/**
 * Whether a host of a uniform is written in digits only. Such a host is compared with the peer's address and never
 * resolved: resolvers take a literal, and short forms like "127.1", for their own proof [psyced.md 2.2].
 */
export function isLiteral(host: string): boolean {
  return /^[\d.]+$/.test(host)
}

/**
 * The address as the host of a uniform. Uniforms know no IPv6 literals, so those are written with "-" for ":" behind
 * "ip6-"; nobody resolves them, they only name the far end of a circuit.
 */
export function hostOfAddress(address: string): string {
  const normal = normalAddress(address)
  const host = normal.includes(':') ? `ip6-${normal}` : normal
  return host === '' ? 'unknown' : host.replace(/[^0-9a-z.-]/g, '-')
}

/** An address, or a name, as it stands before a port. */
export function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}
