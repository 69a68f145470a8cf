/** One call for many clients: encoded once for each encoding, and as if it were for each of them alone. */
import { AmfObject } from '../../../../src/amf/value.js'
import { CommonCall } from '../../../../src/rtmp/session/common-call.js'
import { ChunkDecoder } from '../../../../src/rtmp/wire/chunk/decoder.js'
import { DEFAULT_CHUNK_SIZE, OUT_CHUNK_SIZE, cut } from '../../../../src/rtmp/wire/chunk/encoder.js'
import { encodeControl } from '../../../../src/rtmp/wire/message/index.js'
import { limitsWith } from '../../../../src/util/limits.js'
import { connectionRig } from '../../../support/fake-net-connection.js'
import { connect, line } from '../../../support/fake-rtmp-text.js'

const setChunkSize = cut(
  encodeControl({ kind: 'setChunkSize', chunkSize: OUT_CHUNK_SIZE }),
  DEFAULT_CHUNK_SIZE,
)

/** What a client reads in what was cut for it. */
function read(bytes: Uint8Array): string[] {
  const lines: string[] = []
  const decoder = new ChunkDecoder((message) => lines.push(line(message)), limitsWith())
  decoder.receive(setChunkSize)
  decoder.receive(bytes)
  return lines.slice(1)
}

test.each([
  [0, '20/0 say 0 null "hi" 1'],
  [3, '17/0 say 0 null "hi" 1'],
] as const)('encoding %s: a whole message, encoded once', (objectEncoding, expected) => {
  const call = new CommonCall('say', ['hi', 1])
  expect(read(call.cut(objectEncoding))).toEqual([expected])
  expect(call.cut(objectEncoding)).toBe(call.cut(objectEncoding))
  expect(line(call.message(objectEncoding))).toBe(expected)
})

test('longer than a chunk', () => {
  const text = 'x'.repeat(2 * OUT_CHUNK_SIZE)
  expect(read(new CommonCall('say', [text]).cut(0))).toEqual([`20/0 say 0 null "${text}"`])
})

test('goes to an open connection as it was cut, and waits for the answer to connect as a message', () => {
  const rig = connectionRig()
  const call = new CommonCall('say', ['hi'])
  rig.handler.answersConnect = false
  rig.connection.callCommon(call) // before connect: dropped, as any call
  rig.send(connect({}))
  rig.connection.callCommon(call)
  expect(rig.sent()).toEqual([])
  rig.connection.accept({}, { onBWDone: false })
  rig.connection.callCommon(call)
  expect(rig.sent().slice(-2)).toEqual(['20/0 say 0 null "hi"', `cut ${call.cut(0).length}`])
  rig.connection.close()
  rig.sent()
  rig.connection.callCommon(call)
  expect(rig.sent()).toEqual([])
})

test('that has no form in the encoding is left out, and the connection goes on', () => {
  const rig = connectionRig()
  rig.send(connect({}))
  rig.sent()
  let deep = new AmfObject()
  for (let depth = 0; depth < 100; depth++) deep = AmfObject.of({ deep })
  rig.connection.callCommon(new CommonCall('deep', [deep]))
  rig.connection.callCommon(new CommonCall('say', ['hi']))
  expect(rig.sent()).toEqual([expect.stringMatching(/^cut /)])
})
