/** Where a node listens, once it does. */
export interface Ports {
  readonly rtmp: number
  readonly http: number
  readonly psyc: number
  /** The further one of `tls.port`. */
  readonly tls?: number
  /** The media console. */
  readonly console?: number
}
