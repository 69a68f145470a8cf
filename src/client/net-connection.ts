/** Flash's NetConnection for pages: connect, call and be called, with plain values. */
import { RtmpClientSession } from '../rtmp/session/client-session.js'
import type { CallAnswer } from '../rtmp/session/events.js'
import { SharedObjectFlag } from '../rtmp/wire/shared-object.js'
import type { SharedObjectMessage } from '../rtmp/wire/shared-object.js'
import { defaultLimits } from '../util/limits.js'
import { fromPlain, toPlain } from './plain.js'
import type { Plain, PlainObject } from './plain.js'
import { hostRuntime, parseAddress } from './runtime.js'
import type { Runtime } from './runtime.js'

/** Methods that the server may call; what one returns, or its promise, is the answer. Only own properties count. */
export type Methods = Record<string, (...args: Plain[]) => unknown>

/** The server said no, or nothing. `info` is what it said: level, code, description and more. */
export class CallError extends Error {
  constructor(readonly info: Plain) {
    super(describe(info))
    this.name = 'CallError'
  }
}

export interface NetConnectionOptions {
  readonly runtime?: Runtime
  /** 3 by default: AMF3, with byte arrays and dictionaries. */
  readonly objectEncoding?: 0 | 3
}

/** What a shared object needs of its connection, and the connection of it. */
export interface SharedObjectEnd {
  receive(message: SharedObjectMessage): void
  ended(): void
}

export class NetConnection {
  /** What the server may call: `connection.client.receiveMessage = (nick, text) => …` */
  client: Methods = {}
  /** onStatus of the connection; `NetConnection.Connect.Closed` when it is over. */
  onstatus: (info: Plain) => void = () => undefined
  isConnected = false
  private readonly runtime: Runtime
  private readonly objectEncoding: 0 | 3
  private session: RtmpClientSession | undefined
  private readonly objects = new Map<string, SharedObjectEnd>()

  constructor(options: NetConnectionOptions = {}) {
    this.runtime = options.runtime ?? hostRuntime()
    this.objectEncoding = options.objectEncoding ?? 3
  }

  /**
   * @param address `rtmp://host/app/instance`, `rtmps:`, `ws:` or `wss:`; a connection connects once
   * @param args for the application: nick, password, …
   * @returns the information object of the answer
   * @throws CallError (as a rejection) when refused or unreachable
   */
  async connect(address: string, ...args: unknown[]): Promise<PlainObject> {
    if (this.session !== undefined) throw new TypeError('this connection has been connected before')
    const { host, app } = parseAddress(address)
    const { timers, crypto } = this.runtime
    const early: Uint8Array[] = []
    const sink = this.runtime.open(address, {
      received: (bytes) => this.session?.receive(bytes) ?? early.push(bytes),
      ended: (how) => this.session?.ended(how),
    })
    const session = new RtmpClientSession(
      { sink, timers, crypto, limits: defaultLimits },
      {
        call: (name, values, answer) => this.answerCall(name, values.map(toPlain), answer),
        status: (info) => this.onstatus(toPlain(info)),
        sharedObject: (message) =>
          this.objects.get(objectKey(message.name, isPersistent(message)))?.receive(message),
        media: () => undefined,
        userControl: () => undefined,
        closed: () => this.ended(),
      },
    )
    this.session = session
    for (const bytes of early) session.receive(bytes)
    const { objectEncoding } = this
    const tcUrl = `rtmp://${host}/${app}`
    const info = await settled((onAnswer) => {
      session.connect({ app, tcUrl, objectEncoding, args: args.map(fromPlain) }, onAnswer)
    })
    this.isConnected = true
    return info as PlainObject
  }

  /** @returns what the method answered @throws CallError (as a rejection) when it failed, timed out or is unknown */
  call(name: string, ...args: unknown[]): Promise<Plain> {
    const { session } = this
    if (session === undefined) return Promise.reject(new CallError(undefined))
    return settled((onAnswer) => session.call(name, args.map(fromPlain), onAnswer))
  }

  /** A call that wants no answer. */
  send(name: string, ...args: unknown[]): void {
    this.session?.call(name, args.map(fromPlain))
  }

  close(): void {
    this.session?.end()
  }

  /** @internal for RemoteSharedObject */
  sendSharedObject(message: SharedObjectMessage): void {
    this.session?.sendSharedObject(message)
  }

  /** @internal one object per name and persistence: another use of it is the same subscription */
  useObject<End extends SharedObjectEnd>(name: string, persistent: boolean, make: () => End): End {
    const key = objectKey(name, persistent)
    const known = this.objects.get(key) as End | undefined
    const end = known ?? make()
    this.objects.set(key, end)
    return end
  }

  /** @internal */
  releaseObject(name: string, persistent: boolean): void {
    this.objects.delete(objectKey(name, persistent))
  }

  private ended(): void {
    this.isConnected = false
    for (const object of this.objects.values()) object.ended()
    this.objects.clear()
    this.onstatus({ level: 'status', code: 'NetConnection.Connect.Closed', description: '' })
  }

  private answerCall(name: string, args: Plain[], answer: (answer: CallAnswer) => void): void {
    const method = Object.hasOwn(this.client, name) ? this.client[name] : undefined
    const refuse = (description: string): void => {
      answer({
        ok: false,
        info: fromPlain({ level: 'error', code: 'NetConnection.Call.Failed', description }),
      })
    }
    if (method === undefined) {
      refuse(`Method not found (${name}).`)
      return
    }
    Promise.resolve()
      .then(() => method(...args))
      .then((value) => answer({ ok: true, value: fromPlain(value) }))
      .catch(() => refuse(`call to function ${name} failed`))
  }
}

function settled(ask: (onAnswer: (answer: CallAnswer) => void) => void): Promise<Plain> {
  return new Promise((resolve, reject) => {
    ask((answer) => {
      if (answer.ok) resolve(toPlain(answer.value))
      else reject(new CallError(toPlain(answer.info)))
    })
  })
}

function describe(info: Plain): string {
  const description = typeof info === 'object' ? (info as PlainObject | null)?.['description'] : undefined
  return typeof description === 'string' ? description : 'the call failed'
}

function objectKey(name: string, persistent: boolean): string {
  return `${persistent ? 'p' : 'v'} ${name}`
}

function isPersistent({ flags }: SharedObjectMessage): boolean {
  return (flags & SharedObjectFlag.Persistent) !== 0
}
