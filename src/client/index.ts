/**
 * Flash's NetConnection and remote SharedObject for a browser, over a WebSocket to a gateway:
 *
 *   import { NetConnection, RemoteSharedObject } from '/lib/client/index.js'
 *
 *   const connection = new NetConnection()
 *   connection.client.receiveMessage = (nick, text) => …
 *   const { nick } = await connection.connect('rtmp://gateway/chat/lobby', 'alice')
 *   await connection.call('sendMessage', 'hello')
 *   const users = RemoteSharedObject.getRemote('users', connection)
 *   users.onsync = () => show(users.data)
 */
export { CallError, NetConnection } from './net-connection.js'
export type { Methods, NetConnectionOptions } from './net-connection.js'
export { fromPlain, toPlain } from './plain.js'
export type { Plain, PlainObject } from './plain.js'
export { RemoteSharedObject } from './remote-shared-object.js'
export type { Change } from './remote-shared-object.js'
export { hostRuntime, openWebSocket, webSocketUrl } from './runtime.js'
export type { PipeListener, Runtime, WebSocketFactory, WebSocketLike } from './runtime.js'
