/** A flood of packets over a real socket waits at its sender's; who sends little is answered meanwhile. */
import { RawClient, startGateway } from '../support/gateway.js'

jest.setTimeout(30_000)

const PING = ':_tag\t1\n\n_request_ping\n|\n'
const MEBIBYTE = PING.repeat(Math.ceil(1_048_576 / PING.length))

test('it is not read to its end, nor closed', async () => {
  const { gateway, ports, logged } = await startGateway({ limits: { psycPacketsPerSecond: 500 } })
  const flood = new RawClient(ports.psyc)
  flood.write('|\n')
  for (let part = 0; part < 32; part++) flood.write(MEBIBYTE)
  await flood.until((text) => text.includes('_echo_ping'))
  const honest = new RawClient(ports.psyc).write('|\n')
  for (let round = 1; round <= 10; round++) {
    honest.write(PING)
    await honest.until((text) => text.split('_echo_ping').length > round)
  }
  expect(flood.socket.writableLength).toBeGreaterThan(16 * 1_048_576)
  expect(flood.socket.destroyed).toBe(false)
  expect(logged.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([])
  flood.end()
  honest.end()
  await gateway.stop()
})
