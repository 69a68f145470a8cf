/** `rtmpsyc check` says of each app what is not as with any other. */
import { describeApp } from '../../../src/cli/check.js'
import { configOf } from '../../../src/server/config.js'

test.each([
  [{}, 'profile chat'],
  [{ profile: 'plain', record: 'all' }, 'profile plain, record all'],
  [
    { home: 'psyc://a.test/', place: 'psyc://b.test/@{instance}' },
    'profile chat, home psyc://a.test/, place psyc://b.test/@{instance}',
  ],
  [{ handler: 'psyc://a.test/~bot' }, 'profile chat, handler psyc://a.test/~bot'],
])('app %j: %s', (app, said) => {
  const chat = configOf({ apps: { chat: app } }).app('chat')
  expect(chat === undefined ? undefined : describeApp(chat)).toBe(said)
})
