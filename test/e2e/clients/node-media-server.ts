/**
 * node-media-server with its RTMP listener alone. Arguments: the port and a folder for its store. Each line of standard
 * input is a relay task as JSON. Prints "ready" when it takes connections and tasks, and "published PATH" when a stream begins;
 * its own log is muted.
 */
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

interface NodeMediaServer {
  readonly rtmpServer: { readonly tcpServer?: { once(event: 'listening', done: () => void): void } }
  readonly relayServer: { addTask(task: object): unknown }
  on(event: 'postPublish', listener: (session: { readonly streamPath: string }) => void): void
  run(): Promise<void>
}

type Constructor = new (config: object, configFile: string) => NodeMediaServer

const [, , port = '0', folder = ''] = process.argv
const Server = createRequire(import.meta.url)('node-media-server') as Constructor

console.log = () => undefined

const server = new Server(
  { bind: '127.0.0.1', rtmp: { port: Number(port) }, store: { path: folder }, webadmin: { enable: false } },
  '',
)
const listening = new Promise<void>((resolve) => server.rtmpServer.tcpServer?.once('listening', resolve))
await Promise.all([listening, server.run()])
server.on('postPublish', ({ streamPath }) =>
  process.stdout.write(`published ${streamPath}
`),
)
createInterface(process.stdin).on('line', (line) => server.relayServer.addTask(JSON.parse(line) as object))
process.stdout.write('ready\n')
