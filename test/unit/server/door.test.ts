import { protocolOf } from '../../../src/server/door.js'

/** [design 6]: by the first byte of a connection. */
test('every first byte has one protocol', () => {
  const table: Record<string, string> = {}
  for (let byte = 0; byte < 256; byte++) {
    const protocol = protocolOf(byte)
    if (protocol !== 'unknown')
      table[protocol] = `${table[protocol] ?? ''}${byte.toString(16).padStart(2, '0')} `
  }
  const letters = (from: number): string =>
    Array.from({ length: 26 }, (_, at) => `${(from + at).toString(16)} `).join('')
  expect(table).toEqual({
    rtmp: '03 06 08 09 ',
    tls: '16 ',
    psyc: '2e 7c ',
    policy: '3c ',
    http: letters(0x41) + letters(0x61),
  })
})
