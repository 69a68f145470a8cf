/** How many may come from where. */
import { Socket } from 'node:net'
import { Listeners } from '../../../src/server/listener.js'
import { limitsWith } from '../../../src/util/limits.js'
import { silentLog } from '../../../src/util/log.js'

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true], // IPv4 on a socket that listens to both
  ['192.0.2.1', false],
  ['::ffff:192.0.2.1', false],
])('connectionsPerAddress: of %s any number may come: %s', (remoteAddress, isAny) => {
  const listeners = new Listeners(limitsWith({ connectionsPerAddress: 1 }), silentLog, () => undefined)
  const sockets = [1, 2].map(() =>
    Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress }),
  )
  for (const socket of sockets) listeners.admit(socket)
  expect(listeners.openConnections).toBe(isAny ? 2 : 1)
  listeners.destroy()
})
