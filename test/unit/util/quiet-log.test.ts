import type { Log, LogFields } from '../../../src/util/log.js'
import { QuietLog, atDoor } from '../../../src/util/quiet-log.js'
import { FakeClock } from '../../support/fake-clock.js'

interface Scene {
  readonly log: QuietLog
  readonly written: string[]
  readonly wait: (ms: number) => void
}

function scene(): Scene {
  const written: string[] = []
  const note = (level: string) => (fields: LogFields, message: string) => {
    written.push(`${level} ${message} ${JSON.stringify(fields)}`)
  }
  const log: Log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
  const clock = new FakeClock()
  return { log: new QuietLog(log, clock), written, wait: (ms) => clock.set(clock.now() + ms) }
}

describe('a log that strangers cannot flood', () => {
  it('writes once what is said about one of them, and later how often it was', () => {
    const { log, written, wait } = scene()
    for (let port = 1; port <= 1_000; port++) log.warn({ circuit: `psyc://10.6.6.6:-${port}/` }, 'refused')
    wait(60_000)
    log.warn({ circuit: 'psyc://10.6.6.6:-9/' }, 'refused')
    expect(written).toEqual([
      'warn refused {"circuit":"psyc://10.6.6.6:-1/"}',
      'warn refused {"circuit":"psyc://10.6.6.6:-9/","again":999}',
    ])
  })

  it('tells strangers, and what is said of them, apart', () => {
    const { log, written } = scene()
    log.info({ from: 'psyc://evil.example/~a' }, 'dropped')
    log.info({ from: 'psyc://EVIL.example/~b' }, 'dropped')
    log.info({ from: 'psyc://good.example/~a' }, 'dropped')
    log.warn({ context: 'psyc://evil.example/@a' }, 'malformed')
    expect(written.map((line) => line.replace(/ \{.*/, ''))).toEqual([
      'info dropped',
      'info dropped',
      'warn malformed',
    ])
  })

  it('writes everything that is about nobody or comes from this machine, and every error', () => {
    const { log, written } = scene()
    for (let time = 0; time < 2; time++) {
      log.info({}, 'ready')
      log.warn({ circuit: 'psyc://127.0.0.1:-40312/' }, 'refused')
      log.error({ circuit: 'psyc://10.6.6.6:-1/' }, 'a bug')
    }
    expect(written).toHaveLength(6)
  })

  it('remembers a bounded number of strangers', () => {
    const { log, written } = scene()
    for (let name = 0; name <= 1_000; name++) log.info({ from: `psyc://n${name}.example/` }, 'dropped')
    log.info({ from: 'psyc://n0.example/' }, 'dropped')
    log.info({ from: 'psyc://n1000.example/' }, 'dropped')
    expect(written).toHaveLength(1_002)
  })

  it('at the door it tells strangers by their addresses', () => {
    const { log: all, written } = scene()
    const log = new QuietLog(all, new FakeClock(), atDoor)
    for (let time = 0; time < 1_000; time++) {
      log.warn({ remoteAddress: '10.6.6.6', origin: `http://${time}` }, 'refused')
      log.warn({ remoteAddress: '127.0.0.1' }, 'here')
    }
    expect(written.filter((line) => line.includes('refused'))).toHaveLength(1)
    expect(written.filter((line) => line.includes('here'))).toHaveLength(1_000)
  })
})
