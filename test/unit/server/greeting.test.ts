/** What who starts us reads first: addresses that work as they stand. */
import { configOf } from '../../../src/server/config.js'
import { greeting } from '../../../src/server/greeting.js'

const ports = { rtmp: 1935, http: 8080, psyc: 4404 }

test.each([
  [{}, 'rtmp://localhost:1935/', true],
  [{ bind: 'localhost' }, 'rtmp://localhost:1935/', true],
  [{ bind: '127.0.0.2' }, 'rtmp://127.0.0.2:1935/', true], // localhost is another address
  [{ bind: '::1' }, 'rtmp://[::1]:1935/', true],
  [{ bind: '127.0.0.2', host: 'gw.test' }, 'rtmp://gw.test:1935/', true],
  [{ bind: '0.0.0.0', host: 'gw.test' }, 'rtmp://gw.test:1935/', false],
])('%j: %s', (config, address, isLocal) => {
  const text = greeting('1.2', configOf(config), ports)
  expect(text).toContain(`  RTMP   ${address}chat/lobby\n`)
  expect(text).toContain(`  HTTP   ${address.replace('rtmp', 'http').replace('1935', '8080')}\n`)
  expect(text.includes('Only this machine can connect')).toBe(isLocal)
})
