/** The Range header [RFC 9110 §14.1.2]. One range is served; for several the whole is, which is allowed. */

export interface ByteRange {
  readonly start: number
  /** Exclusive. */
  readonly end: number
  readonly isWhole: boolean
}

/** @param header undefined: the whole */
export function byteRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' {
  const whole = { start: 0, end: size, isWhole: true }
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replaceAll(/\s/g, '') ?? '')
  const [, first = '', last = ''] = match ?? []
  if (first === '' && last === '') return whole
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size, isWhole: false }
  }
  const start = Number(first)
  const end = last === '' ? size : Math.min(Number(last) + 1, size)
  if (last !== '' && Number(last) < start) return whole // not valid: as if it were not there
  return start >= size ? 'unsatisfiable' : { start, end, isWhole: false }
}
