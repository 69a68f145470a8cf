/**
 * Arbitrary AMF graphs for fast-check: up to a dozen instances that hold primitive values and each other, whichever
 * way: shared, nested, in cycles. A node is first made, then filled, so that any node can hold any.
 */
import fc from 'fast-check'
import type { AmfEncoding } from '../../src/amf/describe.js'
import {
  AmfArray,
  AmfDate,
  AmfDictionary,
  AmfEcmaArray,
  AmfExternalizable,
  AmfObject,
  AmfUnsupported,
  type AmfValue,
  AmfVector,
  AmfXml,
} from '../../src/amf/value.js'

type Child = { readonly node: number } | { readonly value: AmfValue }

interface NodeSpec {
  readonly kind: number
  readonly className: string
  readonly flag: boolean
  readonly names: readonly string[]
  readonly children: readonly Child[]
  readonly numbers: readonly number[]
}

type Instance = Extract<AmfValue, object>
type Take = (index: number) => AmfValue

interface Shape {
  readonly make: (spec: NodeSpec) => Instance
  readonly fill: (instance: Instance, spec: NodeSpec, take: Take) => void
}

const text = fc.string({ unit: 'binary', maxLength: 40 })
const name = fc.oneof(
  fc.constantFrom('__proto__', 'length', 'constructor', '0', '1', 'toString'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
)
const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-0, NaN, 2 ** 28 - 1, 2 ** 28, -(2 ** 28)))
const shared = fc.oneof(
  fc.constantFrom<AmfValue[]>(undefined, null, true, false, ''),
  number,
  text,
  number.map((ms) => new AmfDate(ms)),
)
const leaves: Readonly<Record<AmfEncoding, fc.Arbitrary<AmfValue>>> = {
  amf0: fc.oneof(
    shared,
    text.map((xml) => new AmfXml(xml, true)),
    fc.constant(AmfUnsupported.instance),
  ),
  amf3: fc.oneof(
    shared,
    fc.tuple(text, fc.boolean()).map(([xml, isDocument]) => new AmfXml(xml, isDocument)),
  ),
}

function fillNamed(into: Instance, { names }: NodeSpec, take: Take): void {
  if (into instanceof AmfObject || into instanceof AmfArray || into instanceof AmfEcmaArray)
    names.forEach((name, at) => into.push(name, take(at)))
}

function fillItems(into: Instance, { children }: NodeSpec, take: Take): void {
  if (into instanceof AmfArray || into instanceof AmfVector)
    children.forEach((_, at) => into.items.push(take(at)))
}

const nothing = (): void => undefined

const anonymous: Shape = { make: () => new AmfObject(), fill: fillNamed }
const typed: Shape = { make: ({ className }) => new AmfObject(className), fill: fillNamed }
const strictArray: Shape = { make: () => new AmfArray(), fill: fillItems }

const shapes: Readonly<Record<AmfEncoding, readonly Shape[]>> = {
  amf0: [anonymous, typed, strictArray, { make: () => new AmfEcmaArray(), fill: fillNamed }],
  amf3: [
    anonymous,
    typed,
    strictArray,
    {
      make: ({ className, flag, names }) =>
        new AmfObject(className, flag, flag ? Math.min(2, names.length) : names.length),
      fill: fillNamed,
    },
    {
      make: () => new AmfArray(),
      fill(into, spec, take) {
        fillNamed(into, spec, take)
        fillItems(into, spec, take)
      },
    },
    { make: ({ flag, className }) => new AmfVector('object', flag, [], className), fill: fillItems },
    { make: ({ flag, numbers }) => new AmfVector('double', flag, [...numbers]), fill: nothing },
    {
      make: ({ flag, numbers }) =>
        new AmfVector(
          'int',
          flag,
          numbers.map((n) => n | 0),
        ),
      fill: nothing,
    },
    {
      make: ({ flag, numbers }) =>
        new AmfVector(
          'uint',
          flag,
          numbers.map((n) => n >>> 0),
        ),
      fill: nothing,
    },
    { make: ({ numbers }) => Uint8Array.from(numbers), fill: nothing },
    {
      make: ({ flag }) => new AmfDictionary(flag),
      fill(into, { children }, take) {
        if (!(into instanceof AmfDictionary)) return
        for (let at = 0; at + 1 < children.length; at += 2) into.pairs.push([take(at), take(at + 1)])
      },
    },
    {
      make: ({ flag }) =>
        new AmfExternalizable(`flex.messaging.io.${flag ? 'ObjectProxy' : 'ArrayCollection'}`),
      fill(into, _, take) {
        if (into instanceof AmfExternalizable) into.body = take(0)
      },
    },
    {
      make: () => new AmfExternalizable('DSC'),
      fill(into, _, take) {
        if (!(into instanceof AmfExternalizable)) return
        into.body = AmfObject.of({ body: take(0), messageIdBytes: take(1), operation: take(2) })
      },
    },
  ],
}

/** The values of one message in the domain of the encoding: what it can write and read without loss. */
export function amfGraph(encoding: AmfEncoding): fc.Arbitrary<AmfValue[]> {
  const child: fc.Arbitrary<Child> = fc.oneof(
    leaves[encoding].map((value) => ({ value })),
    fc.nat(11).map((node) => ({ node })),
  )
  const spec: fc.Arbitrary<NodeSpec> = fc.record({
    kind: fc.nat(shapes[encoding].length - 1),
    className: fc.oneof(name, fc.constant('')),
    flag: fc.boolean(),
    names: fc.array(name, { maxLength: 5 }),
    children: fc.array(child, { maxLength: 6 }),
    numbers: fc.array(number, { maxLength: 4 }),
  })
  const nodes = fc.array(spec, { minLength: 1, maxLength: 12 })
  return fc.tuple(nodes, fc.array(child, { minLength: 1, maxLength: 4 })).map(([specs, roots]) => {
    const instances = specs.map((node) => shapes[encoding][node.kind]!.make(node))
    const valueOf = (child: Child | undefined): AmfValue => {
      if (child === undefined) return null
      return 'node' in child ? instances[child.node % instances.length] : child.value
    }
    specs.forEach((node, at) =>
      shapes[encoding][node.kind]!.fill(instances[at]!, node, (index) => valueOf(node.children[index])),
    )
    return roots.map(valueOf)
  })
}
