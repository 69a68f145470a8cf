import { AmfArray, AmfObject } from '../../../src/amf/value.js'

describe('properties', () => {
  it('are set in place and added at the end', () => {
    const object = AmfObject.of({ a: 1, b: 2 }).set('a', 3).set('c', 4)
    expect([...object.entries()]).toEqual([
      ['a', 3],
      ['b', 2],
      ['c', 4],
    ])
    expect([object.size, object.has('b'), object.has('d'), object.get('d')]).toEqual([
      3,
      true,
      false,
      undefined,
    ])
  })

  it('may repeat a name: the last one counts', () => {
    const array = new AmfArray()
    array.push('x', 1)
    array.push('x', 2)
    expect(array.get('x')).toBe(2)
    expect(array.set('x', 3).values).toEqual([1, 3])
  })
})
