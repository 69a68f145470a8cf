/** What to tell the one who started us: where we listen and what to type next. */
import { inUrl, isLoopback } from '../psyc/session/address.js'
import type { Config } from './config-schema.js'
import type { Ports } from './ports.js'

/** @param root uniform of the node, once there is one */
export function greeting(version: string, config: Config, ports?: Ports, root?: string): string {
  const { rtmp = 0, http = 0, psyc = 0, tls = rtmp } = ports ?? {}
  const isLocal = isLoopback(config.bind) || config.bind === 'localhost'
  const others = isLocal ? 'Only this machine can connect. To serve others: --bind 0.0.0.0 --host NAME\n' : ''
  const host = hostToConnect(config)
  const secure = config.tls === undefined ? '' : `  RTMPS  rtmps://${host}:${tls}/chat/lobby\n`
  return (
    `rtmpsyc ${version} is up.\n` +
    `  RTMP   rtmp://${host}:${rtmp}/chat/lobby\n` +
    `${secure}  HTTP   http://${host}:${http}/\n` +
    `  PSYC   ${root ?? `psyc://${config.host}:${psyc}/`}\n${others}`
  )
}

/** The name, unless it is the default one and leads elsewhere: localhost is 127.0.0.1 to most programs. */
function hostToConnect({ host, bind }: Config): string {
  return host === 'localhost' && isLoopback(bind) && bind !== '127.0.0.1' ? inUrl(bind) : host
}
