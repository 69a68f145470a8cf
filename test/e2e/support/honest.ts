/** Two people who chat while others attack: one by RTMP, one by PSYC. As long as they hear each other, the room goes on. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { AmfValue } from '../../../src/amf/value.js'
import { RtmpClientSession } from '../../../src/rtmp/session/client-session.js'
import { TimerDriver } from '../../../src/server/clock.js'
import { nodeCrypto } from '../../../src/server/crypto.js'
import { limitsWith } from '../../../src/util/limits.js'
import { silentLog } from '../../../src/util/log.js'
import { Lines } from './lines.js'
import { PsycSocket } from './psyc-socket.js'
import type { Server } from './server.js'

/** A client of RTMP in this process. */
export class RtmpUser {
  /** Calls of the server and, as "onStatus", its statuses. */
  readonly heard = new Lines<string>('RTMP client')

  private constructor(
    readonly socket: Socket,
    private readonly session: RtmpClientSession,
    private readonly driver: TimerDriver,
  ) {}

  /** @param path "chat/lobby" */
  static async connect(port: number, path: string, nick: string): Promise<RtmpUser> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    const driver = new TimerDriver(silentLog)
    const users: RtmpUser[] = []
    const note = (name: string, args: readonly AmfValue[]): void =>
      users[0]?.heard.push([name, ...args.map(String)].join(' '))
    const session = new RtmpClientSession(
      {
        sink: {
          send: (bytes) => void socket.write(bytes),
          end: () => void socket.end(),
          fail: () => void socket.destroy(),
          queuedBytes: () => socket.writableLength,
        },
        timers: driver.timers,
        limits: limitsWith(),
        crypto: nodeCrypto,
      },
      {
        call: note,
        status: () => note('onStatus', []),
        sharedObject: () => note('sharedObject', []),
        media: () => undefined,
        userControl: () => undefined,
        closed: () => {
          users[0]?.heard.end()
          driver.stop()
        },
      },
    )
    const user = new RtmpUser(socket, session, driver)
    users.push(user)
    socket.on('data', (bytes) => session.receive(bytes))
    socket.on('error', () => undefined)
    socket.on('close', () => session.ended('lost'))
    await new Promise<void>((resolve, reject) => {
      const tcUrl = `rtmp://127.0.0.1:${port}/${path}`
      session.connect({ app: path, tcUrl, args: [nick] }, ({ ok }) =>
        ok ? resolve() : reject(new Error(`${nick} was refused`)),
      )
    })
    return user
  }

  call(name: string, ...args: readonly AmfValue[]): Promise<AmfValue> {
    return new Promise((resolve, reject) => {
      this.session.call(name, args, (answer) =>
        answer.ok ? resolve(answer.value) : reject(new Error(`${name} failed`)),
      )
    })
  }

  async close(): Promise<void> {
    const isOver = once(this.socket, 'close')
    this.session.end()
    this.socket.destroy()
    await isOver
    this.driver.stop()
  }
}

export class HonestPair {
  private lines = 0

  private constructor(
    private readonly flash: RtmpUser,
    private readonly psyc: PsycSocket,
    private readonly place: string,
  ) {}

  static async meet(server: Server): Promise<HonestPair> {
    const place = '@chat-lobby'
    const flash = await RtmpUser.connect(server.ports.rtmp, 'chat/lobby', 'alice')
    await flash.call('members')
    const psyc = await PsycSocket.open(server.ports.psyc, '1.0', server.root)
    await psyc.link('bob')
    await psyc.enter(place)
    return new HonestPair(flash, psyc, place)
  }

  /** One line each way. */
  async chat(): Promise<void> {
    const line = `line ${++this.lines}`
    const since = this.psyc.packets.all.length
    await this.flash.call('sendMessage', `${line} of alice`)
    await this.psyc.packets.wait(({ body }) => body === `${line} of alice`, since)
    this.psyc.say(this.place, `${line} of bob`)
    await this.flash.heard.wait(new RegExp(`^receiveMessage .*${line} of bob`))
  }

  /** Something that the room hears, answered once the place has taken it. */
  async say(text: string): Promise<void> {
    await this.flash.call('sendMessage', text)
  }

  async part(): Promise<void> {
    this.psyc.close()
    await this.flash.close()
  }
}
