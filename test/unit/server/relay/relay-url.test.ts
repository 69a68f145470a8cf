import { parsePattern, matches } from '../../../../src/server/relay/relay-entry.js'
import {
  parseRelayUrl,
  redirected,
  shownTarget,
  tcUrlOf,
  withName,
  withoutSecrets,
} from '../../../../src/server/relay/relay-url.js'
import type { RelayTarget } from '../../../../src/server/relay/relay-url.js'

const plain: RelayTarget = {
  host: 'h.example',
  port: 1935,
  isEncrypted: false,
  app: 'live',
  name: 'cam',
  query: '',
  user: '',
  password: '',
}

function parsed(url: string): RelayTarget {
  const target = parseRelayUrl(url)
  if (typeof target === 'string') throw new Error(target)
  return target
}

test.each([
  ['rtmp://h.example/live/cam', {}],
  ['RTMP://h.example:1936/live/cam', { port: 1936 }],
  ['rtmps://h.example/live/cam', { isEncrypted: true, port: 443 }],
  ['rtmp://[::1]:9/live/cam', { host: '::1', port: 9 }],
  ['rtmp://h.example/chat/lobby/one/cam', { app: 'chat/lobby/one' }],
  ['rtmp://h.example/live/cam?a=1&b=/x?y', { query: '?a=1&b=/x?y' }],
  ['rtmp://h.example/live/*', { name: '*' }],
  ['rtmp://ann:p%40ss:w@h.example/live/cam', { user: 'ann', password: 'p@ss:w' }],
  ['rtmp://ann@h.example/live/cam', { user: 'ann' }],
  ['rtmp://ann:100%@h.example/live/cam', { user: 'ann', password: '100%' }],
  ['rtmp://h.example/live/mp4:a.f4v', { name: 'mp4:a.f4v' }],
])('%s', (url, expected) => {
  expect(parseRelayUrl(url)).toEqual({ ...plain, ...expected })
})

test.each([
  ['', 'expected rtmp://'],
  ['h.example/live/cam', 'expected rtmp://'],
  ['rtmpt://h.example/live/cam', 'expected rtmp://'],
  ['http://h.example/live/cam', 'expected rtmp://'],
  ['rtmp://h.example', 'expected rtmp://'],
  ['rtmp:///live/cam', 'expected rtmp://'],
  ['rtmp://h example/live/cam', 'expected rtmp://'],
  ['rtmp://h.example:0/live/cam', 'expected a port'],
  ['rtmp://h.example:65536/live/cam', 'expected a port'],
  ['rtmp://h.example/live', 'expected an app and a stream'],
  ['rtmp://h.example/live/', 'expected an app and a stream'],
  ['rtmp://h.example//cam', 'expected an app and a stream'],
  ['rtmp://h.example/live?x=/y', 'expected an app and a stream'],
  ['rtmp://h.example/*/cam', 'expected * for the whole name'],
  ['rtmp://h.example/live/cam*', 'expected * for the whole name'],
])('%j is refused, and not repeated', (url, expected) => {
  const problem = parseRelayUrl(url)
  expect(problem).toContain(expected)
})

test.each([
  [
    'rtmp://ann:secret@h.example/live/cam?token=secret',
    'rtmp://h.example/live',
    'rtmp://h.example/live/cam',
    'rtmp://h.example/live/…',
  ],
  [
    'rtmps://h.example:443/a/b/*',
    'rtmps://h.example/a/b',
    'rtmps://h.example/a/b/*',
    'rtmps://h.example/a/b/*',
  ],
  ['rtmps://[::1]:1/a/b', 'rtmps://[::1]:1/a', 'rtmps://[::1]:1/a/b', 'rtmps://[::1]:1/a/…'],
])('%s is shown without what is secret', (url, tcUrl, shown, hidden) => {
  expect(tcUrlOf(parsed(url))).toBe(tcUrl)
  expect(shownTarget(parsed(url), false)).toBe(shown)
  expect(shownTarget(parsed(url), true)).toBe(hidden)
})

