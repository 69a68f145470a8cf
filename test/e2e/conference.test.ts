/** Five connections, each publishing one stream and playing the four others: all that anybody says reaches everybody. */
import { AmfObject } from '../../src/amf/value.js'
import { decodeData } from '../../src/rtmp/wire/message/data.js'
import { MessageType } from '../../src/rtmp/wire/message.js'
import type { Message } from '../../src/rtmp/wire/message.js'
import { defaultLimits } from '../../src/util/limits.js'
import { mediaOf } from './support/frames.js'
import { MediaClient } from './support/media-client.js'
import type { MediaStream } from './support/media-client.js'
import { stopPrograms } from './support/program.js'
import { startServer } from './support/server.js'
import type { Server } from './support/server.js'
import { layouts, synthetic } from './support/synthetic.js'
import type { MediaMessage, Synthetic } from './support/synthetic.js'

jest.setTimeout(60_000)

const FRAMES = 150
/** Messages of one publisher that leave in one go. */
const BURST = 6
const MARK_EVERY = 10

interface Participant {
  readonly name: string
  readonly client: MediaClient
  readonly sent: readonly MediaMessage[]
  readonly camera: MediaStream
  readonly watched: Map<string, MediaStream>
}

describe.each([0, 2])('a conference of five, each with another codec, %i workers', (workers) => {
  let server: Server
  const people: Participant[] = []

  beforeAll(async () => {
    server = await startServer({ workers })
    const kinds = Object.keys(layouts).slice(0, 5) as Synthetic[]
    for (const [seat, kind] of kinds.entries()) {
      const client = await MediaClient.connect(server.ports.rtmp, 'conference/hall', `guest${seat}`)
      const camera = await client.publish(`camera${seat}`)
      const sent = synthetic(kind, FRAMES, seat)
      people.push({ name: `camera${seat}`, client, sent, camera, watched: new Map() })
    }
    for (const { name, client, watched } of people)
      for (const other of people)
        if (other.name !== name) watched.set(other.name, await client.play(other.name))
  })

  afterAll(async () => {
    expect(await server.stop()).toBe(0)
    await stopPrograms()
  })

  it('talks all at once, and ends', async () => {
    await Promise.all(people.map(speak))
    const everything = people.flatMap(({ watched }) => [...watched.values()])
    await Promise.all(everything.map((stream) => stream.status('NetStream.Play.UnpublishNotify')))
    expect(everything).toHaveLength(20)
  })

  it.each([0, 1, 2, 3, 4])('had every frame of the others at seat %i', (seat) => {
    for (const [name, stream] of people[seat]?.watched ?? []) {
      const sent = people.find((other) => other.name === name)?.sent ?? []
      expect(mediaOf(stream.messages)).toEqual(mediaOf(sent.map((each) => ({ ...each, messageStreamId: 1 }))))
    }
  })

  it.each([0, 1, 2, 3, 4])('had what was sent beside the media in its place at seat %i', (seat) => {
    for (const stream of people[seat]?.watched.values() ?? []) {
      const marks = stream.messages.flatMap((message, at) => markOf(message, stream.messages.slice(0, at)))
      expect(marks).toEqual(
        Array.from({ length: (2 * FRAMES) / MARK_EVERY }, (_, mark) => [mark, mark * MARK_EVERY]),
      )
    }
  })
})

/** Media, and a mark before every tenth frame. */
async function speak({ camera, sent }: Participant): Promise<void> {
  camera.sendData('@setDataFrame', 'onMetaData', AmfObject.of({ framerate: 25 }))
  let frames = 0
  for (const [at, message] of sent.entries()) {
    if (isFrame(message)) {
      if (frames % MARK_EVERY === 0) camera.sendData('onMark', frames / MARK_EVERY)
      frames++
    }
    camera.send(message)
    if (at % BURST === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  }
  camera.command('closeStream')
}

/** [number of the mark, frames that came before it] */
function markOf(message: Message, before: readonly Message[]): [unknown, number][] {
  if (message.type !== MessageType.Data) return []
  const { handler, args } = decodeData(message, defaultLimits)
  return handler === 'onMark' ? [[args[0], before.filter(isFrame).length]] : []
}

function isFrame({ payload, type }: Pick<Message, 'payload' | 'type'>): boolean {
  return type !== MessageType.Data && payload.length > 100
}
