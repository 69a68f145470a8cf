/** A player that comes before the publisher and outlives him for a moment [rtmp.md 7]. */
import { flvForm } from '../../../src/media/flv-form.js'
import type { FlvContents } from '../../../src/media/flv-writer.js'
import type { Publication } from '../../../src/media/publication.js'
import { encodeData } from '../../../src/rtmp/wire/message/data.js'
import { AmfEcmaArray } from '../../../src/amf/value.js'
import { FlvPlayer } from '../../../src/server/http-flv-player.js'
import type { FlvOutlet } from '../../../src/server/http-flv-player.js'
import { limitsWith } from '../../../src/util/limits.js'
import { HubLab, publisher } from '../../support/hub-lab.js'

const WAIT = 10_000
const GRACE = 10_000

class LabOutlet implements FlvOutlet {
  readonly form = flvForm
  readonly said: string[] = []
  queuedBytes = 0

  open({ audio, video }: FlvContents): void {
    this.said.push(`open${audio ? ' audio' : ''}${video ? ' video' : ''}`)
  }

  write(bytes: Uint8Array): void {
    this.queuedBytes += bytes.length
    this.said.push('bytes')
  }

  refuse(status: number, sentence: string): void {
    this.said.push(`${status} ${sentence}`)
  }

  end(): void {
    this.said.push('end')
  }

  abort(): void {
    this.said.push('abort')
  }
}

function rig(limits = {}) {
  const lab = new HubLab({ gatherMs: 0 }, limits)
  const stream = lab.open('cam')
  const outlet = new LabOutlet()
  const player = new FlvPlayer(stream, outlet, lab.time.timers, limitsWith(limits))
  const publish = (): Publication => {
    const publication = stream.publish(publisher)
    if (publication === undefined) throw new Error('taken')
    return publication
  }
  const wait = (ms: number): void => lab.time.advance(ms)
  return { lab, stream, outlet, player, publish, wait }
}

test('httpFlvWaitMs: nobody publishes', () => {
  const { lab, outlet, player, wait } = rig()
  player.start()
  wait(WAIT - 1)
  expect(outlet.said).toEqual([])
  wait(1)
  expect(outlet.said).toEqual(['404 Nobody publishes cam.'])
  expect([lab.hub.size, lab.time.timers.size]).toEqual([0, 0])
})

test('begins with the first media of one who comes in time', () => {
  const { lab, outlet, player, publish, wait } = rig()
  player.start()
  wait(WAIT / 2)
  const publication = publish()
  expect(outlet.said).toEqual([])
  publication.media(lab.next('avc'))
  expect(outlet.said.slice(0, 2)).toEqual(['open video', 'bytes'])
  wait(WAIT)
  expect(outlet.said).not.toContain('end')
})

test('a publisher that is there and says nothing is believed to have something to say', () => {
  const { outlet, player, publish, wait } = rig()
  publish()
  player.start()
  wait(WAIT)
  expect(outlet.said).toEqual(['open audio video'])
})

test('httpFlvGraceMs: the publisher does not come back', () => {
  const { lab, outlet, player, publish, wait } = rig()
  player.start()
  const publication = publish()
  publication.media(lab.next('avc'))
  publication.end()
  wait(GRACE - 1)
  expect(outlet.said.at(-1)).toBe('bytes')
  wait(1)
  expect(outlet.said.at(-1)).toBe('end')
  expect([lab.hub.size, lab.time.timers.size]).toEqual([0, 0])
})

test('a publisher that comes back in time goes on in the same FLV', () => {
  const { lab, outlet, player, publish, wait } = rig()
  player.start()
  const publication = publish()
  publication.media(lab.next('avc'))
  publication.end()
  wait(GRACE - 1)
  const again = publish()
  wait(GRACE)
  again.media(lab.next('avc'))
  expect(outlet.said.filter((said) => said.startsWith('open'))).toHaveLength(1)
  expect(outlet.said.at(-1)).toBe('bytes')
})

test.each<[string, string[], string]>([
  ['both codecs', ['videocodecid', 'audiocodecid'], 'open audio video'],
  ['no sound', ['videocodecid', 'width'], 'open video'],
  ['no picture', ['audiocodecid'], 'open audio'],
  ['nothing of it', ['encoder'], 'open audio video'],
])('the header promises what is known: the metadata names %s', (_what, names, opened) => {
  const { outlet, player, publish } = rig()
  const properties = new AmfEcmaArray(
    names,
    names.map(() => 1),
  )
  const payload = encodeData({ handler: 'onMetaData', args: [properties] }, 18)
  publish().metadata('onMetaData', { type: 18, timestamp: 0, messageStreamId: 1, payload })
  player.start()
  expect(outlet.said[0]).toBe(opened)
})

test('metadata that cannot be read promises both', () => {
  const { outlet, player, publish } = rig()
  const payload = Uint8Array.of(5)
  publish().metadata('onMetaData', { type: 18, timestamp: 0, messageStreamId: 1, payload })
  player.start()
  expect(outlet.said[0]).toBe('open audio video')
})

test('who leaves while waiting is forgotten', () => {
  const { lab, outlet, player } = rig()
  player.start()
  player.stop()
  player.stop()
  expect([lab.hub.size, lab.time.timers.size, outlet.said.length]).toEqual([0, 0, 0])
})

test('who never reads is bounded, and closed when what may not be dropped is too much', () => {
  const { lab, outlet, player, publish, wait } = rig({ queueBytes: 400_000 })
  player.start()
  const publication = publish()
  for (let count = 0; count < 200; count++) {
    publication.media(lab.next('key', 10_000))
    wait(100)
  }
  expect(outlet.queuedBytes).toBeLessThan(200_000)
  for (let count = 0; count < 200; count++) {
    publication.data(lab.next('cue', 10_000))
    wait(500)
  }
  expect(outlet.queuedBytes).toBeLessThan(200_000)
  expect(outlet.said.at(-1)).toBe('abort')
})

test('a client that has gone before it may play gets no seat', () => {
  const { lab, stream, outlet, player, publish, wait } = rig()
  publish()
  player.stop()
  player.start()
  wait(WAIT)
  expect([stream.playerCount, outlet.said, lab.time.timers.size]).toEqual([0, [], 0])
})
