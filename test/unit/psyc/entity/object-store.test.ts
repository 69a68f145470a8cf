/** What a node keeps of persistent objects, and that it is bounded [design 4, 8]. */
import { MemoryObjectStore } from '../../../../src/psyc/entity/object-store.js'
import type { ObjectChange } from '../../../../src/psyc/entity/object-store.js'
import { limitsWith } from '../../../../src/util/limits.js'

const VALUE_BYTES = 100

class Rig {
  private readonly store = new MemoryObjectStore({ limits: limitsWith({ objectStoreBytes: 1_000 }) })
  private version = 0

  /** @returns what is wrong, or "stored" */
  change(objectKey: string, { set = [], remove = [], isClear = false }: Readonly<Asked>): string {
    const value = { type: '', value: new Uint8Array(VALUE_BYTES) }
    const change: ObjectChange = {
      version: ++this.version,
      isClear,
      remove,
      set: new Map(set.map((name) => [name, value])),
    }
    let outcome = 'nothing'
    this.store.append(objectKey, [change], (error) => (outcome = error?.message ?? 'stored'))
    return outcome
  }

  slots(objectKey: string): string[] {
    let names: string[] = []
    this.store.load(objectKey, (_, record) => (names = [...(record?.slots.keys() ?? [])]))
    return names
  }
}

interface Asked {
  readonly set?: readonly string[]
  readonly remove?: readonly string[]
  readonly isClear?: boolean
}

test('objectStoreBytes: so much is kept of all objects, and what is more changes nothing', () => {
  const rig = new Rig()
  expect(rig.change('a', { set: ['1', '2'] })).toBe('stored')
  expect(rig.change('b', { set: ['1', '2', '3'] })).toContain('objectStoreBytes')
  expect(rig.slots('b')).toEqual([])
  expect(rig.change('a', { set: ['3', '4'] })).toBe('stored')
  expect(rig.change('a', { set: ['5'] })).toContain('objectStoreBytes')
  expect(rig.slots('a')).toEqual(['1', '2', '3', '4'])
})

test.each<[string, Asked]>([
  ['removing', { remove: ['1', '2', '3'] }],
  ['clearing', { isClear: true }],
])('%s is never refused, and makes room', (_, change) => {
  const rig = new Rig()
  rig.change('a', { set: ['1', '2', '3', '4'] })
  expect(rig.change('b', { set: ['1'] })).toContain('objectStoreBytes')
  expect(rig.change('a', change)).toBe('stored')
  expect(rig.change('b', { set: ['1'] })).toBe('stored')
})

test('what takes the place of something counts once', () => {
  const rig = new Rig()
  for (let at = 0; at < 20; at++) expect(rig.change('a', { set: ['1', '2'] })).toBe('stored')
})
