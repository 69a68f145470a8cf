import {
  ByteReader,
  ByteWriter,
  bytesToSend,
  concat,
  equalBytes,
  fromHex,
  noBytes,
  readBytes,
  toHex,
  writeBytes,
} from '../../../src/util/bytes.js'

function ends(offset: number): never {
  throw new RangeError(`end at ${offset}`)
}

describe('readBytes', () => {
  it.each([0, 3, 4_096, 4_097])('reads all the bytes and no more: %d', (length) => {
    const bytes = new Uint8Array(length).fill(7)
    readBytes(new Uint8Array(length + 1).fill(1), ends, () => undefined) // what was read before
    const read = readBytes(bytes, ends, (reader) => {
      const copy = reader.subarray(length).slice()
      expect(() => reader.u8()).toThrow(`end at ${length}`)
      return copy
    })
    expect(read).toEqual(bytes)
  })

  it('lends another reader to a call from within, and one again after a throw', () => {
    const sum = readBytes(Uint8Array.of(1, 2), ends, (outer) => {
      const first = outer.u8()
      const inner = readBytes(Uint8Array.of(10, 20), ends, (reader) => reader.u8() + reader.u8())
      return first + inner + outer.u8()
    })
    expect(sum).toBe(33)
    expect(() => readBytes(noBytes, ends, (reader) => reader.u8())).toThrow('end at 0')
    expect(readBytes(Uint8Array.of(5), ends, (reader) => reader.u8())).toBe(5)
  })
})

describe('ByteReader', () => {
  it('reads big-endian fields one after the other', () => {
    const reader = new ByteReader(
      fromHex('ff fffe fffd 010203 fffffffc fffffffb 3ff8000000000000 c3a4 0708'),
      ends,
    )
    expect([reader.u8(), reader.u16(), reader.i16(), reader.u24()]).toEqual([255, 65_534, -3, 0x010203])
    expect([reader.u32(), reader.i32(), reader.f64()]).toEqual([4_294_967_292, -5, 1.5])
    expect([reader.utf8(2), reader.remaining]).toEqual(['ä', 2])
    expect(reader.subarray(2)).toEqual(Uint8Array.of(7, 8))
  })

  it('keeps to its part of the bytes', () => {
    const reader = new ByteReader(fromHex('0102030405'), ends, 1, 3)
    expect(reader.u16()).toBe(0x0203)
    expect(() => reader.u8()).toThrow('end at 3')
  })

  it('reads views of views', () => {
    const reader = new ByteReader(fromHex('aabbccdd00000001').subarray(2), ends)
    expect([reader.u16(), reader.u32()]).toEqual([0xccdd, 1])
  })

  it.each<[number, (reader: ByteReader) => unknown]>([
    [1, (reader) => reader.u8()],
    [2, (reader) => reader.u16()],
    [2, (reader) => reader.i16()],
    [3, (reader) => reader.u24()],
    [4, (reader) => reader.u32()],
    [4, (reader) => reader.i32()],
    [8, (reader) => reader.f64()],
    [5, (reader) => reader.subarray(5)],
    [5, (reader) => reader.utf8(5)],
  ])('calls onEnd when %d bytes are not there, and stays where it is', (length, read) => {
    const reader = new ByteReader(new Uint8Array(length - 1), ends)
    expect(() => read(reader)).toThrow(`end at ${length - 1}`)
    expect(reader.offset).toBe(0)
  })
})

describe('ByteWriter', () => {
  it('writes what a reader reads', () => {
    const writer = new ByteWriter(1)
    writer.u8(255)
    writer.u16(-2)
    writer.u24(0x010203)
    writer.u32(-4)
    writer.u32LittleEndian(1)
    writer.f64(1.5)
    writer.raw(Uint8Array.of(7, 8))
    expect(writer.utf8('ä€😀')).toBe(9)
    expect(toHex(writer.view())).toBe('fffffe010203fffffffc010000003ff80000000000000708c3a4e282acf09f9880')
  })

  it('overwrites, clears and hands over', () => {
    const writer = new ByteWriter(0)
    writer.u32(0)
    writer.u16(0)
    writer.setU32(0, 0x01020304)
    writer.setU16(4, 0x0506)
    const owned = writer.finish()
    const borrowed = writer.view()
    writer.clear()
    writer.u8(0xff)
    expect([toHex(owned), borrowed[0], writer.length]).toEqual(['010203040506', 0xff, 1])
  })
})

describe('writeBytes', () => {
  it('lends a writer for each call, also from within one', () => {
    const outer = writeBytes((writer) => {
      writer.u8(1)
      writer.raw(writeBytes((inner) => inner.u8(2)))
    })
    expect([outer, writeBytes(() => undefined)]).toEqual([Uint8Array.of(1, 2), noBytes])
  })

  it('starts empty after an error, and after a large message', () => {
    const failing = (writer: ByteWriter): void => {
      writer.u8(1)
      throw new RangeError('no')
    }
    expect(() => writeBytes(failing)).toThrow('no')
    expect(writeBytes((writer) => writer.raw(new Uint8Array(100_000)))).toHaveLength(100_000)
    expect(writeBytes((writer) => writer.u8(3))).toEqual(Uint8Array.of(3))
  })
})

describe('bytesToSend', () => {
  it('are zeros that share no byte with any others, of any length', () => {
    const lengths = [0, 1, 64, 1_024, 1_025, 100_000, ...Array.from({ length: 100 }, () => 1_000)]
    const all = lengths.map((length) => bytesToSend(length))
    expect(all.map(({ length }) => length)).toEqual(lengths)
    all.forEach((bytes, at) => {
      expect(bytes.every((byte) => byte === 0)).toBe(true)
      bytes.fill(at + 1)
    })
    expect(all.every((bytes, at) => bytes.every((byte) => byte === at + 1))).toBe(true)
  })
})

describe('whole arrays of bytes', () => {
  it('are put together', () => {
    const one = Uint8Array.of(1)
    expect(concat([one, noBytes, Uint8Array.of(2, 3)])).toEqual(Uint8Array.of(1, 2, 3))
    expect(concat([])).toEqual(noBytes)
    expect(concat([one])).toBe(one)
  })

  it('are compared', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
    expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 2))).toBe(false)
  })

  it('go to hex and back', () => {
    expect(toHex(fromHex('00 0A\nff'))).toBe('000aff')
    expect(() => fromHex('0')).toThrow(RangeError)
    expect(() => fromHex('0g')).toThrow(RangeError)
  })
})
