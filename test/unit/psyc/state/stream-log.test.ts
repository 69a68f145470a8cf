/** What of a stream is held for nodes that come late, and what is let go. */
import { CastFlag } from '../../../../src/psyc/state/stream-cast.js'
import { StreamLog } from '../../../../src/psyc/state/stream-log.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'
import { limitsWith } from '../../../../src/util/limits.js'

test('with a new group of pictures the one before it is let go, however short it was', () => {
  const log = new StreamLog(limitsWith(), true)
  const cast = (flags: number): void =>
    log.append(new Packet([], [], '_data_flv', new Uint8Array(100)), log.end + 1, flags, () => [], 0)
  const group = (): void => {
    cast(CastFlag.Keyframe)
    log.trim(log.beginning?.sequence ?? log.end)
    for (let at = 1; at < 80; at++) cast(0)
  }
  for (let groups = 1; groups <= 5; groups++) {
    group()
    const first = 80 * (groups - 1)
    expect([log.at(first - 1), log.at(first)?.counter, log.bytes]).toEqual([undefined, first + 1, 8_000])
  }
})
