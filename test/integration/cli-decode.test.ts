/** `rtmpsyc decode` on every vector: the documented JSON, the exit code, and what it does with bytes cut short. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import fc from 'fast-check'
import { Amf0Reader, amfByteReader } from '../../src/amf/amf0.js'
import { Amf3Reader } from '../../src/amf/amf3.js'
import { decode } from '../../src/cli/decode.js'
import { terminalJson } from '../../src/cli/terminal-json.js'
import { InputError, MAX_INPUT_BYTES, bytesOfHex, readAll } from '../../src/cli/decode-input.js'
import { describeLegacyPackets } from '../../src/psyc/wire/describe-legacy.js'
import { describePackets } from '../../src/psyc/wire/describe.js'
import { concat, fromHex, toHex } from '../../src/util/bytes.js'
import { defaultLimits } from '../../src/util/limits.js'
import { amfVectors } from '../support/amf-vectors.js'
import { TextSink, runDecode } from '../support/cli-run.js'
import { libpsycFolders } from '../support/libpsyc-vectors.js'

const vectors = join(process.cwd(), 'test/vectors')

function json(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}

const bytesIn = (path: string): Uint8Array => new Uint8Array(readFileSync(path))
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Exit code and document; every reason must have been given, and none where nothing is wrong. */
async function decoded(kind: string, bytes: Uint8Array): Promise<{ exit: number; document: object }> {
  const { exit, stdout, stderr } = await runDecode([kind], bytes)
  const said =
    { 0: /^$/, 2: /: malformed: (?:in .+: )?[A-Z_]+: .+\n$/, 3: /: incomplete: .+\n$/ }[exit] ?? /never/
  expect(stderr).toMatch(said)
  const document = JSON.parse(stdout) as object
  expect(stdout).toBe(`${terminalJson(document, 2)}\n`)
  return { exit, document }
}

test.each([
  ['uniform', 'psyc://x/~a%s'],
  ['psyc', ':_a\t%s\n\n_notice\n|\n'],
  ['amf0', '\x02\0\x0d%s'],
])('%s: nothing that steers a terminal is printed as it is', async (kind, text) => {
  const evil = '\x1b[1m\x7f\u009b31m\u202e'
  const { stdout, stderr } = await runDecode([kind], bytesOf(text.replace('%s', evil)))
  expect(stdout + stderr).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
  expect(stdout).toContain('\\u009b')
})

describe('amf0, amf3', () => {
  const values = [...amfVectors('amf0'), ...amfVectors('amf3')]

  test.each(values)('$id', async ({ encoding, bytes, values: expected }) => {
    expect(await decoded(encoding, bytes)).toEqual({ exit: 0, document: { values: expected } })
  })

  test.each(values)('$id without its last byte', async ({ encoding, bytes, values: expected }) => {
    const cut = bytes.subarray(0, -1)
    const { exit, document } = await decoded(encoding, cut)
    expect(document).toEqual({ values: expected.slice(0, -1) })
    expect(exit).toBe(endsBetweenValues(encoding, bytes, cut.length) ? 0 : 3)
  })

  /** Does a value end there? */
  function endsBetweenValues(encoding: 'amf0' | 'amf3', bytes: Uint8Array, at: number): boolean {
    const reader = amfByteReader(bytes)
    const read =
      encoding === 'amf0' ? new Amf0Reader(reader, defaultLimits) : new Amf3Reader(reader, defaultLimits)
    while (!read.atEnd && reader.offset < at) read.readValue()
    return reader.offset === at && (encoding === 'amf0' || at > 0)
  }

  test.each(amfVectors('errors'))('$id: $error', async ({ encoding, bytes, error }) => {
    const { exit } = await decoded(encoding, bytes)
    expect(exit).toBe(error === 'truncated' ? 3 : 2)
  })

  test('what was whole before the end is printed, with the references among it', async () => {
    expect(await decoded('amf0', fromHex('05 0300016105000009 070000 02000568'))).toEqual({
      exit: 3,
      document: {
        values: [{ t: 'null' }, { t: 'object', props: [['a', { t: 'null' }]] }, { t: 'ref', index: 0 }],
      },
    })
  })
})

interface RtmpVector {
  readonly id: string
  readonly hex: string
  readonly error: string
  readonly messageType: 16 | 19
  readonly message: { readonly events: readonly unknown[] }
  readonly messages: readonly unknown[]
  readonly submessages?: readonly unknown[]
}

function rtmpVectors(name: string): readonly RtmpVector[] {
  return (json(join(vectors, 'rtmp', `${name}.json`)) as { vectors: readonly RtmpVector[] }).vectors
}

