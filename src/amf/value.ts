/**
 * The value model that AMF0 and AMF3 share [AMF0 §2, AMF3 §3]. Integer and double are one number, string and long
 * string one string; the order of properties is kept; identity is meaning: the same instance met twice is a reference.
 * Properties are parallel arrays and never keys of a JavaScript object, so `__proto__` and `length` are names like any.
 */
export type AmfValue =
  | undefined
  | null
  | boolean
  | number
  | string
  | Uint8Array // ByteArray
  | AmfObject
  | AmfArray
  | AmfEcmaArray
  | AmfDate
  | AmfXml
  | AmfVector
  | AmfDictionary
  | AmfExternalizable
  | AmfUnsupported

const noNames: readonly string[] = Object.freeze([])

/** Ordered properties; a name may repeat on the wire, the last one counts. */
abstract class AmfProperties {
  // Made by each class: a constructor here would cost each value a call that V8 does not inline, 7 % of decoding.
  /** In step with `values`. Shared when frozen, and then replaced before a change; otherwise owned. */
  abstract names: readonly string[]
  abstract readonly values: AmfValue[]

  get size(): number {
    return this.names.length
  }

  get(name: string): AmfValue {
    const at = this.names.lastIndexOf(name)
    return at < 0 ? undefined : this.values[at]
  }

  has(name: string): boolean {
    return this.names.includes(name)
  }

  /** Replace the value of `name`, or add it at the end. */
  set(name: string, value: AmfValue): this {
    const at = this.names.lastIndexOf(name)
    if (at >= 0) this.values[at] = value
    else this.push(name, value)
    return this
  }

  /** Add without looking for the name. */
  push(name: string, value: AmfValue): void {
    const own = Object.isFrozen(this.names) ? [...this.names] : (this.names as string[])
    own.push(name)
    this.names = own
    this.values.push(value)
  }

  *entries(): Generator<[string, AmfValue]> {
    for (let at = 0; at < this.names.length; at++) yield [this.names[at] ?? '', this.values[at]]
  }
}

/**
 * An object. The first `sealedCount` properties are the sealed members of its class (AMF3 traits), the others
 * dynamic. AMF0 objects are dynamic without sealed members; a typed object has a class name.
 */
export class AmfObject extends AmfProperties {
  constructor(
    readonly className = '',
    readonly isDynamic = true,
    readonly sealedCount = 0,
    public names = noNames,
    readonly values: AmfValue[] = [],
  ) {
    super()
  }

  static of(properties: Readonly<Record<string, AmfValue>>): AmfObject {
    return new AmfObject('', true, 0, Object.keys(properties), Object.values(properties))
  }
}

/** AMF0 ECMA array: properties of an ActionScript array, indices among them as text. */
export class AmfEcmaArray extends AmfProperties {
  /** For the compiler alone, to which an object or array would otherwise be a kind of ECMA array. */
  declare protected readonly nominal: 'ecma-array'

  constructor(
    public names = noNames,
    readonly values: AmfValue[] = [],
  ) {
    super()
  }
}

/** AMF0 strict array (no named part) and AMF3 array: dense items and a named part. */
export class AmfArray extends AmfProperties {
  constructor(
    readonly items: AmfValue[] = [],
    public names = noNames,
    readonly values: AmfValue[] = [],
  ) {
    super()
  }
}

export class AmfDate {
  /**
   * @param ms Unix time in milliseconds; NaN for an invalid date
   * @param zone AMF0's time zone in minutes; no part of the instant
   */
  constructor(
    readonly ms: number,
    readonly zone = 0,
  ) {}
}

export class AmfXml {
  /** @param isDocument flash.xml.XMLDocument (AMF0 0x0F, AMF3 0x07) rather than E4X (AMF3 0x0B) */
  constructor(
    readonly text: string,
    readonly isDocument: boolean,
  ) {}
}

export type AmfVectorKind = 'int' | 'uint' | 'double' | 'object'

export class AmfVector {
  /** @param typeName class of the items of an object vector; "" and "*" mean any */
  constructor(
    readonly kind: AmfVectorKind,
    readonly isFixed: boolean,
    readonly items: AmfValue[] = [],
    readonly typeName = '',
  ) {}
}

export class AmfDictionary {
  constructor(
    readonly hasWeakKeys: boolean,
    readonly pairs: [AmfValue, AmfValue][] = [],
  ) {}
}

/** An object whose class writes its own body: the Flex collections and small messages [rtmp.md 5.3]. */
export class AmfExternalizable {
  body: AmfValue

  constructor(
    readonly className: string,
    body?: AmfValue,
  ) {
    this.body = body
  }
}

/** AMF0 0x0D: the sender had a value that it could not write. */
export class AmfUnsupported {
  /** For the compiler alone, to which anything would otherwise be a kind of empty class. */
  declare protected readonly nominal: 'unsupported'
  static readonly instance = new AmfUnsupported()
}
