/** Where a stream is: the name as its client wrote it, and the key that tells streams apart. */
export interface StreamAddress {
  /** Uniform key of the stream's context (`translate/name.ts`). */
  readonly key: string
  readonly app: string
  /** "" for none. */
  readonly instance: string
  readonly name: string
}
