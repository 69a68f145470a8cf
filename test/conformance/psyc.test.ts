/** The conformance data of PSYC: libpsyc's parses, Net::PSYC's, and the gateway's rulings where they differ. */
import { readFileSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describeLegacyPackets } from '../../src/psyc/wire/describe-legacy.js'
import type { DescribedPacket } from '../../src/psyc/wire/describe.js'
import { describePackets, describeUniform } from '../../src/psyc/wire/describe.js'
import { inherits, isRoutingVariable, matches, variableType } from '../../src/psyc/wire/keyword.js'
import type { Modifier, StateOperation } from '../../src/psyc/wire/packet.js'
import { Packet } from '../../src/psyc/wire/packet.js'
import { PacketParser } from '../../src/psyc/wire/parser.js'
import { renderPacket } from '../../src/psyc/wire/renderer.js'
import { parseUniform } from '../../src/psyc/wire/uniform.js'
import { GatewayError } from '../../src/util/errors.js'
import { defaultLimits } from '../../src/util/limits.js'
import { libpsycFolders } from '../support/libpsyc-vectors.js'
import { cutsInTwo, outcome, pieces, plain } from '../support/psyc-outcome.js'

const vectors = join(process.cwd(), 'test/vectors/psyc')

function json(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function bytesOf(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path))
}

function namesIn(folder: string): string[] {
  return readdirSync(folder).filter((file) => file.endsWith('.psyc'))
}

function errorCode(run: () => unknown): string {
  try {
    run()
    return ''
  } catch (error) {
    if (error instanceof GatewayError) return error.code
    throw error
  }
}

interface Expectation {
  readonly result: string
  readonly packets: readonly DescribedPacket[]
  readonly error: { readonly code: number; readonly name: string; readonly after: string } | null
  readonly gateway?: {
    readonly result: string
    readonly error?: string
    readonly method?: string
    readonly body?: string
    readonly list_status?: string
    readonly dict_status?: string
    readonly elements?: readonly string[]
  }
}

const withLibpsyc = [join(vectors, 'edge'), ...libpsycFolders()]

describe.each(withLibpsyc)('%s', (folder) => {
  test.each(namesIn(folder))('%s parses as expected [psyc.md 2]', (file) => {
    const bytes = bytesOf(join(folder, file))
    const expected = json(join(folder, `${file}.json`)) as Expectation
    const { packets, result, error } = describePackets(bytes)
    if (expected.gateway !== undefined) {
      checkRuling(expected.gateway, describePackets(bytes))
      return
    }
    expect({ packets, result }).toEqual({ packets: expected.packets, result: expected.result })
    expect(error ?? null).toEqual(
      expected.error === null ? null : { ...expected.error, message: expect.any(String) as string },
    )
  })

  test.each(namesIn(folder))('%s parses alike in pieces [psyc.md 2.9]', (file) => {
    const bytes = bytesOf(join(folder, file))
    const whole = outcome('1.0', [bytes])
    for (const sizes of [[1], [2], [3], [5], [7], [11], [16]])
      expect(outcome('1.0', pieces(bytes, sizes))).toEqual(whole)
    for (const cut of cutsInTwo(bytes)) expect(outcome('1.0', cut)).toEqual(whole)
  })
})

function checkRuling(
  ruling: NonNullable<Expectation['gateway']>,
  found: ReturnType<typeof describePackets>,
): void {
  expect(found.result).toBe(ruling.result)
  if (ruling.error !== undefined) expect(found.error?.name).toBe(ruling.error)
  const [packet] = found.packets
  if (ruling.method !== undefined) expect(packet).toMatchObject({ method: ruling.method, body: ruling.body })
  if (ruling.list_status !== undefined) expect(packet?.entity[0]?.list?.status).toBe(ruling.list_status)
  if (ruling.dict_status !== undefined) expect(packet?.entity[0]?.dict?.status).toBe(ruling.dict_status)
  if (ruling.elements !== undefined)
    expect(packet?.entity[0]?.list?.elements.map(({ value }) => value)).toEqual(ruling.elements)
}

