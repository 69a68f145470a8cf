/**
 * The RC4 key stream, which RTMPE uses and OpenSSL 3 no longer offers by default [rtmp.md 1.4]. It hides bytes from a
 * glance and protects them from nobody: never use it for anything else.
 */
const STATE_LENGTH = 256

export class Rc4 {
  private readonly state = Uint8Array.from({ length: STATE_LENGTH }, (_, at) => at)
  private i = 0
  private j = 0

  /** @param key 1 to 256 bytes, borrowed */
  constructor(key: Uint8Array) {
    const { state } = this
    let j = 0
    for (let i = 0; i < STATE_LENGTH; i++) {
      const value = state[i] ?? 0
      j = (j + value + (key[i % key.length] ?? 0)) & 0xff
      state[i] = state[j] ?? 0
      state[j] = value
    }
  }

  /** Encipher or decipher the next bytes: both are the same. @param bytes borrowed @returns as many, owned */
  apply(bytes: Uint8Array): Uint8Array {
    const { state } = this
    const { length } = bytes
    const result = new Uint8Array(length)
    let { i, j } = this
    for (let at = 0; at < length; at++) {
      i = (i + 1) & 0xff
      const a = state[i] ?? 0
      j = (j + a) & 0xff
      const b = state[j] ?? 0
      state[i] = b
      state[j] = a
      result[at] = (bytes[at] ?? 0) ^ (state[(a + b) & 0xff] ?? 0)
    }
    this.i = i
    this.j = j
    return result
  }

  /** Pass over that many bytes of the key stream. */
  skip(length: number): void {
    this.apply(new Uint8Array(length))
  }
}