describe('shared-object, shared-object-amf3', () => {
  const kindOf = ({ messageType }: RtmpVector): string =>
    messageType === 16 ? 'shared-object-amf3' : 'shared-object'

  test.each(rtmpVectors('shared-object'))('$id', async (vector) => {
    const { hex, message } = vector
    expect(await decoded(kindOf(vector), fromHex(hex))).toEqual({ exit: 0, document: { message } })
  })

  test.each(rtmpVectors('shared-object'))('$id cut anywhere', async (vector) => {
    const bytes = fromHex(vector.hex)
    for (let end = 0; end < bytes.length; end++) {
      const { exit, document } = await decoded(kindOf(vector), bytes.subarray(0, end))
      const { message } = document as { message: RtmpVector['message'] | null }
      const { events = [], ...fields } = message ?? {}
      expect(message === null ? 3 : exit).toBe(exit) // 0 only between two events
      expect(events).toEqual(vector.message.events.slice(0, events.length))
      expect(vector.message).toMatchObject(fields)
    }
  })

  test.each(rtmpVectors('shared-object-errors'))('$id: $error', async (vector) => {
    const { exit } = await decoded(kindOf(vector), fromHex(vector.hex))
    expect(exit).toBe(vector.error === 'truncated' ? 3 : 2)
  })

  test('an event that is too short for its fields is wrong where others follow it', async () => {
    const bytes = fromHex('000161 00000000 00000000 00000000 0800000000 03000000030001 78 0800000000')
    const { exit, document } = await decoded('shared-object', bytes)
    expect([exit, document]).toEqual([2, { message: expect.objectContaining({ events: [clear] }) as object }])
  })

  const clear = { type: 8, kind: 'clear' }
})

describe('chunks', () => {
  test.each(rtmpVectors('chunk-stream'))('$id', async ({ hex, messages, submessages }) => {
    const expected = submessages === undefined ? { messages } : { messages, submessages }
    expect(await decoded('chunks', fromHex(hex))).toEqual({ exit: 0, document: expected })
  })

  test.each(rtmpVectors('chunk-stream'))('$id cut short', async ({ hex, messages }) => {
    const bytes = fromHex(hex)
    const step = Math.max(1, bytes.length >> 4)
    for (let end = 1; end < bytes.length; end += step) {
      const { exit, document } = await decoded('chunks', bytes.subarray(0, end))
      const found = (document as RtmpVector).messages
      expect(found).toEqual(messages.slice(0, found.length))
      expect(exit === 3 || found.length > 0).toBe(true) // 0 only between two messages
    }
    expect((await decoded('chunks', bytes.subarray(0, -1))).exit).toBe(3)
  })

  test.each(rtmpVectors('chunk-stream-errors'))('$id: $error', async ({ hex }) => {
    expect((await decoded('chunks', fromHex(hex))).exit).toBe(2)
  })

  test('says where a limit was passed', async () => {
    const { stderr } = await runDecode(
      ['chunks'],
      fromHex('030000000000011400000000 05 030000 00 ffffff 14 00000000'),
    )
    expect(stderr).toContain('LIMIT_EXCEEDED: commandBytes: 16777215 is more than 1048576 (offset 24)')
  })

  test('an aggregate whose last part is cut off gives the others', async () => {
    const part = '08 000001 000000 00 000000 aa 0000000c'
    const header = (length: number): string => `06 000000 0000${length.toString(16)} 16 01000000`
    const bytes = fromHex(`${header(16 + 5)} ${part} 08 000001 00`)
    const { exit, document } = await decoded('chunks', bytes)
    expect(exit).toBe(2)
    expect(document).toMatchObject({ submessages: [{ type: 8, streamId: 1, timestamp: 0, payload: 'aa' }] })
  })

  test('messages that lie across the pieces they are read in', async () => {
    const payload = 'ab'.repeat(100_000)
    const bytes = fromHex(`02 000000 000004 01 00000000 00100000 06 000000 0186a0 09 01000000 ${payload}`)
    const { document } = await decoded('chunks', bytes)
    expect((document as RtmpVector).messages[1]).toMatchObject({ type: 9, length: 100_000, payload })
  })
})

interface PsycExpectation {
  readonly result: string
  readonly packets: readonly object[]
  readonly error: object | null
  readonly gateway?: { readonly result: string; readonly error?: string }
}

const exits: Readonly<Record<string, number>> = { ok: 0, error: 2, incomplete: 3 }

function packetFiles(...folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.psyc'))
      .map((file) => join(folder, file)),
  )
}

