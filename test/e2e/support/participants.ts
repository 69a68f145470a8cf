/** People in one room, each by another program, all asked the same things. */
import { ChatPage } from './chat-page.js'
import type { Chromium } from './chromium.js'
import { ObjectClient } from './clients.js'
import type { LibrtmpBuild, LibrtmpClient } from './clients.js'
import { PsycSocket } from './psyc-socket.js'
import type { Syntax } from './psyc-socket.js'
import type { Server } from './server.js'

export interface Participant {
  readonly nick: string
  say(text: string): unknown
  hearsLine(from: string, text: string): Promise<unknown>
  hearsEnter(nick: string): Promise<unknown>
  hearsLeave(nick: string): Promise<unknown>
  /** Everybody whose coming it was told of. */
  arrivals(): Promise<string[]> | string[]
  leave(): unknown
}

export interface Surroundings {
  readonly server: Server
  /** Root of the node where the room is; that of `server` if nothing is said. */
  readonly home?: string
  readonly chromium: Chromium
  readonly librtmp: LibrtmpBuild
}

type Enter = (nick: string, surroundings: Surroundings) => Promise<Participant>

const APP = 'chat/lobby'
export const PLACE = '@chat-lobby'

export const kinds: Readonly<Record<string, Enter>> = {
  librtmp: byLibrtmp,
  'rtmp-client': byRtmpClient,
  'PSYC 1.0': byPsyc('1.0'),
  'PSYC 0.9': byPsyc('0.9'),
  Chromium: byChromium,
}

/** A client of RTMP is seen from its first act on: a call. */
async function byLibrtmp(nick: string, { server, librtmp }: Surroundings): Promise<Participant> {
  const client = await librtmp.connect(server.rtmpUrl(APP), `S:${nick}`)
  await client.result('members')
  return {
    nick,
    say: (text) => client.result('sendMessage', `S:${text}`),
    hearsLine: (from, text) => client.called('receiveMessage', from, text),
    hearsEnter: (who) => client.called('userJoined', who),
    hearsLeave: (who) => client.called('userLeft', who),
    arrivals: () => calls(client, 'userJoined'),
    leave: () => client.close(),
  }
}

function calls(client: LibrtmpClient, name: string): string[] {
  const lines = client.program.lines.matching(new RegExp(`^{"name":"${name}"`))
  return lines.map((line) => (JSON.parse(line) as { values: [null, string] }).values[1])
}

async function byRtmpClient(nick: string, { server }: Surroundings): Promise<Participant> {
  const client = await ObjectClient.connect(server.rtmpUrl(APP), nick)
  await client.call('members')
  return {
    nick,
    say: (text) => client.call('sendMessage', text),
    hearsLine: (from, text) => client.called('receiveMessage', from, text),
    hearsEnter: (who) => client.called('userJoined', who),
    hearsLeave: (who) => client.called('userLeft', who),
    arrivals: () => {
      const lines = client.program.lines.matching(/^{"called":\["userJoined"/)
      return lines.map((line) => (JSON.parse(line) as { called: [string, string] }).called[1])
    },
    leave: () => client.close(),
  }
}

/** Each generation of PSYC has its own words for these. */
const enterNotice = /^_notice_(place|context)_enter/
const leaveNotice = /^_notice_(place|context)_leave/
/** One's own line comes back as an echo. */
const lineMethod = /^_message(_echo)?_public/

function byPsyc(syntax: Syntax): Enter {
  return async (nick, { server, home = server.root }) => {
    const client = await PsycSocket.open(server.ports.psyc, syntax, server.root, server.address)
    const place = home + PLACE
    await client.link(nick)
    await client.enter(place)
    const hears = (method: RegExp, who: string, body?: string): Promise<unknown> =>
      client.packets.wait(
        (packet) =>
          method.test(packet.method) &&
          packet.vars['_context'] === place &&
          packet.vars['_nick'] === who &&
          (body === undefined || packet.body === body),
      )
    return {
      nick,
      say: (text) => client.say(place, text),
      hearsLine: (from, text) => hears(lineMethod, from, text),
      hearsEnter: (who) => hears(enterNotice, who),
      hearsLeave: (who) => hears(leaveNotice, who),
      arrivals: () =>
        client.packets
          .matching(({ method }) => enterNotice.test(method))
          .map(({ vars }) => vars['_nick'] ?? ''),
      leave: () => client.leave(place),
    }
  }
}

async function byChromium(nick: string, { server, chromium }: Surroundings): Promise<Participant> {
  const page = await ChatPage.enter(chromium, server, nick, APP)
  return {
    nick,
    say: (text) => page.say(text),
    hearsLine: (from, text) => page.seesLine(`${from}: ${text}`),
    hearsEnter: (who) => page.seesLine(`${who} comes in.`),
    hearsLeave: (who) => page.seesLine(`${who} leaves.`),
    arrivals: async () => (await page.talk()).flatMap((line) => /^(\S+) comes in\.$/.exec(line)?.[1] ?? []),
    leave: () => page.close(),
  }
}
