/** Times that count from the first message of one player. */
import { flvForm } from '../../../src/media/flv-form.js'
import { rebasedForm } from '../../../src/media/rebased-form.js'
import { MessageType } from '../../../src/rtmp/wire/message.js'
import type { Message } from '../../../src/rtmp/wire/message.js'

const at = (timestamp: number): Message => ({
  ...{ type: MessageType.Video, timestamp, messageStreamId: 1, payload: Uint8Array.of(0x17, 1) },
})
const metadata: Message = {
  type: MessageType.Data,
  timestamp: 0,
  messageStreamId: 1,
  payload: new Uint8Array(3),
}

describe('rebasedForm', () => {
  it.each([
    ['counts from the first', [6_061, 6_101, 6_141], [0, 40, 80]],
    ['goes on where times wrap', [0xffff_fff0, 0x18], [0, 40]],
    ['has nothing before the first', [100, 60, 140], [0, 0, 40]],
  ])('%s', (_what, times, expected) => {
    const form = rebasedForm(flvForm)
    expect(times.map((time) => form.cut(at(time)))).toEqual(expected.map((time) => flvForm.cut(at(time))))
  })

  it('does not count from metadata, which says time 0 whenever it comes', () => {
    const form = rebasedForm(flvForm)
    expect([metadata, at(5_000), at(5_040)].map((message) => form.cut(message))).toEqual(
      [metadata, at(0), at(40)].map((message) => flvForm.cut(message)),
    )
  })

  it('counts for each player on its own', () => {
    rebasedForm(flvForm).cut(at(5_000))
    expect(rebasedForm(flvForm).cut(at(7_000))).toEqual(flvForm.cut(at(0)))
  })
})
