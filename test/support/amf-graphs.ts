/** Arbitrary graphs of AMF values: every kind, shared instances and cycles. */
import fc from 'fast-check'
import {
  AmfArray,
  AmfDate,
  AmfDictionary,
  AmfEcmaArray,
  AmfExternalizable,
  AmfObject,
  AmfUnsupported,
  AmfVector,
  AmfXml,
  type AmfValue,
} from '../../src/amf/value.js'

const text = fc.string({ unit: 'binary', maxLength: 40 })
const name = fc.oneof(
  text,
  fc.constantFrom('', '__proto__', 'length', '0', 'a}b', '12', '12 x', '|', '{', '=_text'),
)

const primitive: fc.Arbitrary<AmfValue> = fc.oneof(
  { weight: 3, arbitrary: text },
  { weight: 2, arbitrary: fc.integer() },
  { weight: 2, arbitrary: fc.double() },
  fc.constantFrom<AmfValue>(
    undefined,
    null,
    true,
    false,
    -0,
    NaN,
    2 ** 53,
    -(2 ** 53),
    2 ** 53 + 2,
    AmfUnsupported.instance,
  ),
)

/** A child: a primitive, or the number of a node, whichever exist then. */
type Child = { readonly value: AmfValue } | { readonly node: number }
const child: fc.Arbitrary<Child> = fc.oneof(
  fc.record({ value: primitive }),
  fc.record({ node: fc.nat(1000) }),
)

const seed = fc.record({
  kind: fc.constantFrom(
    ...([
      'object',
      'typed',
      'ecma',
      'array',
      'date',
      'bytes',
      'xml',
      'int',
      'uint',
      'double',
      'vector',
    ] as const),
    ...(['dictionary', 'external'] as const),
  ),
  names: fc.array(name, { maxLength: 4 }),
  children: fc.array(child, { minLength: 1, maxLength: 6 }),
  className: text,
  sealed: fc.nat(4),
  flag: fc.boolean(),
  numbers: fc.array(fc.integer(), { maxLength: 4 }),
  number: fc.oneof(fc.double(), fc.integer()),
  bytes: fc.uint8Array({ maxLength: 40 }),
})
type Seed = typeof seed extends fc.Arbitrary<infer T> ? T : never

/** The arguments of a call: primitives and nodes of one graph. */
export const argumentsArbitrary: fc.Arbitrary<AmfValue[]> = fc
  .record({ seeds: fc.array(seed, { maxLength: 12 }), roots: fc.array(child, { maxLength: 5 }) })
  .map(({ seeds, roots }) => {
    const nodes = seeds.map(empty)
    const resolve = (each: Child): AmfValue =>
      'value' in each ? each.value : nodes.length === 0 ? 'none' : nodes[each.node % nodes.length]
    seeds.forEach((each, at) => fill(nodes[at], each, resolve))
    return roots.map(resolve)
  })

function empty({ kind, className, names, sealed, flag, numbers, number, bytes }: Seed): AmfValue {
  switch (kind) {
    case 'object':
      return new AmfObject()
    case 'typed': {
      const count = Math.min(sealed, names.length)
      return new AmfObject(className, flag || names.length > count, count)
    }
    case 'ecma':
      return new AmfEcmaArray()
    case 'array':
      return new AmfArray()
    case 'date':
      return new AmfDate(number)
    case 'bytes':
      return bytes
    case 'xml':
      return new AmfXml(className, flag)
    case 'int':
      return new AmfVector('int', flag, [...numbers])
    case 'uint':
      return new AmfVector(
        'uint',
        flag,
        numbers.map((each) => each >>> 0),
      )
    case 'double':
      return new AmfVector('double', flag, [number, ...numbers])
    case 'vector':
      return new AmfVector('object', flag, [], className)
    case 'dictionary':
      return new AmfDictionary(flag)
    case 'external':
      return new AmfExternalizable(className)
  }
}

function fill(node: AmfValue, { names, children, flag }: Seed, resolve: (each: Child) => AmfValue): void {
  const values = children.map(resolve)
  const at = (index: number): AmfValue => values[index % values.length]
  if (node instanceof AmfObject || node instanceof AmfEcmaArray)
    names.forEach((each, index) => node.push(each, at(index)))
  else if (node instanceof AmfArray) {
    node.items.push(...values)
    if (flag) names.forEach((each, index) => node.push(each, at(index)))
  } else if (node instanceof AmfVector && node.kind === 'object') node.items.push(...values)
  else if (node instanceof AmfDictionary)
    for (const value of values) node.pairs.push([value, at(values.indexOf(value) + 1)])
  else if (node instanceof AmfExternalizable) node.body = values[0]
}
