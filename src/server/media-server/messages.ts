/** What the node and the thread with node-media-server say to each other. Bytes are copied on the way. */

/** What the thread is started with. */
export interface MediaServerSettings {
  readonly cameras: readonly { readonly url: string; readonly path: string }[]
  readonly console?: ConsoleSettings | undefined
  /** Bytes of one frame of a camera, and of what waits for a reader or for the node. */
  readonly messageBytes: number
  readonly queueBytes: number
  /** ms without media after which a camera is called again. */
  readonly silenceMs: number
}

export interface ConsoleSettings {
  readonly bind: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** Where it keeps its history. */
  readonly folder: string
  readonly headerBytes: number
  readonly requestMs: number
  readonly connections: number
}

/** `path` is node-media-server's name of a stream: "/app/name". */
export type ToMediaServer =
  | { readonly kind: 'published'; readonly path: string }
  /** Whole FLV tags of a stream that is published here. */
  | { readonly kind: 'tags'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: 'unpublished'; readonly path: string }
  /** The node has taken so many bytes of a camera. */
  | { readonly kind: 'taken'; readonly path: string; readonly length: number }
  | { readonly kind: 'stop' }

export type FromMediaServer =
  | { readonly kind: 'ready'; readonly consolePort: number | undefined }
  | { readonly kind: 'log'; readonly level: 'debug' | 'warn'; readonly text: string }
  | { readonly kind: 'camera'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: 'cameraEnded'; readonly path: string }
  /** The thread has taken so many bytes of a stream. */
  | { readonly kind: 'taken'; readonly path: string; readonly length: number }
