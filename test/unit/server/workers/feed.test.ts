/** A stream on its way to a worker, which is one player to the hub. */
import { Duplex } from 'node:stream'
import { Feed } from '../../../../src/server/workers/feed.js'
import { FrameStream, ToWorker } from '../../../../src/server/workers/frames.js'
import { HubLab, publisher } from '../../../support/hub-lab.js'

const names = new Map<number, string>(Object.entries(ToWorker).map(([name, kind]) => [kind, name]))

/** A pipe whose other end reads when it is told to. */
class Pipe extends Duplex {
  /** Kinds of the frames that the worker has, with their first byte where it says something. */
  readonly frames: string[] = []
  private bytes = Buffer.alloc(0)
  private taken: (() => void) | undefined
  isStuck = false

  override _read(): void {
    // the worker says nothing
  }

  override _write(bytes: Buffer, _encoding: string, taken: () => void): void {
    this.bytes = Buffer.concat([this.bytes, bytes])
    for (let end = 4; this.bytes.length >= end; end = 4) {
      if (this.bytes.length < (end += this.bytes.readUInt32BE())) break
      const kind = names.get(this.bytes.readUInt8(4)) ?? ''
      this.frames.push(kind === 'FeedPublished' ? `${kind} ${this.bytes.readUInt8(9)}` : kind)
      this.bytes = this.bytes.subarray(end)
    }
    if (this.isStuck) this.taken = taken
    else taken()
  }

  release(): void {
    this.isStuck = false
    this.taken?.()
  }
}

function rig() {
  const lab = new HubLab({ gatherMs: 0, gopCache: false }, { queueBytes: 100_000 })
  const stream = lab.open('cam')
  const pipe = new Pipe()
  const frames = new FrameStream(pipe, () => undefined)
  const publication = stream.publish(publisher)
  const feed = new Feed(1, stream, frames)
  frames.onDrain(() => feed.drained())
  const heard: string[] = []
  feed.join(1, { published: () => heard.push('published'), unpublished: () => heard.push('unpublished') })
  const data = (bytes: number): void =>
    publication?.data({ type: 18, timestamp: 0, messageStreamId: 0, payload: new Uint8Array(bytes) })
  return { lab, stream, pipe, publication, feed, heard, data }
}

/** More than may wait for it, none of which may be dropped. */
function overrun({ pipe, data, lab }: ReturnType<typeof rig>): void {
  pipe.isStuck = true
  for (let count = 0; count < 30; count++) {
    data(20_000)
    lab.time.advance(500)
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a worker that takes too little has a gap, and then the stream again', async () => {
  const all = rig()
  const { pipe, heard, data } = all
  overrun(all)
  pipe.release()
  await settled()
  expect(pipe.frames.filter((frame) => frame !== 'FeedMedia')).toEqual([
    'FeedOpen',
    'FeedPublished 1',
    'FeedPublished 0',
    'FeedPublished 1',
  ])
  const before = pipe.frames.length
  data(10)
  await settled()
  expect(pipe.frames.slice(before)).toEqual(['FeedMedia'])
  expect(heard).toEqual([])
})

test('that the publisher has gone meanwhile is told after the gap', async () => {
  const all = rig()
  const { pipe, heard, publication } = all
  overrun(all)
  publication?.end()
  expect(heard).toEqual([])
  pipe.release()
  await settled()
  expect(heard).toEqual(['unpublished'])
  expect(pipe.frames.filter((frame) => frame.startsWith('FeedPublished'))).toEqual([
    'FeedPublished 1',
    'FeedPublished 0',
  ])
})
