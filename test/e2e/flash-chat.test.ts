/**
 * One room, five programs that nobody here wrote or that share no code with the server: everyone sees everyone's
 * lines, enters and leaves. A stream is published and played in the room meanwhile; its programs are no people.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromiumPath, launchChromium } from './support/chromium.js'
import type { Chromium } from './support/chromium.js'
import { LibrtmpBuild } from './support/clients.js'
import { makeSource, packets, play, publish } from './support/ffmpeg.js'
import { kinds } from './support/participants.js'
import type { Participant } from './support/participants.js'
import { describeWith, stopPrograms } from './support/program.js'
import { startServer } from './support/server.js'
import type { Server } from './support/server.js'

jest.setTimeout(120_000)

describeWith(['cc', 'ffmpeg', chromiumPath], 'a chat room', () => {
  let server: Server
  let chromium: Chromium
  let librtmp: LibrtmpBuild
  let folder: string
  const people: Participant[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-room-'))
    server = await startServer()
    chromium = await launchChromium()
    librtmp = await LibrtmpBuild.make()
    await makeSource(join(folder, 'source.flv'), 2)
  })

  afterAll(async () => {
    await chromium.close()
    await stopPrograms()
    await librtmp.remove()
    await rm(folder, { recursive: true })
  })

  it('announces whoever enters to all who are there', async () => {
    for (const [kind, enter] of Object.entries(kinds)) {
      const newcomer = await enter(nickFor(kind), { server, chromium, librtmp })
      await Promise.all(people.map((one) => one.hearsEnter(newcomer.nick)))
      people.push(newcomer)
    }
  })

  it.each(Object.keys(kinds))('carries a line of %s to everybody, the speaker too', async (kind) => {
    const speaker = people.find(({ nick }) => nick === nickFor(kind))!
    const line = `grüße from ${kind} <b> & 100% [_nick]`
    await speaker.say(line)
    await Promise.all(people.map((one) => one.hearsLine(speaker.nick, line)))
  })

  it('keeps publishers and players of ffmpeg out of the list of people', async () => {
    const publisher = publish(join(folder, 'source.flv'), server.rtmpUrl('chat/lobby/cam'), true)
    const played = join(folder, 'played.txt')
    await play(server.rtmpUrl('chat/lobby/cam'), played, 2.5).exit
    await publisher.stop()
    expect(packets(await readFile(played, 'utf8')).video.length).toBeGreaterThan(0)

    await people[0]!.say('did somebody come?') // what would have been said of ffmpeg was said before this
    await Promise.all(people.map((one) => one.hearsLine(people[0]!.nick, 'did somebody come?')))
    for (const [at, one] of people.entries())
      expect(await one.arrivals()).toEqual(people.slice(at + 1).map(({ nick }) => nick))
  })

  it('tells the rest when somebody leaves', async () => {
    while (people.length > 1) {
      const leaver = people.pop()!
      await leaver.leave()
      await Promise.all(people.map((one) => one.hearsLeave(leaver.nick)))
    }
  })

  it('ends in order', async () => {
    expect(await server.stop()).toBe(0)
  })
})

/** "rtmp-client" is "rtmpclient": nicks here need no escaping. */
function nickFor(kind: string): string {
  return kind.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}
