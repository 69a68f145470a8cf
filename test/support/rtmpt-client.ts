/** Requests of RTMPT, one connection each client, pipelined as the test likes. */
import { RawClient } from './gateway.js'

export interface TunnelAnswer {
  readonly status: number
  /** Latin-1: a character is a byte. */
  readonly body: string
}

export class TunnelClient {
  readonly raw: RawClient
  private answered = 0

  constructor(to: number | RawClient) {
    this.raw = typeof to === 'number' ? new RawClient(to) : to
  }

  /** Without waiting for the answer. @param body Latin-1 */
  send(path: string, body = '\0', version = '1.1', headers: readonly string[] = []): this {
    const lines = [`POST ${path} HTTP/${version}`, 'Host: x', 'Content-Type: application/x-fcs', ...headers]
    const length = headers.some((line) => /^(content-length|transfer-encoding):/i.test(line))
      ? []
      : [`Content-Length: ${body.length}`]
    this.raw.write(`${[...lines, ...length].join('\r\n')}\r\n\r\n${body}`)
    return this
  }

  /** The next answer. @throws Error when the connection is closed before */
  async answer(): Promise<TunnelAnswer> {
    const text = await this.raw.until((all) => splitAnswers(all).length > this.answered)
    const found = splitAnswers(text)[this.answered++]
    if (found === undefined)
      throw new Error(`no answer; all that came: ${JSON.stringify(text.slice(0, 500))}`)
    return found
  }

  ask(path: string, body?: string): Promise<TunnelAnswer> {
    return this.send(path, body).answer()
  }

  /** @returns the ID of a new session */
  async open(): Promise<string> {
    const { status, body } = await this.ask('/open/1')
    expect(status).toBe(200)
    expect(body).toMatch(/^[0-9a-f]{32}\n$/)
    return body.trim()
  }
}

function splitAnswers(text: string): TunnelAnswer[] {
  const answers: TunnelAnswer[] = []
  for (let at = 0; ;) {
    const end = text.indexOf('\r\n\r\n', at)
    if (end < 0) return answers
    const head = text.slice(at, end)
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0)
    const body = text.slice(end + 4, end + 4 + length)
    if (body.length < length) return answers
    answers.push({ status: Number(head.slice(9, 12)), body })
    at = end + 4 + length
  }
}