describe('psyc', () => {
  const files = packetFiles(join(vectors, 'psyc/edge'), ...libpsycFolders())

  test.each(files.map((path) => [basename(path), path]))('%s', async (_name, path) => {
    const { gateway, ...expected } = json(`${path}.json`) as PsycExpectation
    const { exit, document } = await decoded('psyc', bytesIn(path))
    if (gateway !== undefined) {
      expect([exit, document]).toMatchObject([exits[gateway.result], { result: gateway.result }])
      if (gateway.error !== undefined) expect(document).toMatchObject({ error: { name: gateway.error } })
    } else {
      const { packets, result, error } = expected
      const said = error === null ? null : { ...error, message: expect.any(String) as string }
      expect({ exit, document }).toEqual({ exit: exits[result], document: { packets, result, error: said } })
    }
  })

  test.each(files.map((path) => [basename(path), path]))(
    '%s is described alike alone and among others',
    async (_name, path) => {
      const bytes = bytesIn(path)
      const alone = describePackets(bytes)
      const before = bytesOf('|\n\n_m\n|\n')
      const { document } = await decoded('psyc', concat([before, bytes]))
      const { packets, result, error } = document as PsycExpectation
      expect({ packets: packets.slice(2), result }).toEqual({ packets: alone.packets, result: alone.result })
      if (alone.error === null) expect(error).toBeNull()
      else {
        const { code, name, after } = alone.error
        expect(error).toMatchObject({ code, name, after: after === 'start' ? 'packet' : after })
      }
    },
  )

  test.each(files.map((path) => [basename(path), path]))('%s without its last byte', async (_name, path) => {
    const { gateway, result } = json(`${path}.json`) as PsycExpectation
    if ((gateway?.result ?? result) !== 'ok') return
    const { exit, document } = await decoded('psyc', bytesIn(path).subarray(0, -1))
    expect([exit, document]).toMatchObject([3, { result: 'incomplete', error: null }])
  })

  test('counts offsets from the first byte, and knows an XMLSocket', async () => {
    const { document } = await decoded('psyc', bytesOf('|\n\0\n_m\nhello\n|\n\0:_x y\n'))
    expect(document).toMatchObject({
      packets: [{ method: null }, { method: '_m', body: 'hello' }, { complete: false }],
      result: 'error',
      error: { after: 'packet', message: expect.stringContaining('(offset 19)') as string },
    })
  })
})

describe('psyc09', () => {
  const files = packetFiles(join(vectors, 'psyc/psyc09'))

  test.each(files.map((path) => [basename(path), path]))('%s', async (_name, path) => {
    const { packets } = json(`${path}.json`) as { packets: readonly object[] }
    const { exit, document } = await decoded('psyc09', bytesIn(path))
    const found = (document as { packets: readonly object[] }).packets
    expect(found).toEqual(
      packets.map((packet) => ('error' in packet ? { error: expect.any(String) as string } : packet)),
    )
    const last = packets.at(-1) ?? {}
    expect(exit).toBe('error' in last ? 2 : 'incomplete' in last ? 3 : 0)
  })

  test.each(files.map((path) => [basename(path), path]))('%s as telnet sends it', async (_name, path) => {
    const bytes = bytesOf(`.\r\n${readFileSync(path, 'utf8').replaceAll('\n', '\r\n')}`)
    const whole = describeLegacyPackets(bytes)
    const { document } = await decoded('psyc09', bytes)
    expect(document).toEqual({ ...whole, packets: whole.packets.map(anyError) })
  })

  const anyError = (packet: object): object =>
    'error' in packet ? { error: expect.any(String) as string } : packet
})

describe('uniform', () => {
  interface UniformCase {
    readonly uniform: string
    readonly parts?: object
    readonly error?: string
  }
  const { cases } = json(join(vectors, 'psyc/uniform-cases.json')) as { cases: readonly UniformCase[] }
  /** libpsyc refuses them, psyced sends them, we accept [psyc.md 1.2, 8 row 26]. */
  const accepted = ['psyc://foo:s/~a', 'psyc://host:d/~foo']

  test.each(cases)('$uniform', async (expected) => {
    for (const lineEnd of ['', '\n', '\r\n']) {
      const { exit, document } = await decoded('uniform', bytesOf(expected.uniform + lineEnd))
      if (accepted.includes(expected.uniform))
        expect([exit, Object.keys(document)]).toEqual([0, ['uniform', 'parts']])
      else
        expect({ exit, document }).toEqual({ exit: expected.error === undefined ? 0 : 2, document: expected })
    }
  })

  test('that is no text', async () => {
    const { exit, document } = await decoded('uniform', Uint8Array.of(0xff))
    expect([exit, document]).toEqual([
      2,
      { uniform: { base64: '/w==' }, error: 'PSYC_PARSE_UNIFORM_INVALID_SCHEME' },
    ])
  })
})

