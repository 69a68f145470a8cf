/**
 * Objects of one kind come again with every message, and with them the same names of properties in the same order. The
 * orders that came before are kept as a tree, so that familiar names are compared instead of decoded, and objects of
 * one kind share one list of names.
 */
import type { ByteReader } from '../util/bytes.js'

// Bounded whoever sends: 1024 shapes, each for a name of 2 to 62 bytes, at most 32 names deep and 4 wide.
const PLACES = 1_024
const SHORTEST = 4 // bytes on the wire, the two of the length among them
const LONGEST = 64
const DEEPEST = 32
const WIDEST = 4
const ROOTS = 64
const TO_ROOT = 26 // a mix has 32 bits, and the upper six tell the root

// The last name of each shape, as on the wire. One view for all: a view of its own made each comparison 10 % slower.
const sources = new DataView(new ArrayBuffer(PLACES * LONGEST))
let used = 0

/** The names that an object may begin with, and the names that came behind them before. */
export class Shape {
  private longer: Shape | undefined // by one name: the latest of these shapes
  private elder: Shape | undefined // as long as this one, and learned before
  private newcomer = '' // the unfamiliar name that came last

  /**
   * @param names frozen: shared by the objects of this shape
   * @param source where in `sources` the last name is
   * @param size bytes there
   */
  constructor(
    readonly names: readonly string[],
    private readonly source: number,
    private readonly size: number,
  ) {}

  /** The shape with the next name as well, when that is familiar; then the name is read. */
  next(reader: ByteReader): Shape | undefined {
    let shape = this.longer
    while (shape?.isNext(reader) === false) shape = shape.elder
    return shape
  }

  private isNext(reader: ByteReader): boolean {
    const { view, offset } = reader
    const { size, source } = this
    if (size > reader.end - offset) return false
    const last = size - 4
    for (let at = 0; at < last; at += 4)
      if (view.getInt32(offset + at) !== sources.getInt32(source + at)) return false
    if (view.getInt32(offset + last) !== sources.getInt32(source + last)) return false
    reader.offset = offset + size
    return true
  }

  /**
   * Be familiar with a name from now on, if it was the unfamiliar one the last time too: what comes once is not to drive
   * out what comes often.
   *
   * @param name read from `start` to where the reader is
   * @returns the shape with this name as well, when there is one now
   */
  learn(name: string, { view, offset }: ByteReader, start: number): Shape | undefined {
    const size = offset - start
    if (size < SHORTEST || size > LONGEST || this.names.length >= DEEPEST || used >= PLACES) return undefined
    if (this.newcomer !== name) {
      this.newcomer = name
      return undefined
    }
    const source = used++ * LONGEST
    for (let at = 0; at < size; at++) sources.setUint8(source + at, view.getUint8(start + at))
    const shape = new Shape(Object.freeze([...this.names, name]), source, size)
    shape.elder = this.longer
    shape.keepElders(WIDEST - 1)
    this.longer = shape
    return shape
  }

  private keepElders(count: number): void {
    if (count === 0) this.elder = undefined
    else this.elder?.keepElders(count - 1)
  }

  forget(): void {
    this.longer = undefined
    this.newcomer = ''
  }
}

const noNames: readonly string[] = Object.freeze([])
const strange = new Shape(noNames, 0, 0) // where nothing is familiar
const roots = Array.from({ length: ROOTS }, () => new Shape(noNames, 0, 0))

/** Where an object begins: the shape without names that knows the likely first ones. */
export function startOf({ view, offset, end }: ByteReader): Shape {
  if (end - offset < SHORTEST) return strange
  return roots[Math.imul(view.getInt32(offset), 0x9e3779b1) >>> TO_ROOT] ?? strange
}

/**
 * Start afresh when the tree is full. Between messages only: while an object is read, the bytes of the shapes that it
 * follows must stay.
 */
export function makeRoomForShapes(): void {
  if (used >= PLACES) forgetAll()
}

function forgetAll(): void {
  for (const root of roots) root.forget()
  used = 0
}
