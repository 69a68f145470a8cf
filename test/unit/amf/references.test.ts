import { ReferenceTable } from '../../../src/amf/references.js'

describe('a table of references', () => {
  it.each([1, 16, 17, 500])('numbers %d instances in the order of their appearance', (count) => {
    const table = new ReferenceTable<object>()
    const instances = Array.from({ length: count }, () => ({}))
    expect(instances.map((instance) => table.seen(instance))).toEqual(instances.map(() => undefined))
    expect(instances.map((instance) => table.seen(instance))).toEqual([...instances.keys()])
  })

  it('takes equal texts for one', () => {
    const table = new ReferenceTable<string>()
    expect([table.seen('a'), table.seen('b'), table.seen(['a', ''].join(''))]).toEqual([
      undefined,
      undefined,
      0,
    ])
  })

  it('numbers long texts among short ones', () => {
    const table = new ReferenceTable<string>()
    const texts = Array.from({ length: 60 }, (_, at) => String(at).repeat(at % 3 === 0 ? 100 : 1))
    expect(texts.map((text) => table.seen(text))).toEqual(texts.map(() => undefined))
    expect(texts.map((text) => table.seen(text))).toEqual([...texts.keys()])
  })

  it('begins anew when it is cleared', () => {
    const table = new ReferenceTable<object>()
    const instances = Array.from({ length: 24 }, () => ({}))
    instances.forEach((instance) => table.seen(instance))
    table.clear()
    expect(table.seen(instances[23]!)).toBeUndefined()
    expect(table.seen(instances[0]!)).toBeUndefined()
    expect(table.seen(instances[23]!)).toBe(0)
  })
})
