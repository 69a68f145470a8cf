/** What to tell the one who started us: where we listen and what to type next. */
import type { Config } from './config-schema.js'
import type { Ports } from './ports.js'

/** @param root uniform of the node, once there is one */
export function greeting(version: string, config: Config, ports?: Ports, root?: string): string {
  const { rtmp = 0, http = 0, psyc = 0, tls = rtmp } = ports ?? {}
  const isLocal = config.bind === '127.0.0.1' || config.bind === '::1'
  const others = isLocal ? 'Only this machine can connect. To serve others: --bind 0.0.0.0 --host NAME\n' : ''
  const secure = config.tls === undefined ? '' : `  RTMPS  rtmps://${config.host}:${tls}/chat/lobby\n`
  return (
    `rtmpsyc ${version} is up.\n` +
    `  RTMP   rtmp://${config.host}:${rtmp}/chat/lobby\n` +
    `${secure}  HTTP   http://${config.host}:${http}/\n` +
    `  PSYC   ${root ?? `psyc://${config.host}:${psyc}/`}\n${others}`
  )
}
