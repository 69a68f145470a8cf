/** `relay:` in the configuration: what is taken, what is refused, and that no secret is in what is said about it. */
import { configFrom } from '../../../../src/server/config-file.js'
import { describeRelay } from '../../../../src/server/relay/relay-entry.js'
import { ConfigError } from '../../../../src/util/errors.js'

test('all of it', () => {
  const { relay } = configFrom(`
relay:
  - pull: rtmp://origin.example/live/*
    to: live/*
  - pull: rtmp://ann:first@origin.example:1936/chat/lobby/cam?t=1
    to: chat/lobby/two
    when: always
    password: second
  - push: rtmps://ingest.example/app/key?token=abc
    from: live/cam
    user: bob
    password: pw
    tls: { ca: ca.pem, rejectUnauthorized: false, servername: other.example }
`)
  expect(relay).toMatchObject([
    {
      way: 'pull',
      local: { app: 'live', instance: '', name: '*' },
      isAlways: false,
      tls: { rejectUnauthorized: true },
    },
    { way: 'pull', target: { user: 'ann', password: 'second', app: 'chat/lobby' }, isAlways: true },
    {
      way: 'push',
      target: {
        host: 'ingest.example',
        port: 443,
        name: 'key',
        query: '?token=abc',
        user: 'bob',
        password: 'pw',
      },
      local: { name: 'cam' },
      isAlways: false,
      tls: { ca: 'ca.pem', rejectUnauthorized: false, servername: 'other.example' },
    },
  ])
  expect(relay.map(describeRelay)).toEqual([
    { relay: 'pull', from: 'rtmp://origin.example/live/*', to: 'live/*', when: 'wanted' },
    {
      relay: 'pull',
      from: 'rtmp://origin.example:1936/chat/lobby/cam',
      to: 'chat/lobby/two',
      when: 'always',
    },
    { relay: 'push', from: 'live/cam', to: 'rtmps://ingest.example/app/…', when: 'published' },
  ])
  expect(configFrom('').relay).toEqual([])
})

const SECRET = 'hunter2'
const url = `rtmp://ann:${SECRET}@h.example/live/cam`

// what stands there, the path that is named, what is said
const mistakes: readonly (readonly [unknown, string, string])[] = [
  [url, 'relay', 'expected a list'],
  [{ pull: url }, 'relay', 'expected a list'],
  [[url], 'relay.0', 'expected an object with pull or push'],
  [[null], 'relay.0', 'expected an object with pull or push'],
  [[{}], 'relay.0', 'expected an entry pull or push'],
  [[{ pull: url, push: url }], 'relay.0', 'make two entries'],
  [[{ pull: `http://${SECRET}@h/x/y`, to: 'a/b' }], 'relay.0.pull', 'expected rtmp://host'],
  [[{ pull: SECRET, to: 'a/b' }], 'relay.0.pull', 'expected rtmp://host'],
  [[{ pull: { url }, to: 'a/b' }], 'relay.0.pull', 'expected a URL such as'],
  [[{ pull: url }], 'relay.0.to', 'expected app[/instance]/stream'],
  [[{ push: url }], 'relay.0.from', 'expected app[/instance]/stream'],
  [[{ pull: url, to: 'cam' }], 'relay.0.to', 'expected app[/instance]/stream'],
  [[{ pull: url, to: 'live/*' }], 'relay.0.pull', 'to stands for many streams'],
  [[{ push: url, from: 'live/*' }], 'relay.0.push', 'from stands for many streams'],
  [[{ pull: 'rtmp://h/live/*', to: 'live/cam' }], 'relay.0.to', 'expected * here too'],
  [[{ pull: 'rtmp://h/live/*', to: 'live/*', when: 'always' }], 'relay.0.when', 'nobody knows all names'],
  [[{ pull: url, to: 'a/b', when: 'published' }], 'relay.0.when', 'expected one of wanted, always'],
  [[{ push: url, from: 'a/b', when: 'wanted' }], 'relay.0.when', 'expected one of published, always'],
  [[{ pull: url, from: 'a/b', to: 'a/b' }], 'relay.0.from', 'unknown entry'],
  [[{ push: url, form: 'a/b', from: 'a/b' }], 'relay.0.form', 'did you mean "from"?'],
  [[{ pull: url, to: 'a/b', password: 12345 }], 'relay.0.password', 'expected text'],
  [
    [{ pull: 'rtmp://h/a/b', to: 'a/b', password: SECRET }],
    'relay.0.user',
    'expected a user with the password',
  ],
  [[{ pull: url, to: 'a/b', tls: { servername: 'x' } }], 'relay.0.tls', 'expected rtmps:// in pull'],
  [
    [{ pull: url, to: 'a/b', tls: { rejectUnauthorized: 'no' } }],
    'relay.0.tls.rejectUnauthorized',
    'true or false',
  ],
]

test.each(mistakes)('%j: %s: %s', (relay, path, message) => {
  const wrong = (): unknown => configFrom(JSON.stringify({ relay }))
  expect(wrong).toThrow(ConfigError)
  expect(wrong).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', path }) as Error)
  expect(wrong).toThrow(message)
  expect(wrong).not.toThrow(new RegExp(`${SECRET}|12345`))
})
