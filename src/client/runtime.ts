/**
 * What the client takes from the page or program it runs in: time, randomness and a pipe of bytes. The core may not
 * touch globals; this file is where a browser (or Node) comes in, and tests pass their own.
 */
/* eslint-disable no-restricted-globals, no-restricted-properties -- the one place of the client that knows its host */
import type { ByteSink } from '../rtmp/session/byte-stream.js'
import type { Crypto } from '../rtmp/wire/handshake.js'
import type { Timers } from '../util/timers.js'

export interface PipeListener {
  /** Shared bytes. */
  received(bytes: Uint8Array): void
  ended(how: 'finished' | 'lost'): void
}

export interface Runtime {
  readonly timers: Timers
  readonly crypto: Crypto
  /** Open a pipe to the server; bytes sent before it is open wait. @param address as given to `connect` */
  open(address: string, listener: PipeListener): ByteSink
}

/** The part of the browser's WebSocket that is used; npm's `ws` has it too. */
export interface WebSocketLike {
  binaryType: string
  readonly bufferedAmount: number
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly wasClean: boolean }) => void) | null
  send(bytes: Uint8Array): void
  close(): void
}

export type WebSocketFactory = (url: string) => WebSocketLike

/** The host's own WebSocket, clock and random numbers. @param makeSocket for hosts without a WebSocket, as Node 20 */
export function hostRuntime(makeSocket: WebSocketFactory = makeHostSocket): Runtime {
  return {
    timers: {
      clock: { now: () => performance.now(), wallTime: () => Date.now() },
      after: (delayMs, run) => {
        const handle = setTimeout(run, delayMs)
        return { cancel: () => clearTimeout(handle) }
      },
    },
    crypto: {
      randomBytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
      // The simple handshake signs nothing.
      hmacSha256: () => new Uint8Array(32),
    },
    open: (address, listener) => openWebSocket(makeSocket(webSocketUrl(address)), listener),
  }
}

function makeHostSocket(url: string): WebSocketLike {
  const { WebSocket } = globalThis as unknown as { WebSocket: new (url: string) => WebSocketLike }
  return new WebSocket(url)
}

export interface Address {
  readonly scheme: string
  /** With the port, if one was given. */
  readonly host: string
  /** App, instance and query. */
  readonly app: string
}

/** @throws TypeError unless it is `rtmp:`, `rtmps:`, `ws:` or `wss:` with a host */
export function parseAddress(address: string): Address {
  const [, scheme, host, app] = /^(rtmps?|wss?):\/\/([^/?#]+)\/*([^#]*)/i.exec(address) ?? []
  if (scheme === undefined || host === undefined)
    throw new TypeError(`expected rtmp://host/app or ws://host/app, got ${address}`)
  return { scheme: scheme.toLowerCase(), host, app: app ?? '' }
}

const DEFAULT_PORTS: ReadonlyMap<string, string> = new Map([
  ['rtmp', ':1935'],
  ['rtmps', ':443'],
])

/**
 * Where the server takes RTMP in WebSocket messages: `/rtmp` on the same host and port, since every port of a gateway
 * answers all protocols.
 * @throws TypeError as `parseAddress`
 */
export function webSocketUrl(address: string): string {
  const { scheme, host } = parseAddress(address)
  const port = /:\d+$/.test(host) ? '' : (DEFAULT_PORTS.get(scheme) ?? '')
  return `${scheme === 'rtmps' || scheme === 'wss' ? 'wss' : 'ws'}://${host}${port}/rtmp`
}

/** A WebSocket of binary messages as a pipe; where one message ends means nothing. */
export function openWebSocket(socket: WebSocketLike, listener: PipeListener): ByteSink {
  let waiting: Uint8Array[] | undefined = []
  socket.binaryType = 'arraybuffer'
  socket.onopen = () => {
    for (const bytes of waiting ?? []) socket.send(bytes)
    waiting = undefined
  }
  socket.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) listener.received(new Uint8Array(data))
  }
  socket.onclose = ({ wasClean }) => listener.ended(wasClean ? 'finished' : 'lost')
  return {
    send: (bytes) => {
      if (waiting === undefined) socket.send(bytes)
      else waiting.push(bytes)
    },
    end: () => socket.close(),
    fail: () => socket.close(),
    queuedBytes: () => socket.bufferedAmount,
  }
}
