/** RTMPT from the client's side: a stream of bytes in requests of HTTP, one after the other [rtmp.md 1.6]. */
import { Agent, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { noBytes } from '../util/bytes.js'
import { adviceByFirstBytes, tooLate } from './probe-advice.js'
import { within } from './probe-connection.js'
import type { Place } from './probe-connection.js'
import { ProbeFailure } from './probe-report.js'
import type { Report } from './probe-report.js'

/** What each request brings that has nothing to say. */
const NOTHING = Uint8Array.of(0)
const CLOSED = 0
const POLL_MS = 50 // ours: the interval that the server names has no unit that all agree on

/** A step: open a session. @param socket to the server, for all requests */
export function openTunnel(report: Report, socket: Socket, place: Place, timeoutMs: number): Promise<Duplex> {
  const requests = new Requests(socket, place)
  const open = async (): Promise<Duplex> => {
    const id = Buffer.from(await requests.post('/open/1', NOTHING))
      .toString('latin1')
      .trim()
    if (id === '') throw new ProbeFailure('the server opened a session without an ID')
    return new ProbeTunnel(requests, id)
  }
  const advice = 'something else answers there, or holds requests back: RTMPT needs a server that speaks it'
  return report.step(
    'tunnel',
    () => within(timeoutMs, () => tooLate('tunnel', timeoutMs, advice), open()),
    () => 'HTTP, with a session of RTMPT',
  )
}

/** The only connection that there will be: a server that closes it between requests is told of. */
class OneSocket extends Agent {
  private isGiven = false

  constructor(private readonly socket: Socket) {
    super({ keepAlive: true, maxSockets: 1 })
  }

  override createConnection(): Socket {
    if (this.isGiven) throw new ProbeFailure('the server does not keep the connection between requests')
    this.isGiven = true
    return this.socket
  }
}

class Requests {
  private readonly agent: Agent

  constructor(
    private readonly socket: Socket,
    private readonly place: Place,
  ) {
    this.agent = new OneSocket(socket)
  }

  close(): void {
    this.agent.destroy()
    this.socket.destroy()
  }

  /** @returns the body of the answer, owned @throws ProbeFailure */
  post(path: string, body: Uint8Array): Promise<Uint8Array> {
    const { host, port } = this.place
    const headers = {
      'Content-Type': 'application/x-fcs',
      'Content-Length': body.length,
      'User-Agent': 'Shockwave Flash',
    }
    return new Promise((resolve, reject) => {
      const outgoing = request({ method: 'POST', host, port, path, headers, agent: this.agent })
      outgoing.on('error', (error) => reject(asFailure(error)))
      outgoing.on('response', (response) => {
        readAnswer(response).then(resolve, reject)
      })
      outgoing.end(body)
    })
  }
}

async function readAnswer(response: IncomingMessage): Promise<Uint8Array> {
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  const { statusCode = 0, statusMessage = '' } = response
  if (statusCode === 200) return new Uint8Array(Buffer.concat(parts))
  throw new ProbeFailure(
    `HTTP ${statusCode} ${statusMessage}`,
    'a web server without RTMPT answers so: is it the right port?',
  )
}

function asFailure(error: Error): ProbeFailure {
  if (error instanceof ProbeFailure) return error
  const { rawPacket = noBytes } = error as { readonly rawPacket?: Uint8Array }
  return new ProbeFailure(`HTTP: ${error.message}`, adviceByFirstBytes(rawPacket, ''), [], { cause: error })
}

/** Asks as long as it lives, at once while there is something to say or to hear. */
class ProbeTunnel extends Duplex {
  private sequence = 0
  private waiting: Uint8Array[] = []
  private isBusy = false
  private timer: NodeJS.Timeout | undefined

  constructor(
    private readonly requests: Requests,
    private readonly id: string,
  ) {
    super()
    this.ask()
  }

  override _read(): void {
    // the next answer brings what there is
  }

  override _write(bytes: Uint8Array, _encoding: string, done: () => void): void {
    this.waiting.push(bytes)
    if (!this.isBusy) this.ask()
    done()
  }

  override _final(done: () => void): void {
    clearTimeout(this.timer)
    this.post('close', NOTHING)
      .catch(() => undefined)
      .finally(() => {
        this.push(null)
        done()
      })
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.timer)
    this.requests.close()
    done(error)
  }

  private ask(): void {
    clearTimeout(this.timer)
    if (this.destroyed || this.writableEnded) return
    this.isBusy = true
    const body = Buffer.concat(this.waiting)
    this.waiting = []
    const sent = body.length > 0 ? this.post('send', body) : this.post('idle', NOTHING)
    sent.then(
      (answer) => this.hear(answer),
      (error: unknown) => this.destroy(error as Error),
    )
  }

  private hear(answer: Uint8Array): void {
    this.isBusy = false
    if (this.destroyed || this.writableEnded) return
    if (answer.length > 1) this.push(answer.subarray(1))
    if (answer.length <= 1 && (answer[0] ?? CLOSED) === CLOSED) this.push(null)
    else if (answer.length > 1 || this.waiting.length > 0) this.ask()
    else this.timer = setTimeout(() => this.ask(), POLL_MS)
  }

  private post(kind: 'send' | 'idle' | 'close', body: Uint8Array): Promise<Uint8Array> {
    return this.requests.post(`/${kind}/${this.id}/${this.sequence++}`, body)
  }
}
