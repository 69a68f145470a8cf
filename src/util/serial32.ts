/** 32-bit wrapping arithmetic for timestamps (ms) and byte counters [RTMP §5.3.1.2.5, §5.4.3]. */

/** The sum modulo 2³². */
export function add32(a: number, b: number): number {
  return (a + b) >>> 0
}

/** How far `a` is after `b`, as a signed 32-bit number: correct across one wrap. */
export function difference32(a: number, b: number): number {
  return (a - b) | 0
}
