import type { IncomingMessage } from 'node:http'
import { consoleRequest } from '../../../../src/server/media-server/console-requests.js'

const of = (method: string, url: string, headers: Record<string, string> = {}): unknown =>
  consoleRequest({ method, url, headers } as unknown as IncomingMessage)
const webSocket = { upgrade: 'websocket' }

test.each([
  ['GET', '/admin/'],
  ['HEAD', '/admin/assets/index-rXPdy3ck.css'],
  ['POST', '/api/v1/login'],
  ['GET', '/api/v1/streams'],
  ['GET', '/api/v1/streams/live/cam/urls?ttl=60'],
  ['GET', '/api/v1/history?page=1'],
  ['DELETE', '/api/v1/sessions/abc123'],
  ['GET', '/live/cam.flv?sign=1-a'],
])('%s %s passes', (method, url) => {
  expect(of(method, url)).toBe('request')
})

test.each([
  ['publishing', 'POST', '/live/cam.flv?sign=1-a', {}],
  ['an address that is not signed', 'GET', '/live/cam.flv', {}],
  ['one that is signed twice', 'GET', '/live/cam.flv?sign=1-a&sign=1-a', {}],
  [
    'a WebSocket that publishes',
    'GET',
    '/live/cam.flv?sign=1-a',
    { ...webSocket, 'sec-websocket-protocol': 'post' },
  ],
  ['a WebSocket elsewhere', 'GET', '/api/v1/streams', webSocket],
  ['changing the configuration', 'PUT', '/api/v1/config', {}],
  ['relays, which ours does', 'POST', '/api/v1/relay', {}],
  ['recordings, which are ours', 'POST', '/api/v1/streams/live/cam/record', {}],
  ['files outside', 'GET', '/admin/..%2f..%2fpackage.json', {}],
  ['other paths', 'GET', '/', {}],
  ['what is no URL', 'GET', '//', {}],
])('%s is refused', (_what, method, url, headers) => {
  expect(of(method, url, headers)).toBeUndefined()
})

test('a stream may be watched by WebSocket', () => {
  expect(of('GET', '/live/cam.flv?sign=1-a', webSocket)).toBe('stream')
})