test('* takes the name of the stream as it is', () => {
  expect(withName(parsed('rtmp://h.example/live/*?t=1'), 'a/?b')).toMatchObject({
    name: 'a/?b',
    query: '?t=1',
  })
  expect(withName(plain, 'other')).toEqual(plain)
})

test('what a server says is shown without what we told it', () => {
  const target = parsed('rtmp://ann:p%40ss@h.example/live/KEY?token=abc%2F1&sig=zz9')
  const said = 'no KEY for ann with p@ss (p%40ss) ?token=abc%2F1&sig=zz9 abc/1 zz9\u0000\nbye'
  const shown = withoutSecrets(said, target, true)
  for (const secret of ['KEY', 'ann', 'p@ss', 'p%40ss', 'abc', 'zz9', '\u0000', '\n'])
    expect(shown).not.toContain(secret)
  expect(shown).toMatch(/^no … for … with … .* bye$/)
  expect(withoutSecrets('KEY', target, false)).toBe('KEY')
  expect(withoutSecrets('x'.repeat(1_000), plain, false)).toHaveLength(201)
})

test.each([
  ['rtmp://other.example/x', { host: 'other.example', app: 'x' }],
  ['rtmp://other.example:9/x/y/?q=1', { host: 'other.example', port: 9, app: 'x/y' }],
  ['rtmps://other.example/x', { host: 'other.example', port: 443, isEncrypted: true, app: 'x' }],
  ['/x/y', { app: 'x/y' }],
  ['x', { app: 'x' }],
  ['rtmp://other.example', undefined],
  ['', undefined],
  ['http://other.example/x', undefined],
  ['rtmp://other.example/*', undefined],
])('sent to %j', (url, expected) => {
  expect(redirected({ ...plain, user: 'ann', query: '?t=1' }, url)).toEqual(
    expected && { ...plain, user: 'ann', query: '?t=1', ...expected },
  )
})

test('nobody leads us from TLS to the open', () => {
  const target = { ...plain, isEncrypted: true }
  expect(redirected(target, 'rtmp://other.example/x')).toBeUndefined()
  expect(redirected(target, '/x')).toMatchObject({ isEncrypted: true, app: 'x' })
})

test.each([
  ['live/cam', { app: 'live', instance: '', name: 'cam' }],
  ['live/*', { app: 'live', instance: '', name: '*' }],
  ['chat/lobby/cam', { app: 'chat', instance: 'lobby', name: 'cam' }],
  ['chat/a/b/cam', { app: 'chat', instance: 'a/b', name: 'cam' }],
  ['chat/_definst_/cam', { app: 'chat', instance: '', name: 'cam' }],
  ['live', 'expected app'],
  ['live/', 'expected app'],
  ['/cam', 'expected app'],
  ['live//cam', 'expected app'],
  ['*/cam', 'expected * for the whole name'],
  ['live/*/cam', 'expected * for the whole name'],
  ['live/cam*', 'expected * for the whole name'],
])('pattern %s', (text, expected) => {
  const pattern = parsePattern(text)
  if (typeof expected === 'string') expect(pattern).toContain(expected)
  else expect(pattern).toEqual(expected)
})

test('apps and instances match without case, streams with it', () => {
  const pattern = { app: 'Live', instance: 'Room', name: 'Cam' }
  expect(matches(pattern, { app: 'live', instance: 'room', name: 'Cam' })).toBe(true)
  expect(matches(pattern, { app: 'live', instance: 'room', name: 'cam' })).toBe(false)
  expect(matches(pattern, { app: 'live', instance: '', name: 'Cam' })).toBe(false)
  expect(matches({ ...pattern, name: '*' }, { app: 'live', instance: 'room', name: 'any' })).toBe(true)
})
