import { amfByteReader } from '../../../src/amf/budget.js'
import { readText } from '../../../src/amf/text-cache.js'
import { AmfError } from '../../../src/util/errors.js'
import { encodeUtf8 } from '../../../src/util/utf8.js'

function read(text: string): string {
  const bytes = encodeUtf8(text)
  return readText(amfByteReader(bytes), bytes.length)
}

describe('texts that come again', () => {
  it('are what they were, however many share the table', () => {
    const words = Array.from({ length: 5_000 }, (_, at) => `word${at}`.padEnd(4 + (at % 40), 'ä'))
    for (let round = 0; round < 3; round++) for (const word of words) expect(read(word)).toBe(word)
  })

  it('are told apart where only the middle differs', () => {
    const words = ['abcdXefgh', 'abcdYefgh', 'abcdZefgh', 'abcdXXXXefgh', 'abcdXYXXefgh', 'äbcdäbcd', 'ä']
    for (let round = 0; round < 3; round++) expect(words.map(read)).toEqual(words)
  })

  it('keep their invalid bytes as U+FFFD', () => {
    const bytes = Uint8Array.of(0x61, 0x62, 0xff, 0x63, 0x64)
    for (let round = 0; round < 3; round++) expect(readText(amfByteReader(bytes), 5)).toBe('ab\ufffdcd')
  })

  it.each([1, 4, 32, 33])('end with the bytes: %d', (length) => {
    const reader = amfByteReader(new Uint8Array(length - 1))
    expect(() => readText(reader, length)).toThrow(AmfError)
  })
})
