/** Values from tagged descriptors: the inverse of src/amf/describe.ts, so that vectors test encoders too. */
import type { AmfEncoding, Descriptor } from '../../src/amf/describe.js'
import { exactly } from '../../src/amf/exact.js'
import { isInt29 } from '../../src/amf/u29.js'
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
  type AmfVectorKind,
  AmfXml,
} from '../../src/amf/value.js'
import { fromHex } from '../../src/util/bytes.js'
import { utf8Length } from '../../src/util/utf8.js'

type Pairs = readonly (readonly [string, Descriptor])[]
/** The fields of all descriptors together; which are there depends on `t`. */
interface Fields {
  readonly v: string & number & boolean
  readonly index: number
  readonly class: string
  readonly count: number
  readonly props: Pairs
  readonly items: readonly Descriptor[]
  readonly ms: number | string
  readonly tz?: number
  readonly value: Descriptor
  readonly dense: readonly Descriptor[]
  readonly assoc: Pairs
  readonly dynamic: boolean
  readonly sealed: Pairs
  readonly members: Pairs
  readonly body: Descriptor | Readonly<Record<string, Descriptor>>
  readonly hex: string
  readonly fixed: boolean
  readonly type: string
  readonly weak: boolean
  readonly entries: readonly (readonly [Descriptor, Descriptor])[]
}

/** The values of one message, exact forms where the value model would merge. */
export function fromDescriptors(descriptors: readonly Descriptor[], encoding: AmfEncoding): AmfValue[] {
  const builder = new Builder(encoding)
  return descriptors.map((descriptor) => builder.build(descriptor))
}

type Build = (builder: Builder, fields: Fields) => AmfValue

class Builder {
  readonly objects: AmfValue[] = []

  constructor(readonly encoding: AmfEncoding) {}

  build(descriptor: Descriptor): AmfValue {
    const build = builds[descriptor.t]
    if (build === undefined) throw new TypeError(`no descriptor "${descriptor.t}"`)
    return build(this, descriptor as unknown as Fields)
  }

  enter<T extends AmfValue>(instance: T): T {
    this.objects.push(instance)
    return instance
  }

  all(descriptors: readonly Descriptor[]): AmfValue[] {
    return descriptors.map((descriptor) => this.build(descriptor))
  }

  fill<T extends AmfObject | AmfEcmaArray | AmfArray>(into: T, pairs: Pairs): T {
    for (const [name, value] of pairs) into.push(name, this.build(value))
    return into
  }
}

const builds: Readonly<Record<string, Build>> = {
  undefined: () => undefined,
  null: () => null,
  boolean: (_, { v }) => v,
  unsupported: () => AmfUnsupported.instance,
  string: (_, { v }) => v,
  'long-string': (_, { v }) => (utf8Length(v) > 0xffff ? v : exactly('long-string', v)),
  number: (_, { v }) => Number(v),
  integer: (_, { v }) => v,
  double: (_, { v }) => (isInt29(Number(v)) ? exactly('double', v) : Number(v)),
  ref: ({ objects }, { index }) => objects[index],
  amf3: (_, { value }) => exactly('amf3', new Builder('amf3').build(value)),
  'typed-object': (builder, fields) => builder.fill(builder.enter(new AmfObject(fields.class)), fields.props),
  'ecma-array'(builder, { count, props }) {
    const array = builder.fill(builder.enter(new AmfEcmaArray()), props)
    return count === array.size ? array : exactly('ecma-array', array, count)
  },
  'strict-array': (builder, { items }) => buildItems(builder, builder.enter(new AmfArray()), items),
  array(builder, { dense, assoc }) {
    const array = builder.fill(builder.enter(new AmfArray()), assoc)
    return buildItems(builder, array, dense)
  },
  object(builder, fields) {
    if (builder.encoding === 'amf0') return builder.fill(builder.enter(new AmfObject()), fields.props)
    const object = builder.enter(new AmfObject(fields.class, fields.dynamic, fields.sealed.length))
    return builder.fill(builder.fill(object, fields.sealed), fields.members)
  },
  date(builder, { ms, tz = 0 }) {
    const date = new AmfDate(Number(ms), tz)
    return builder.encoding === 'amf0' ? date : builder.enter(date)
  },
  xml: (builder, { v }) => builder.enter(new AmfXml(v, false)),
  'xml-document': (builder, { v }) =>
    builder.encoding === 'amf0' ? new AmfXml(v, true) : builder.enter(new AmfXml(v, true)),
  bytes: (builder, { hex }) => builder.enter(fromHex(hex)),
  'vector-int': buildNumbers('int'),
  'vector-uint': buildNumbers('uint'),
  'vector-double': buildNumbers('double'),
  'vector-object': (builder, { fixed, type, items }) =>
    buildItems(builder, builder.enter(new AmfVector('object', fixed, [], type)), items),
  dictionary(builder, { weak, entries }) {
    const dictionary = builder.enter(new AmfDictionary(weak))
    for (const [key, value] of entries) dictionary.pairs.push([builder.build(key), builder.build(value)])
    return dictionary
  },
  externalizable(builder, fields) {
    const instance = builder.enter(new AmfExternalizable(fields.class))
    instance.body = isDescriptor(fields.body)
      ? builder.build(fields.body)
      : builder.fill(new AmfObject(), Object.entries(fields.body))
    return instance
  },
}

function buildNumbers(kind: AmfVectorKind): Build {
  return (builder, { fixed, items }) => builder.enter(new AmfVector(kind, fixed, items.map(Number)))
}

function buildItems<T extends AmfArray | AmfVector>(
  builder: Builder,
  into: T,
  items: readonly Descriptor[],
): T {
  into.items.push(...builder.all(items))
  return into
}

function isDescriptor(body: Fields['body']): body is Descriptor {
  return typeof body.t === 'string'
}
