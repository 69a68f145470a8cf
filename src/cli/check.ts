/** `rtmpsyc check`: is the configuration valid, and what does it mean. */
import type { AppConfig } from '../server/app-schema.js'
import type { TlsConfig } from '../server/config-schema.js'
import { describeRelay } from '../server/relay/relay-entry.js'
import { readOptions } from './options.js'

export async function check(args: readonly string[]): Promise<number> {
  const { config } = await readOptions(args)
  const apps = [...config.apps].map(([name, app]) => `  app ${name}: ${describeApp(app)}\n`)
  const relays = config.relay.map((entry) => {
    const { relay, from, to, when } = describeRelay(entry)
    return `  ${relay} ${from} to ${to}, ${when}\n`
  })
  process.stdout.write(
    `The configuration is valid.\n` +
      `  name ${config.host}, listening on ${config.bind}: RTMP ${config.rtmpPort}, HTTP ${config.httpPort}, PSYC ${config.psycPort}\n` +
      `${await describeTls(config.tls)}${apps.join('')}${relays.join('')}  profiles: ${config.profiles.names.join(' ')}\n`,
  )
  return 0
}

export function describeApp({ profile, home, place, handler, record }: AppConfig): string {
  const entries = { home, place, handler, record: record === 'none' ? undefined : record }
  const said = Object.entries(entries).map(([name, value]) =>
    value === undefined ? '' : `, ${name} ${value}`,
  )
  return `profile ${profile.name}${said.join('')}`
}

/** @throws ConfigError when the certificate could not serve */
async function describeTls(tls: TlsConfig | undefined): Promise<string> {
  if (tls === undefined) return ''
  const { certificateWarning, dayOf, readCertificate } = await import('../server/tls-certificate.js')
  const certificate = readCertificate(tls)
  const warning = certificateWarning(certificate, Date.now())
  const port = tls.port === undefined ? '' : `, port ${tls.port} besides`
  return (
    `  TLS for ${certificate.names}, valid until ${dayOf(certificate.validTo)}${port}\n` +
    (warning === undefined ? '' : `  WARNING: ${warning}\n`)
  )
}