describe('PSYC 0.9', () => {
  const folder = join(vectors, 'psyc09')

  test.each(namesIn(folder))('%s parses as expected [psyc.md 2.10]', (file) => {
    const expected = json(join(folder, `${file}.json`)) as { packets: readonly object[] }
    const { packets } = describeLegacyPackets(bytesOf(join(folder, file)))
    expect(packets).toEqual(
      expected.packets.map((packet) =>
        'error' in packet ? { error: expect.any(String) as string } : packet,
      ),
    )
  })

  test.each(namesIn(folder))('%s parses alike in pieces [psyc.md 2.9]', (file) => {
    const bytes = bytesOf(join(folder, file))
    const whole = outcome('0.9', [bytes])
    for (const sizes of [[1], [2], [3], [7]]) expect(outcome('0.9', pieces(bytes, sizes))).toEqual(whole)
    for (const cut of cutsInTwo(bytes)) expect(outcome('0.9', cut)).toEqual(whole)
  })
})

interface RenderCase {
  readonly name: string
  readonly input: {
    readonly routing: readonly RenderModifier[]
    readonly state_op: StateOperation | null
    readonly entity: readonly RenderModifier[]
    readonly method: string | null
    readonly body: string | null
  }
  readonly output?: string
}

interface RenderModifier {
  readonly op: Modifier['operator']
  readonly name: string
  readonly value: string
}

describe('rendering', () => {
  const { cases } = json(join(vectors, 'render-cases.json')) as { cases: readonly RenderCase[] }
  const modifiersOf = (list: readonly RenderModifier[]): Modifier[] =>
    list.map(({ op, name, value }) => ({ operator: op, name, value }))

  test.each(cases)('$name [psyc.md 2.3]', ({ input, output }) => {
    const { routing, entity, method, body, state_op } = input
    const packet = new Packet(
      modifiersOf(routing),
      modifiersOf(entity),
      method ?? '',
      body ?? '',
      state_op ?? undefined,
    )
    if (output === undefined) expect(errorCode(() => renderPacket(packet))).toBe('PSYC_UNRENDERABLE')
    else expect(Buffer.from(renderPacket(packet)).toString()).toBe(output)
  })

  const paths = withLibpsyc.flatMap((folder) => namesIn(folder).map((file) => join(folder, file)))

  test.each(paths.map((path) => [basename(path), path]))('%s survives a round trip', (_, path) => {
    const parser = new PacketParser(defaultLimits)
    parser.receive(bytesOf(path))
    for (const packet of packetsUntilError(parser)) {
      const again = outcome('1.0', [renderPacket(packet)])
      expect(again).toEqual({ packets: [plain(packet)], error: '' })
    }
  })
})

function* packetsUntilError(parser: PacketParser): Generator<Packet> {
  try {
    for (let packet = parser.next(); packet !== undefined; packet = parser.next()) yield packet
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
  }
}

describe('uniforms', () => {
  interface UniformCase {
    readonly uniform: string
    readonly parts?: object
    readonly error?: string
  }
  const { cases } = json(join(vectors, 'uniform-cases.json')) as { cases: readonly UniformCase[] }
  /** A transport letter without a port: libpsyc refuses, psyced sends it, we accept [psyc.md 1.2, 8 row 26]. */
  const accepted = ['psyc://foo:s/~a', 'psyc://host:d/~foo']

  test.each(cases)('$uniform [psyc.md 1.2]', ({ uniform, parts, error }) => {
    if (accepted.includes(uniform)) expect(parseUniform(uniform).port).toBeUndefined()
    else
      expect(describeUniform(uniform)).toEqual({ uniform, ...(parts === undefined ? { error } : { parts }) })
  })
})

describe('keywords', () => {
  interface KeywordCase {
    readonly short?: string
    readonly long?: string
    readonly inherits?: number
    readonly matches?: number
    readonly variable?: string
    readonly type?: string | null
    readonly routing?: boolean
  }
  const { cases } = json(join(vectors, 'keyword-cases.json')) as { cases: readonly KeywordCase[] }
  /** Routing variables by our ruling, "old PSYC" to libpsyc [psyc.md 8 row 24]. */
  const ruledRouting = ['_source_identification', '_tag_reply']
  /** libpsyc looks past the end of a pattern of three words and finds no match; by its own description it is one. */
  const misread = ['_notice_place_enter_automatic_subscription']

  test.each(cases)('%j [psyc.md 1.3, 1.5, 3.1]', (entry) => {
    const { short = '', long = '', variable = '' } = entry
    if (entry.inherits !== undefined) expect(inherits(long, short)).toBe(entry.inherits === 0)
    if (entry.matches !== undefined)
      expect(matches(long, short)).toBe(entry.matches === 0 || misread.includes(long))
    if (entry.type !== undefined) expect(variableType(variable) ?? null).toBe(entry.type)
    if (entry.routing !== undefined)
      expect(isRoutingVariable(variable)).toBe(entry.routing || ruledRouting.includes(variable))
  })
})
