/** The floor, run as a process: returns every byte, or passes it on to all. Arguments: the file for the port; "one" or "all". */
import { renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

const [, , readyFile = '', whom = 'one'] = process.argv
const sockets = new Set<Socket>()

const server = createServer({ noDelay: true }, (socket) => {
  sockets.add(socket)
  socket.on('error', () => undefined)
  socket.on('close', () => sockets.delete(socket))
  socket.on('data', (bytes) => {
    if (whom === 'one') socket.write(bytes)
    else for (const each of sockets) each.write(bytes)
  })
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  writeFileSync(`${readyFile}.part`, JSON.stringify({ rtmp: port, http: port, psyc: port }))
  renameSync(`${readyFile}.part`, readyFile)
})
process.once('SIGTERM', () => process.exit())
