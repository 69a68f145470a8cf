/** The two libraries that judge our codec come without declarations; these are the parts we use. */
declare module 'amf-codec' {
  export class Memo {
    constructor(position?: number)
    position: number
  }
  export function toAMF(value: unknown): Buffer
  export function decodeAMF(bytes: Buffer, memo: Memo): unknown
  const codec: { toAMF: typeof toAMF; decodeAMF: typeof decodeAMF; Memo: typeof Memo }
  export default codec
}

declare module 'amfjs' {
  export const AMF0: unique symbol
  export const AMF3: unique symbol
  export class AMFEncoder {
    constructor(sink: { write(bytes: Buffer): void })
    writeObject(value: unknown, version: unknown): void
  }
  export class AMFDecoder {
    constructor(source: { read(length: number): Buffer | null })
    decode(version: unknown): unknown
  }
  export class Serializable {
    constructor(className?: string)
    __class: string | undefined
  }
  const codec: {
    AMF0: typeof AMF0
    AMF3: typeof AMF3
    AMFEncoder: typeof AMFEncoder
    AMFDecoder: typeof AMFDecoder
    Serializable: typeof Serializable
  }
  export default codec
}
