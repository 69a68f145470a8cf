/** The list of error codes against the program and its tests: what is listed is thrown, and some test provokes it. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { RtmpServerSession } from '../../src/rtmp/session/server-session.js'
import { parseDict } from '../../src/psyc/wire/dict.js'
import { parseUniform } from '../../src/psyc/wire/uniform.js'
import { errorCodes } from '../../src/util/error-codes.js'
import type { ErrorCode } from '../../src/util/error-codes.js'
import { GatewayError, LimitError } from '../../src/util/errors.js'
import { defaultLimits } from '../../src/util/limits.js'
import { silentLog } from '../../src/util/log.js'
import { encodeUtf8 } from '../../src/util/utf8.js'
import { FakeTime } from '../support/fake-clock.js'
import { FakeHandler, connectionRig } from '../support/fake-net-connection.js'
import { FakeSink } from '../support/fake-pipe.js'
import { newGateway } from '../support/gateway.js'
import { PsycLab } from '../support/psyc-lab.js'
import { testCrypto } from '../support/rtmp-crypto.js'

const codes = Object.keys(errorCodes) as ErrorCode[]

/** All TypeScript below a folder as one text, without the files named. */
function sources(folder: string, without: readonly string[] = []): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !without.some((other) => name.endsWith(other)))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
}

const program = sources('src', ['error-codes.ts', 'complaint.ts'])
const tests = sources('test')

test.each(codes)('%s is thrown somewhere', (code) => {
  expect(program).toContain(`'${code}'`)
})

test.each(codes)('%s is provoked by a test', (code) => {
  expect(tests).toMatch(new RegExp(`['" ,\`(/|]${code}\\b`))
})

test('each has one sentence', () => {
  for (const sentence of Object.values(errorCodes)) expect(sentence).toMatch(/^[A-Z][^\n]*\.$/)
})

/** Those that no other test asks for by name. */
const provoked: Partial<Record<ErrorCode, () => unknown>> = {
  PSYC_DICT: () => parseDict(encodeUtf8('{key value')),
  STATE_ORDER: () => connectionRig().connection.accept({}),
  TRANSPORT_TIMEOUT: () => {
    const time = new FakeTime()
    const sink = new FakeSink()
    const parts = { sink, timers: time.timers, limits: defaultLimits, log: silentLog, crypto: testCrypto() }
    new RtmpServerSession({ id: 'c1', ...parts }, (connection) => new FakeHandler(connection))
    time.advance(defaultLimits.handshakeMs)
    throw sink.errors[0] ?? new Error('nothing happened')
  },
  LIMIT_EXCEEDED: () => {
    throw new LimitError('uniformBytes', 1, 2)
  },
}

test.each(Object.entries(provoked))('%s', (code, provoke) => {
  expect(codeOf(provoke)).toBe(code)
})

test('CONFIG_LISTEN: an address that is not ours', async () => {
  const { gateway } = newGateway({ bind: '192.0.2.1', host: 'gw.example' })
  await expect(gateway.start()).rejects.toMatchObject({ code: 'CONFIG_LISTEN' })
})

test('STATE_ORDER: a resource that is taken', () => {
  const lab = new PsycLab()
  const uniform = parseUniform('psyc://gw.example/@room')
  const entity = { uniform, receive: () => undefined }
  lab.node.register(entity)
  expect(codeOf(() => lab.node.register(entity))).toBe('STATE_ORDER')
})

function codeOf(run: () => unknown): string | undefined {
  try {
    run()
  } catch (error) {
    if (error instanceof GatewayError) return error.code
    throw error
  }
  return undefined
}
