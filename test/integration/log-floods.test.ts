/** What one client can do as often as it likes, in one connection, is written to the log once. */
import { silentLog } from '../../src/util/log.js'
import type { LogFields } from '../../src/util/log.js'
import { TestWorld } from '../support/world.js'
import type { WorldFlash } from '../support/world-flash.js'

const floods: readonly (readonly [string, (eve: WorldFlash) => void])[] = [
  ['calls of a reserved name in another', (eve) => eve.tell('sendTo', 'Ann', 'onStatus', 'x')],
  [
    'media on streams that do not publish',
    (eve) => {
      const id = eve.stream()
      eve.send({ type: 9, timestamp: 0, messageStreamId: id, payload: Uint8Array.of(0x17, 1) })
      eve.command(0, 'deleteStream', id)
    },
  ],
]

test.each(floods)('%s', (_what, flood) => {
  const world = new TestWorld()
  const ann = world.flash({ args: ['Ann'] })
  ann.tell('members')
  const ofConnection: string[] = []
  const note = (_fields: LogFields, message: string): void => void ofConnection.push(message)
  const eve = world.flash({ args: ['Eve'], log: { ...silentLog, info: note, warn: note } })
  const before = world.logged.length
  for (let time = 0; time < 50; time++) flood(eve)
  const ofNode = world.logged.slice(before).filter(({ level }) => level !== 'debug')
  expect([...ofNode, ...ofConnection]).toHaveLength(1)
})
