/**
 * Packets and uniforms as JSON, for people and for tests: what `decode psyc` and `decode uniform` print. The shape, the names of
 * results and the error codes are those of the conformance data in test/vectors/psyc (see its README).
 */
import { encodeBase64 } from '../../util/base64.js'
import { GatewayError, LimitError, PsycError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import { defaultLimits } from '../../util/limits.js'
import { decodeUtf8Strict } from '../../util/utf8.js'
import { scanDict } from './dict.js'
import type { Failure } from './element.js'
import { variableType } from './keyword.js'
import { scanList } from './list.js'
import type { Modifier } from './packet.js'
import { valueBytes } from './packet.js'
import type { PartialPacket } from './parser.js'
import { PacketParser } from './parser.js'
import type { UniformParts } from './uniform.js'
import { parseUniform, uniformParts } from './uniform.js'

/** Text, or base64 where the bytes are not UTF-8. */
export type DescribedBytes = string | { readonly base64: string }

export interface DescribedList {
  readonly default_type: string | null
  readonly elements: readonly { readonly type: string | null; readonly value: DescribedBytes }[]
  readonly status: 'ok' | 'truncated' | 'error'
  readonly partial?: DescribedBytes
  readonly error?: string
}

export interface DescribedDict {
  readonly default_type: string | null
  readonly items: readonly {
    readonly key: DescribedBytes
    readonly type: string | null
    readonly value: DescribedBytes
  }[]
  readonly status: 'ok' | 'truncated' | 'error'
  readonly error?: string
}

export interface DescribedModifier {
  readonly op: string
  readonly name: string
  readonly value: DescribedBytes
  /** Entity modifiers only. */
  readonly length_given?: boolean
  /** The family of the name, when it is a known one. */
  readonly var_type?: string
  readonly list?: DescribedList
  readonly dict?: DescribedDict
}

export interface DescribedPacket {
  readonly routing: readonly DescribedModifier[]
  readonly content_length: number | null
  readonly state_op: 'reset' | 'resync' | null
  readonly entity: readonly DescribedModifier[]
  readonly method: string | null
  readonly body: DescribedBytes | null
  readonly complete: boolean
}

export interface DescribedError {
  /** libpsyc's return code and its name. */
  readonly code: number
  readonly name: string
  /** The last thing that was whole: start, routing, state_op, entity, body or packet. */
  readonly after: string
  readonly message: string
}

export interface Description {
  readonly packets: readonly DescribedPacket[]
  /** ok: every byte belongs to a packet; incomplete: more bytes are needed. */
  readonly result: 'ok' | 'incomplete' | 'error'
  readonly error: DescribedError | null
}

/** All packets in borrowed bytes of PSYC 1.0, and how it ended. Never throws for what the bytes hold. */
export function describePackets(bytes: Uint8Array, limits: Limits = defaultLimits): Description {
  const parser = new PacketParser(limits)
  parser.receive(bytes)
  const packets: DescribedPacket[] = []
  try {
    while (parser.next() !== undefined) packets.push(describePacket(parser.partial() ?? nothing, true))
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const partial = parser.partial() ?? nothing
    const described = describeError(error, partial, packets.length)
    return { packets: [...packets, describePacket(partial, false)], result: 'error', error: described }
  }
  const partial = parser.partial()
  if (partial === undefined) return { packets, result: 'ok', error: null }
  if (lastPart(partial) !== undefined) packets.push(describePacket(partial, false))
  return { packets, result: 'incomplete', error: null }
}

const nothing: PartialPacket = {
  routing: [],
  contentLength: undefined,
  stateOperation: undefined,
  entity: [],
  sized: new Set(),
  method: '',
  body: undefined,
}

function describePacket(packet: PartialPacket, complete: boolean): DescribedPacket {
  const { routing, contentLength, stateOperation, entity, sized, method, body } = packet
  const hasBody = method !== '' && body !== undefined
  return {
    routing: routing.map((modifier) => describeModifier(modifier)),
    content_length: contentLength ?? null,
    state_op: stateOperation ?? null,
    entity: entity.map((modifier, at) => describeModifier(modifier, sized.has(at))),
    method: hasBody ? method : null,
    body: hasBody ? describeBytes(body) : null,
    complete,
  }
}

function describeModifier({ operator, name, value }: Modifier, sized?: boolean): DescribedModifier {
  const bytes = valueBytes(value)
  const type = variableType(name)
  return {
    op: operator,
    name,
    value: describeBytes(bytes),
    ...(sized === undefined ? {} : { length_given: sized }),
    ...(type === undefined ? {} : { var_type: type }),
    ...(type === '_list' ? { list: describeList(bytes) } : {}),
    ...(type === '_dict' ? { dict: describeDict(bytes) } : {}),
  }
}

export function describeBytes(bytes: string | Uint8Array): DescribedBytes {
  if (typeof bytes === 'string') return bytes
  return decodeUtf8Strict(bytes) ?? { base64: encodeBase64(bytes) }
}

const listErrors = {
  start: 'ELEM_START',
  type: 'ELEM_TYPE',
  length: 'ELEM_LENGTH',
  key: 'ELEM_START',
} as const
const dictErrors = {
  start: 'KEY_START',
  type: 'VALUE_TYPE',
  length: 'VALUE_LENGTH',
  key: 'KEY_LENGTH',
} as const

/** A list in libpsyc's form; the older forms, which we accept too, are errors here as they are there. */
export function describeList(bytes: Uint8Array): DescribedList {
  const { defaultType, elements, failure } = scanList(bytes)
  return {
    default_type: defaultType ?? null,
    elements: elements.map(({ type, value }) => ({ type: type ?? null, value: describeBytes(value) })),
    status: statusOf(failure),
    ...(failure?.partial === undefined ? {} : { partial: describeBytes(failure.partial) }),
    ...(failure === undefined || failure.reason === 'truncated'
      ? {}
      : { error: `PSYC_PARSE_LIST_ERROR_${listErrors[failure.reason]}` }),
  }
}

export function describeDict(bytes: Uint8Array): DescribedDict {
  const { defaultType, items, failure } = scanDict(bytes)
  return {
    default_type: defaultType ?? null,
    items: items.map(({ key, type, value }) => ({
      key: describeBytes(key),
      type: type ?? null,
      value: describeBytes(value),
    })),
    status: statusOf(failure),
    ...(failure === undefined || failure.reason === 'truncated'
      ? {}
      : { error: `PSYC_PARSE_DICT_ERROR_${dictErrors[failure.reason]}` }),
  }
}

function statusOf(failure: Failure | undefined): DescribedList['status'] {
  if (failure === undefined) return 'ok'
  return failure.reason === 'truncated' ? 'truncated' : 'error'
}

/** libpsyc's codes [psyc.md 2.8]; where a limit of ours was passed, the code that comes nearest. */
const errorNames: Readonly<Record<string, readonly [number, string]>> = {
  PSYC_CONTENT_LENGTH: [-2, 'LENGTH'],
  PSYC_MODIFIER_NAME: [-3, 'MOD_NAME'],
  PSYC_MODIFIER_TAB: [-4, 'MOD_TAB'],
  PSYC_MODIFIER_LENGTH: [-5, 'MOD_LEN'],
  PSYC_MODIFIER_NEWLINE: [-6, 'MOD_NL'],
  PSYC_METHOD: [-7, 'METHOD'],
  PSYC_DELIMITER: [-8, 'END'],
  psycContentBytes: [-2, 'LENGTH'],
  psycValueBytes: [-5, 'MOD_LEN'],
  psycLineBytes: [-10, 'MOD_NO_LEN'],
  psycRoutingLines: [-10, 'MOD_NO_LEN'],
  psycEntityLines: [-10, 'MOD_NO_LEN'],
}

function describeError(error: GatewayError, partial: PartialPacket, packets: number): DescribedError {
  const key = error instanceof LimitError ? error.limitName : error.code
  const [code, name] = errorNames[key] ?? [-1, 'ERROR']
  const after = lastPart(partial) ?? (packets > 0 ? 'packet' : 'start')
  return {
    code,
    name: name === 'ERROR' ? 'PSYC_PARSE_ERROR' : `PSYC_PARSE_ERROR_${name}`,
    after,
    message: error.message,
  }
}

/** A uniform taken apart, or libpsyc's name of what is wrong with it: what `decode uniform` prints. */
export type DescribedUniform =
  | { readonly uniform: string; readonly parts: UniformParts }
  | { readonly uniform: string; readonly error: string }

export function describeUniform(text: string): DescribedUniform {
  try {
    return { uniform: text, parts: uniformParts(parseUniform(text)) }
  } catch (error) {
    if (!(error instanceof PsycError)) throw error
    const part = error.code.replace('PSYC_UNIFORM_', '')
    return { uniform: text, error: `PSYC_PARSE_UNIFORM_INVALID_${part}` }
  }
}

/** The last part of the packet that is whole; undefined when there is none. */
function lastPart({ routing, stateOperation, entity, body }: PartialPacket): string | undefined {
  if (body !== undefined) return 'body'
  if (entity.length > 0) return 'entity'
  if (stateOperation !== undefined) return 'state_op'
  return routing.length > 0 ? 'routing' : undefined
}
