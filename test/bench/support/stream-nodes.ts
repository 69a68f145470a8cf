/** Peers that are fed streams over PSYC circuits and do nothing with them: what is measured is who feeds them. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

export interface FedPeers {
  /** Received by all since last asked. */
  takeBytes(): number
  stop(): Promise<void>
}

/**
 * @param root of the node that feeds them
 * @param contexts each is entered by so many peers, each on a circuit of its own
 */
export async function feedPeers(
  psycPort: number,
  root: string,
  contexts: readonly string[],
  count: number,
): Promise<FedPeers> {
  let bytes = 0
  const sockets: Socket[] = []
  for (const context of contexts.flatMap((each) => Array<string>(count).fill(each))) {
    const socket = connect(psycPort, '127.0.0.1')
    sockets.push(socket)
    socket.on('data', (data) => (bytes += data.length))
    await once(socket, 'connect')
    socket.write(`|\n:_target\t${root}${context}\n\n_request_context_enter\n|\n`)
  }
  return {
    takeBytes: () => {
      const taken = bytes
      bytes = 0
      return taken
    },
    stop: async () => {
      for (const socket of sockets) {
        socket.end()
        await once(socket, 'close')
      }
    },
  }
}
