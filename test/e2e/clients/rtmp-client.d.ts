/** What the tests use of npm's rtmp-client, which has no types of its own. */
declare module 'rtmp-client' {
  export interface Info {
    readonly code: string
    readonly level: string
    readonly description?: string
  }

  export class NetConnection {
    onStatus: (info: Info) => void
    connect(url: string, ...args: readonly unknown[]): boolean
    call(
      name: string,
      responder: { onResult(value: unknown): void; onStatus(info: Info): void },
      ...args: readonly unknown[]
    ): Promise<unknown>
    close(): void
  }

  export class SharedObject {
    static get(name: string, persistence: boolean, connection: NetConnection): SharedObject
    onStatus: (info: Info) => void
    onSync: (changes: readonly unknown[]) => void
    getProperty(slot: string): unknown
    getPropertyNames(): string[]
    setProperty(slot: string, value: unknown): boolean
    clear(): boolean
  }
}
