/** Sockets to other PSYC nodes. */
import { connect as connectTcp, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Connect, ConnectEvents, ConnectFailure, Destination } from '../psyc/session/connect.js'
import type { Log } from '../util/log.js'
import type { Turn } from '../util/turn.js'
import { runCircuit, sinkOf } from './psyc-connection.js'
import { SocketOutlet } from './socket-outlet.js'

const CONNECT_MS = 10_000 // ours

/** @param localAddress where our connections come from: other nodes compare it with the host of our uniforms */
export function tcpConnect(turn: Turn, log: Log, localAddress?: string): Connect {
  return (to, events) => {
    const socket = open(to, localAddress)
    let isDecided = false
    const fail = (reason: ConnectFailure): void => {
      socket.destroy()
      if (isDecided) return
      isDecided = true
      events.failed(reason)
    }
    const timeout = setTimeout(() => fail('_timeout_connect'), CONNECT_MS)
    socket.once('close', () => clearTimeout(timeout))
    socket.once('error', (error: NodeJS.ErrnoException) => fail(reasons[error.code ?? ''] ?? '_disconnect'))
    socket.once(to.isEncrypted ? 'secureConnect' : 'connect', () => {
      clearTimeout(timeout)
      if (isDecided) return
      isDecided = true
      serve(socket, to, events, turn, log)
    })
    return {
      cancel: () => {
        isDecided = true
        socket.destroy()
      },
    }
  }
}

function serve(socket: Socket, to: Destination, events: ConnectEvents, turn: Turn, log: Log): void {
  const outlet = new SocketOutlet(socket, turn)
  const { remoteAddress = '', remotePort = 0 } = socket
  const peer = { address: remoteAddress, port: remotePort, isEncrypted: to.isEncrypted }
  runCircuit(socket, outlet, events.opened(sinkOf(socket, outlet), peer), log)
}

function open({ host, port, isEncrypted }: Destination, localAddress: string | undefined): Socket {
  const from = localAddress === undefined ? {} : { localAddress }
  const servername = isIP(host) === 0 ? { servername: host } : {}
  const socket = isEncrypted
    ? connectTls({ host, port, ...from, ...servername })
    : connectTcp({ host, port, ...from })
  return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS)
}

const KEEP_ALIVE_MS = 60_000

const reasons: Readonly<Record<string, ConnectFailure>> = {
  ENOTFOUND: '_resolve',
  EAI_AGAIN: '_resolve',
  ETIMEDOUT: '_timeout_connect',
}
