/** The small parts that know Node: the guard, the clock, the way out, the page. */
import { PassThrough } from 'node:stream'
import { LoopTurn, TimerDriver } from '../../../src/server/clock.js'
import { guarded } from '../../../src/server/guard.js'
import { homePage } from '../../../src/server/home-page.js'
import { socketPolicy } from '../../../src/server/policy.js'
import { systemResolver } from '../../../src/server/resolve.js'
import { SocketOutlet } from '../../../src/server/socket-outlet.js'
import { silentLog } from '../../../src/util/log.js'
import { ManualTurn } from '../../../src/util/turn.js'
import { encodeUtf8 } from '../../../src/util/utf8.js'
import { FakeClock } from '../../support/fake-clock.js'

const bug = (): never => {
  throw new Error('bug')
}

test('what is guarded is logged and goes no further', () => {
  const errors: unknown[] = []
  const log = { ...silentLog, error: (fields: object) => errors.push(fields) }
  expect([guarded(log, () => undefined), guarded(log, bug)]).toEqual([true, false])
  expect(errors).toMatchObject([{ err: { message: 'bug' } }])
})

test('a turn ends after the callbacks of this round, in order, whatever one of them throws', async () => {
  const turn = new LoopTurn(silentLog)
  const ran: string[] = []
  turn.atEnd(() => {
    ran.push('a')
    turn.atEnd(() => ran.push('c'))
    bug()
  })
  turn.atEnd(() => ran.push('b'))
  expect(ran).toEqual([])
  await new Promise((resolve) => setImmediate(resolve))
  expect(ran).toEqual(['a', 'b', 'c'])
  turn.atEnd(() => ran.push('d'))
  await new Promise((resolve) => setImmediate(resolve))
  expect(ran).toEqual(['a', 'b', 'c', 'd'])
})

test('the driver wakes for the earliest deadline, goes on after a bug, and stops', async () => {
  const driver = new TimerDriver(silentLog)
  const ran: string[] = []
  const done = new Promise<void>((resolve) => {
    driver.timers.after(20, () => {
      ran.push('late')
      resolve()
    })
  })
  driver.timers.after(1, bug)
  driver.timers.after(1, () => ran.push('early'))
  const hold = setTimeout(() => undefined, 60_000) // its own timeout keeps no process alive
  await done
  clearTimeout(hold)
  expect(ran).toEqual(['early', 'late'])
  driver.stop()
  const wake = jest.spyOn(globalThis, 'setTimeout')
  driver.timers.after(0, () => ran.push('never'))
  expect(wake).not.toHaveBeenCalled()
  wake.mockRestore()
})

test('a deadline that is further away than any timeout of Node does not ring at once', () => {
  const driver = new TimerDriver(silentLog)
  const wake = jest.spyOn(globalThis, 'setTimeout')
  driver.timers.after(Number.MAX_SAFE_INTEGER, () => undefined) // a limit that is to be none
  expect(wake.mock.calls.map(([, delayMs]) => delayMs)).toEqual([2 ** 31 - 1])
  wake.mockRestore()
  driver.stop()
})

describe('SocketOutlet', () => {
  function open() {
    const stream = new PassThrough()
    const writes: string[] = []
    stream.on('data', (bytes: Buffer) => writes.push(bytes.toString()))
    const turn = new ManualTurn()
    const outlet = new SocketOutlet(stream, turn)
    const send = (text: string): void => outlet.send(encodeUtf8(text))
    return { stream, writes, turn, outlet, send }
  }

  test('what one turn sends is one write', () => {
    const { turn, outlet, send, stream } = open()
    const write = jest.spyOn(stream, 'write')
    for (const text of ['a', 'b', 'c']) send(text)
    expect([write.mock.calls.length, outlet.queuedBytes]).toEqual([0, 3])
    turn.end()
    expect(write.mock.calls.map(([bytes]) => String(bytes))).toEqual(['abc'])
    send('d')
    turn.end()
    expect(write).toHaveBeenCalledTimes(2)
  })

  test('media leaves at once and uncopied, behind what waits for the end of the turn', () => {
    const { turn, outlet, send, stream } = open()
    const write = jest.spyOn(stream, 'write')
    const media = encodeUtf8('media')
    send('a')
    send('b')
    outlet.sendNow(media)
    outlet.sendNow(media)
    turn.end()
    expect(write.mock.calls.map(([bytes]) => Buffer.from(bytes as Uint8Array).toString())).toEqual([
      'ab',
      'media',
      'media',
    ])
    const [, first, second] = write.mock.calls.map(([bytes]) => bytes as Buffer)
    expect([first?.buffer === media.buffer, first === second]).toEqual([true, true])
    outlet.end()
    outlet.sendNow(media)
    expect(write).toHaveBeenCalledTimes(3)
  })

  test('the end comes behind what is queued; then nothing more', async () => {
    const { turn, outlet, send, stream, writes } = open()
    send('bye')
    outlet.end()
    outlet.end()
    send('never')
    turn.end()
    await new Promise((resolve) => stream.once('end', resolve))
    expect(writes.join('')).toBe('bye')
    stream.destroy()
  })

  test('a peer that never reads the rest, or never closes, is not waited for', () => {
    jest.useFakeTimers()
    const { outlet, send, stream } = open()
    stream.pause()
    send('unread')
    outlet.end()
    jest.advanceTimersByTime(4_999)
    expect(stream.destroyed).toBe(false)
    jest.advanceTimersByTime(1)
    expect(stream.destroyed).toBe(true)
    jest.useRealTimers()
  })

  test('abort drops what is queued', () => {
    const { turn, outlet, send, stream, writes } = open()
    send('lost')
    outlet.abort()
    send('never')
    turn.end()
    expect([writes, stream.destroyed, outlet.queuedBytes]).toEqual([[], true, 0])
  })
})

test('names are looked up once in ten minutes; what does not resolve has no addresses', async () => {
  const clock = new FakeClock()
  const resolve = systemResolver(clock)
  const ask = (host: string): Promise<readonly string[]> => new Promise((done) => resolve(host, done))
  const first = await ask('127.0.0.1')
  expect(first).toEqual(['127.0.0.1'])
  let again: readonly string[] | undefined
  resolve('127.0.0.1', (addresses) => (again = addresses))
  expect(again).toEqual(first) // at once: remembered
  clock.set(clock.now() + 600_001)
  again = undefined
  resolve('127.0.0.1', (addresses) => (again = addresses))
  expect(again).toBeUndefined()
  expect(await ask('no such host')).toEqual([])
})

test('policies and the page name the ports', () => {
  expect(socketPolicy([1935, 4404])).toContain('to-ports="1935,4404"')
  expect(homePage('1.2', { rtmp: 1936, http: 1, psyc: 4405 })).toMatch(/1\.2[^]*rtmp:\/\/HOST:1936[^]*4405/)
})
