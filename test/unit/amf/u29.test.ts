import { amfByteReader } from '../../../src/amf/budget.js'
import { isInt29, readU29, toInt29, writeU29 } from '../../../src/amf/u29.js'
import { ByteWriter, fromHex, toHex } from '../../../src/util/bytes.js'

describe('U29 [AMF3 §1.3.1]', () => {
  it.each([
    [0, '00'],
    [0x7f, '7f'],
    [0x80, '8100'],
    [0x3fff, 'ff7f'],
    [0x4000, '818000'],
    [0x1fffff, 'ffff7f'],
    [0x200000, '80c08000'],
    [0x0fffffff, 'bfffffff'],
    [0x1fffffff, 'ffffffff'],
  ])('%d is %s, both ways', (value, hex) => {
    const writer = new ByteWriter()
    writeU29(writer, value)
    expect(toHex(writer.finish())).toBe(hex)
    expect(readU29(amfByteReader(fromHex(hex)))).toBe(value)
  })

  it.each([
    [1, '8001'],
    [1, '808001'],
    [1, '80808001'],
  ])('%d may be longer than needed: %s', (value, hex) => {
    expect(readU29(amfByteReader(fromHex(hex)))).toBe(value)
  })

  it.each([
    [0x0fffffff, 0x0fffffff],
    [0x10000000, -0x10000000],
    [0x1fffffff, -1],
  ])('%d has the bits of %d', (u29, int29) => {
    const writer = new ByteWriter()
    writeU29(writer, int29)
    expect(readU29(amfByteReader(writer.finish()))).toBe(u29)
    expect(toInt29(u29)).toBe(int29)
  })

  it.each([
    [0, true],
    [-0, false],
    [0x0fffffff, true],
    [0x10000000, false],
    [-0x10000000, true],
    [-0x10000001, false],
    [0.5, false],
    [NaN, false],
    [Infinity, false],
  ])('%d goes as an integer: %s', (value, expected) => {
    expect(isInt29(value)).toBe(expected)
  })
})
