/** A gateway on free ports of the loopback address, and clients that are a socket and no more. */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configOf } from '../../src/server/config.js'
import type { ConfigSource } from '../../src/server/config.js'
import { Gateway } from '../../src/server/gateway.js'
import type { GatewayOptions, Ports } from '../../src/server/gateway.js'
import type { Listeners } from '../../src/server/listener.js'
import type { LogFields } from '../../src/util/log.js'

export interface TestGateway {
  readonly gateway: Gateway
  readonly ports: Ports
  readonly logged: { level: string; fields: LogFields; message: string }[]
}

/** What is served under /examples/: index.html, room/index.html, page.html, page.swf, and a file outside. */
export function exampleFolders(): { folders: { modules: string; examples: string }; remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'gateway-'))
  const examples = join(root, 'examples')
  mkdirSync(join(examples, 'room'), { recursive: true })
  writeFileSync(join(root, 'secret.txt'), 'secret')
  for (const name of ['index.html', 'room/index.html', 'page.html', 'page.swf', 'sp ace.txt'])
    writeFileSync(join(examples, name), name)
  return {
    folders: { modules: join(root, 'none'), examples },
    remove: () => rmSync(root, { recursive: true }),
  }
}

export function newGateway(
  config: ConfigSource = {},
  examples = '/nonexistent',
  options: Partial<GatewayOptions> = {},
): Omit<TestGateway, 'ports'> {
  const logged: TestGateway['logged'] = []
  const note = (level: string) => (fields: LogFields, message: string) => {
    logged.push({ level, fields, message })
  }
  const gateway = new Gateway({
    config: configOf({ ports: { rtmp: 0, http: 0, psyc: 0 }, ...config }),
    log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
    version: 'test',
    folders: { modules: '/nonexistent', examples },
    ...options,
  })
  return { gateway, logged }
}

export async function startGateway(config: ConfigSource = {}, examples?: string): Promise<TestGateway> {
  const made = newGateway(config, examples)
  return { ...made, ports: await made.gateway.start() }
}

/** Its connections that are open. */
export function listenersOf(gateway: object): Listeners {
  return (gateway as { readonly listeners: Listeners }).listeners
}

/** End the node. @returns how many connections were open when it did not wait any longer: 0 when it ends in order */
export async function leftAtStop({ gateway }: Pick<TestGateway, 'gateway'>): Promise<number> {
  const listeners = listenersOf(gateway)
  let left = -1
  const destroy = jest.spyOn(listeners, 'destroy').mockImplementation(() => {
    left = listeners.openConnections
    destroy.mockRestore()
    listeners.destroy()
  })
  await gateway.stop()
  return left
}

/** One TCP connection. What comes is kept as Latin-1 text, so that a character is a byte. */
export class RawClient {
  readonly socket: Socket
  text = ''
  readonly closed: Promise<void>
  private readonly waiting = new Set<() => void>()

  /** @param to a port, or a connection that was made otherwise */
  constructor(to: number | Socket, host = '127.0.0.1') {
    this.socket = typeof to === 'number' ? connect({ port: to, host, noDelay: true }) : to
    this.socket.on('data', (bytes) => {
      this.text += bytes.toString('latin1')
      for (const look of [...this.waiting]) look()
    })
    this.socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()))
  }

  write(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    return this
  }

  /** Resolves with all that came as soon as it is enough, or the connection is closed. */
  async until(isEnough: (text: string) => boolean): Promise<string> {
    if (!isEnough(this.text)) {
      const enough = new Promise<void>((resolve) => {
        const look = (): void => {
          if (!isEnough(this.text)) return
          this.waiting.delete(look)
          resolve()
        }
        this.waiting.add(look)
      })
      await Promise.race([enough, this.closed])
    }
    return this.text
  }

  async whole(): Promise<string> {
    await this.closed
    return this.text
  }

  end(): void {
    this.socket.destroy()
  }
}

/** One HTTP request; the answer whole. */
export function httpAnswer(port: number, head: string): Promise<string> {
  return new RawClient(port).write(`${head}\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`).whole()
}