describe('standard input', () => {
  test('in pieces, as hex with blanks', async () => {
    const { exit, stdout } = await runDecode(['--hex', 'amf0'], bytesOf('02 00'), bytesOf('\t026\n8 69\r\n'))
    expect([exit, JSON.parse(stdout)]).toEqual([0, { values: [{ t: 'string', v: 'hi' }] }])
  })

  test.each([
    ['0x05', 'no hex digit: "x" (offset 1)'],
    ['05 0', 'half a byte at the end: 3 hex digits (offset 4)'],
  ])('that is no hex: %s', async (text, said) => {
    const { exit, stdout, stderr } = await runDecode(['amf0', '--hex'], bytesOf(text))
    expect([exit, stdout, stderr]).toEqual([2, '', `rtmpsyc decode amf0: ${said}\n`])
  })

  test('is bounded', async () => {
    const pieces = (count: number): AsyncIterable<Uint8Array> => repeat(Uint8Array.of(1, 2, 3, 4), count)
    expect((await readAll(pieces(4), 16)).length).toBe(16)
    await expect(readAll(pieces(Infinity), 16)).rejects.toThrow(InputError)
    expect(MAX_INPUT_BYTES).toBe(67_108_864)
  })

  async function* repeat(piece: Uint8Array, count: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < count; at++) yield await Promise.resolve(piece)
  }

  test('of all digits', () => {
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    expect(bytesOfHex(bytesOf(toHex(every).toUpperCase()))).toEqual(every)
  })

  test('none: no values, no messages, no packets', async () => {
    const nothing = new Uint8Array(0)
    expect(await decoded('amf0', nothing)).toEqual({ exit: 0, document: { values: [] } })
    expect(await decoded('amf3', nothing)).toEqual({ exit: 3, document: { values: [] } })
    expect(await decoded('shared-object', nothing)).toEqual({ exit: 3, document: { message: null } })
    expect(await decoded('chunks', nothing)).toEqual({ exit: 0, document: { messages: [] } })
    expect(await decoded('psyc', nothing)).toMatchObject({ exit: 0, document: { packets: [] } })
    expect(await decoded('psyc09', nothing)).toMatchObject({ exit: 0, document: { packets: [] } })
  })
})

test.each([
  [[], 'of which KIND are the bytes?'],
  [['amf'], 'there is no kind "amf"; did you mean "amf0"?'],
  [['constructor'], 'there is no kind "constructor"'],
  [['amf0', 'amf3'], 'one KIND at a time'],
  [['amf0', '--hexx'], "Unknown option '--hexx'"],
])('asked wrongly: %j', async (args, said) => {
  const { exit, stdout, stderr } = await runDecode(args)
  expect([exit, stdout]).toEqual([64, ''])
  expect(stderr).toContain(said)
  expect(stderr).toContain('amf0 amf3 shared-object shared-object-amf3 chunks psyc psyc09 uniform')
})

test('asked for help', async () => {
  const { exit, stdout } = await runDecode(['psyc', '--help'])
  expect([exit, stdout.startsWith('Usage: rtmpsyc decode KIND')]).toEqual([0, true])
})

test('a reader who goes away ends it', async () => {
  let writes = 0
  const output = new Writable({
    write: (_chunk, _encoding, done) => done(++writes > 1 ? new Error('EPIPE') : null),
  })
  const input = Readable.from([bytesOf('|\n'.repeat(10_000))], { objectMode: true })
  expect(await decode(['psyc'], { input, output, errors: new TextSink() })).toBe(141)
  expect(writes).toBe(2)
})

const streams = ['amf0', 'amf3', 'shared-object', 'shared-object-amf3', 'chunks', 'psyc', 'psyc09', 'uniform']

test.each(streams)('any bytes as %s give a document and a reason', async (kind) => {
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(fc.constantFrom(0, 1, 2, 3, 5, 8, 9, 10, 17, 46, 58, 61, 95, 97, 124), { maxLength: 80 }),
  )
  await fc.assert(
    fc.asyncProperty(anyBytes, async (bytes) => {
      expect([0, 2, 3]).toContain((await decoded(kind, Uint8Array.from(bytes))).exit)
    }),
    { seed: 1, numRuns: 300 },
  )
})

describe('as a program', () => {
  const program = existsSync('dist/cli/decode.js') ? ['dist/cli.js'] : ['--import', 'tsx', 'src/cli.ts']

  test.each([
    ['amf0', '--hex', '02 0002 6869', 0],
    ['psyc', undefined, '|\nnonsense!\n|\n', 2],
    ['psyc', undefined, '|\n:_target', 3],
    ['quiz', undefined, '', 64],
  ])('%s %s %j exits with %d', (kind, option, input, exit) => {
    const args = [...program, 'decode', kind, ...(option === undefined ? [] : [option])]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { input, encoding: 'utf8' })
    expect(status).toBe(exit)
    expect([stdout === '', stderr === '']).toEqual([exit === 64, exit === 0])
  })
})
