/** `rtmpsyc check`: is the configuration valid, and what does it mean. */
import { readOptions } from './options.js'

export async function check(args: readonly string[]): Promise<number> {
  const { config } = await readOptions(args)
  const apps = [...config.apps].map(([name, app]) => {
    const handler = app.handler === undefined ? '' : `, handler ${app.handler}`
    return `  app ${name}: profile ${app.profile.name}${handler}\n`
  })
  process.stdout.write(
    `The configuration is valid.\n` +
      `  name ${config.host}, listening on ${config.bind}: RTMP ${config.rtmpPort}, HTTP ${config.httpPort}, PSYC ${config.psycPort}\n` +
      `${apps.join('')}  profiles: ${config.profiles.names.join(' ')}\n`,
  )
  return 0
}
