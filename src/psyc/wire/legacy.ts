/**
 * The parser of PSYC 0.9: the same `Packet`s as from 1.0 [psyc.md 2.10, 8]. Variables are sorted by name into routing
 * and entity, aliases of `_message` resolved, `_date` becomes PSYC time, and typed values are unpacked from base64.
 */
import { decodeBase64 } from '../../util/base64.js'
import { noBytes } from '../../util/bytes.js'
import type { Limits } from '../../util/limits.js'
import { decodeUtf8 } from '../../util/utf8.js'
import { Interner } from './interner.js'
import { canonicalMethod, isRoutingVariable, variableType } from './keyword.js'
import type { LegacyPacket, LegacyVariable } from './legacy-reader.js'
import { LegacyReader } from './legacy-reader.js'
import { PSYC_EPOCH, shiftDate, unpackedNames } from './legacy-values.js'
import { PsycList } from './list.js'
import type { Modifier } from './packet.js'
import { Packet } from './packet.js'

export { renderLegacyPacket } from './legacy-renderer.js'

/** The parser of PSYC 0.9, used as `PacketParser` is. */
export class LegacyParser {
  private readonly reader: LegacyReader
  private readonly interner = new Interner()

  constructor(limits: Limits) {
    this.reader = new LegacyReader(limits)
  }

  get nulSeparated(): boolean {
    return this.reader.nulSeparated
  }

  get offset(): number {
    return this.reader.offset
  }

  /** Bytes copied because packets lay across buffers. */
  get copied(): number {
    return this.reader.copied
  }

  /** @param bytes shared: values and bodies of packets are views on them */
  receive(bytes: Uint8Array): void {
    this.reader.receive(bytes)
  }

  /**
   * The next packet, or undefined when more bytes are needed.
   * @throws PsycError, LimitError psyc…: once; then the parser is closed and gives nothing more
   */
  next(): Packet | undefined {
    const raw = this.reader.next()
    return raw === undefined ? undefined : this.packet(raw)
  }

  /** What there is of the packet that is not complete; undefined when none has begun. */
  partial(): LegacyPacket | undefined {
    return this.reader.partial()
  }

  private packet(raw: LegacyPacket): Packet {
    const routing: Modifier[] = []
    const entity: Modifier[] = []
    for (const variable of [...raw.routing, ...raw.entity]) {
      if (variable.name === '_length') continue
      if (isRoutingVariable(variable.name)) routing.push(this.routingModifier(variable))
      else entity.push(entityModifier(variable))
    }
    return new Packet(withoutTagReply(routing), entity, canonicalMethod(raw.method), raw.body ?? '')
  }

  private routingModifier(variable: LegacyVariable): Modifier {
    const { operator, name, elements } = variable
    if (isList(variable)) return { operator, name, value: listOf(elements) }
    const bytes = elements[0] ?? noBytes
    return { operator, name, value: this.interner.text(bytes, 0, bytes.length) ?? bytes }
  }
}

/** psyced and we send the tag of an answer under both names [psyc.md 3.5]; one is enough. */
function withoutTagReply(routing: Modifier[]): Modifier[] {
  const tags = routing.filter(({ name }) => name === '_tag_relay').map(({ value }) => value)
  if (tags.length === 0) return routing
  return routing.filter(({ name, value }) => name !== '_tag_reply' || !tags.includes(value))
}

function isList({ name, elements }: LegacyVariable): boolean {
  return elements.length > 1 || variableType(name) === '_list'
}

/** An empty value is the empty list. */
function listOf(elements: readonly Uint8Array[]): PsycList {
  const isEmpty = elements.length === 1 && elements[0]?.length === 0
  return new PsycList(isEmpty ? [] : elements.map((value) => ({ value })))
}

function entityModifier(variable: LegacyVariable): Modifier {
  const { operator, name, elements } = variable
  const first = elements[0] ?? noBytes
  const original = unpackedNames.get(name)
  const unpacked = original === undefined ? undefined : decodeBase64(decodeUtf8(first))
  if (original !== undefined && unpacked !== undefined) return { operator, name: original, value: unpacked }
  if (isList(variable)) return { operator, name, value: listOf(elements) }
  if (variableType(name) === '_date')
    return { operator, name, value: shiftDate(decodeUtf8(first), -PSYC_EPOCH) }
  return { operator, name, value: first }
}
