/**
 * In the thread: the media console of node-media-server, and in front of it what it lacks. Its own listener is never
 * opened: it would answer every app's streams, take publishers without a password, and exit the process when its port
 * is in use [4.4.3: src/server/http_server.js]. Here a request passes that the console makes, and nothing else.
 */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { once } from 'node:events'
import NodeMediaServer from 'node-media-server'
import Context from 'node-media-server/src/core/context.js'
import passwords from 'node-media-server/src/api/handlers/password_hash.js'
import { consoleRequest } from './console-requests.js'
import type { ConsoleSettings } from './messages.js'

export interface MediaConsole {
  readonly port: number
  stop(): Promise<void>
}

const LOOK_MS = 250 // ours: how often readers that do not read are looked for

/** @throws when the port is in use */
export async function startConsole(settings: ConsoleSettings, queueBytes: number): Promise<MediaConsole> {
  const { bind, port, headerBytes, requestMs, connections } = settings
  const nms = newMediaServer(settings)
  const inner = nms.httpServer.httpServer
  const limits = { maxHeaderSize: headerBytes, headersTimeout: requestMs, requestTimeout: requestMs }
  const server = createServer(limits, (request, response) => {
    if (isHome(request)) response.writeHead(302, { Location: '/admin/' }).end()
    else if (consoleRequest(request) !== 'request') refuse(response)
    else inner.emit('request', request, response)
  })
  server.maxConnections = connections
  server.on('upgrade', (request, socket, head) => {
    if (consoleRequest(request) === 'stream') inner.emit('upgrade', request, socket, head)
    else socket.destroy()
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  const sockets = watchReaders(server, queueBytes)

  await nms.store.open()
  for (const part of [nms.relayServer, nms.historyServer]) part.run()
  server.listen(port, bind)
  await once(server, 'listening')
  const { port: bound } = server.address() as AddressInfo
  Context.config['http'] = { port: bound } // what it writes into the addresses that it hands out
  return {
    port: bound,
    stop: async () => {
      clearInterval(sockets.timer)
      server.close()
      for (const socket of sockets.open) socket.destroy()
      nms.relayServer.stop()
      await nms.store.close()
    },
  }
}

function newMediaServer({ bind, user, password, folder }: ConsoleSettings): NodeMediaServer {
  const nms = new NodeMediaServer({
    bind,
    http: { port: 1 }, // makes its server without listening: that is done by `run`, which is not called
    store: { path: folder },
    auth: {
      play: true, // by signed addresses that the console hands out
      secret: randomBytes(16).toString('hex'),
      jwt: {
        secret: randomBytes(32).toString('hex'),
        users: [{ username: user, password: passwords.hashPassword(password), role: 'admin' }],
      },
    },
  })
  Object.assign(nms.store.options, { lock: false, signals: false }) // the node has one such thread, and the signals
  return nms
}

function isHome({ url }: IncomingMessage): boolean {
  return url === '/' || url === '/admin'
}

function refuse(response: ServerResponse): void {
  response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found\n')
}

/** Its streams are written whether or not anybody reads [src/session/flv_session.js sendBuffer]. */
function watchReaders(
  server: ReturnType<typeof createServer>,
  queueBytes: number,
): { open: Set<Socket>; timer: NodeJS.Timeout } {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  const timer = setInterval(() => {
    for (const socket of open) if (socket.writableLength > queueBytes) socket.destroy()
  }, LOOK_MS)
  return { open, timer }
}
