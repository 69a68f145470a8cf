/** Whatever happens, no log line of any level holds a credential, a query or the name under which we publish. */
import { AmfObject } from '../../../../src/amf/value.js'
import type { FakeHandler } from '../../../support/fake-net-connection.js'
import { RelayLab, header, keyframe } from '../../../support/relay-lab.js'

const secrets = ['hunter2', 'ann', 't0ken', 'k3y']
const everything = 'hunter2 ann ?token=t0ken t0ken k3y'
const refusal = (code: string): { level: 'error'; code: string; description: string } => ({
  level: 'error',
  code,
  description: `no ${everything}`,
})

const servers: readonly (readonly [string, (handler: FakeHandler) => void])[] = [
  ['takes it', () => undefined],
  [
    'refuses connect',
    (handler) =>
      (handler.connect = () => handler.connection.reject(refusal('NetConnection.Connect.Rejected'))),
  ],
  [
    'refuses the stream',
    (handler) => (handler.publish = (stream) => stream.publishRefused(refusal('NetStream.Publish.BadName'))),
  ],
  [
    'redirects',
    (handler) => {
      const ex = AmfObject.of({ code: 302, redirect: `rtmp://other.example/app?token=t0ken` })
      const info = { ...refusal('NetConnection.Connect.Rejected'), extra: { ex } }
      handler.connect = () => handler.connection.reject(info)
    },
  ],
  [
    'is shut down',
    (handler) => {
      handler.publish = (stream) => {
        stream.publishStarted()
        handler.connection.status(refusal('NetConnection.Connect.AppShutdown'))
      }
    },
  ],
]

test.each(servers)('when the server %s', (_what, prepare) => {
  const lab = new RelayLab()
  lab.prepare = prepare
  const node = lab.node('node', [
    { push: 'rtmp://ann:hunter2@actor.example/app/k3y?token=t0ken', from: 'live/cam' },
  ])
  const publisher = node.publish('live/cam')
  publisher.media(header(), keyframe(0))
  lab.wait(20_000)
  lab.wires.at(-1)?.feed(Uint8Array.of(0xff, 0xff))
  lab.settle()
  publisher.publication?.end()
  lab.settle()
  expect(lab.log.length).toBeGreaterThan(1)
  const lines = lab.log.map(({ message, fields }) => JSON.stringify({ ...fields, message }))
  for (const line of lines) for (const secret of secrets) expect(line).not.toContain(secret)
})
