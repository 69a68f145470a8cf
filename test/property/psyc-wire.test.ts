/** Properties of the PSYC syntaxes: what is rendered parses to the same, however it is cut. */
import fc from 'fast-check'
import { PsycDict, parseDict } from '../../src/psyc/wire/dict.js'
import { isRoutingVariable } from '../../src/psyc/wire/keyword.js'
import { renderLegacyPacket } from '../../src/psyc/wire/legacy.js'
import { PsycList, parseList } from '../../src/psyc/wire/list.js'
import type { Modifier, Operator, Value } from '../../src/psyc/wire/packet.js'
import { Packet, valueBytes } from '../../src/psyc/wire/packet.js'
import { renderPacket } from '../../src/psyc/wire/renderer.js'
import type { Index, Update } from '../../src/psyc/wire/update.js'
import { parseUpdate, renderUpdate } from '../../src/psyc/wire/update.js'
import { latin1, outcome, pieces, plain } from '../support/psyc-outcome.js'

const keyword = fc.stringMatching(/^_[a-z0-9]{1,6}(_[a-z0-9]{1,6})?$/)
/** Bytes that mean something on the wire come often. */
const bytes = fc
  .array(fc.oneof(fc.constantFrom(10, 9, 0x7c, 0x7b, 0x7d, 0x20, 0x2e, 0x30), fc.nat(255)), { maxLength: 30 })
  .map((list) => Uint8Array.from(list))
const text = fc.oneof(bytes, fc.string({ unit: 'grapheme', maxLength: 20 }))
const size = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })

const element = fc.record({ type: fc.option(keyword, { nil: undefined }), value: text })
const list = fc
  .tuple(fc.array(element, { maxLength: 6 }), fc.option(keyword, { nil: undefined }))
  .map(([elements, type]) => new PsycList(elements, elements.length === 0 ? undefined : type))
const item = fc.record({ key: text, type: fc.option(keyword, { nil: undefined }), value: text })
const dict = fc
  .tuple(fc.array(item, { maxLength: 6 }), fc.option(keyword, { nil: undefined }))
  .map(([items, type]) => new PsycDict(items, items.length === 0 ? undefined : type))

const operator = fc.constantFrom<Operator>(':', '=', '+', '-', '@', '?', '!')
const routingValue = text.map((value) =>
  typeof value === 'string' ? value.replace(/\n/g, '') : value.filter((byte) => byte !== 10),
)
const modifier = (value: fc.Arbitrary<Value>): fc.Arbitrary<Modifier> =>
  fc.record({ operator, name: keyword, value })
const packet = fc
  .record({
    routing: fc.array(modifier(routingValue), { maxLength: 4 }),
    entity: fc.array(modifier(fc.oneof(text, list, dict)), { maxLength: 4 }),
    method: fc.oneof(keyword, fc.constant('')),
    body: text,
    state: fc.constantFrom(undefined, 'reset' as const, 'resync' as const),
  })
  .map(
    ({ routing, entity, method, body, state }) =>
      new Packet(routing, entity, method, method === '' ? '' : body, state),
  )

function plainElement({ type, value }: { type?: string | undefined; value: string | Uint8Array }): unknown {
  return [type, latin1(valueBytes(value))]
}

describe('PSYC 1.0', () => {
  test('parse(render(packets)) = packets, in any pieces [psyc.md 2.9]', () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 3 }), size, (packets, sizes) => {
        const stream = Buffer.concat(packets.map((one) => renderPacket(one)))
        const expected = { packets: packets.map(plain), error: '' }
        expect(outcome('1.0', [stream])).toEqual(expected)
        expect(outcome('1.0', pieces(stream, sizes))).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  test('lists, dicts and updates survive [psyc.md 2.6, 2.7]', () => {
    fc.assert(
      fc.property(list, (value) => {
        const again = parseList(value.render())
        expect(again.defaultType).toBe(value.defaultType)
        expect(again.elements.map(plainElement)).toEqual(value.elements.map(plainElement))
      }),
    )
    fc.assert(
      fc.property(dict, (value) => {
        const again = parseDict(value.render())
        const plainItem = (one: PsycDict['items'][number]): unknown => [
          latin1(valueBytes(one.key)),
          plainElement(one),
        ]
        expect(again.defaultType).toBe(value.defaultType)
        expect(again.items.map(plainItem)).toEqual(value.items.map(plainItem))
      }),
    )
    const index = fc.oneof<fc.Arbitrary<Index>[]>(
      fc.nat().map((position) => ({ kind: 'element', position })),
      keyword.map((name) => ({ kind: 'field', name })),
      bytes.map((key) => ({ kind: 'key', key })),
    )
    const update: fc.Arbitrary<Update> = fc.record({
      path: fc.array(index, { minLength: 1, maxLength: 3 }),
      operator,
      type: fc.option(keyword, { nil: undefined }),
      value: fc.option(bytes, { nil: undefined }),
    })
    const plainUpdate = (one: Update): unknown =>
      JSON.stringify([
        one.path,
        one.operator,
        one.type,
        one.value === undefined ? null : latin1(valueBytes(one.value)),
      ])
    fc.assert(
      fc.property(update, (value) => {
        expect(plainUpdate(parseUpdate(renderUpdate(value)))).toBe(plainUpdate(value))
      }),
    )
  })

  test('any bytes, in any pieces, give the same packets and error', () => {
    const glyphs = fc.constantFrom(
      ':',
      '=',
      '?',
      '\n',
      '\t',
      '|',
      '|\n',
      ' ',
      '_a',
      '_list_b',
      '3',
      '12',
      'x',
    )
    fc.assert(
      fc.property(fc.array(glyphs, { maxLength: 30 }), size, (parts, sizes) => {
        const stream = Buffer.from(parts.join(''))
        for (const syntax of ['1.0', '0.9'] as const)
          expect(outcome(syntax, pieces(stream, sizes))).toEqual(outcome(syntax, [stream]))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('PSYC 0.9', () => {
  const line = fc.stringMatching(/^[ -~äß€]{0,20}$/)
  const lines = fc
    .array(
      line.filter((one) => one !== '.'),
      { maxLength: 4 },
    )
    .map((all) => all.join('\n'))
  const safeName = keyword.map((name) => `_x${name}`).filter((name) => !isRoutingVariable(name))
  const listName = keyword.map((name) => `_list_x${name}`)
  const safeList = fc
    .array(lines, { maxLength: 4 })
    .filter((texts) => texts.length !== 1 || texts[0] !== '')
    .map((texts) => PsycList.ofTexts(texts))
  const kept = fc.constantFrom<Operator>(':', '=')
  const safePacket = fc
    .record({
      routing: fc.array(
        fc.record({
          operator: kept,
          name: fc.constantFrom('_source', '_target', '_tag', '_counter'),
          value: line,
        }),
        { maxLength: 3 },
      ),
      entity: fc.array(
        fc.oneof(
          fc.record({ operator: kept, name: safeName, value: lines }),
          fc.record({ operator: kept, name: listName, value: safeList }),
        ),
        { maxLength: 4 },
      ),
      method: fc.oneof(
        keyword.map((name) => `_notice${name}`),
        fc.constant(''),
      ),
      body: lines,
    })
    .map(
      ({ routing, entity, method, body }) => new Packet(routing, entity, method, method === '' ? '' : body),
    )

  test('parse(render(packets)) = packets where they are safe for lines, in any pieces [psyc.md 2.10]', () => {
    fc.assert(
      fc.property(fc.array(safePacket, { maxLength: 3 }), size, (packets, sizes) => {
        const stream = Buffer.concat(packets.map((one) => renderLegacyPacket(one)))
        const expected = { packets: packets.map(plain), error: '' }
        expect(outcome('0.9', [stream])).toEqual(expected)
        expect(outcome('0.9', pieces(stream, sizes))).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  test('typed values survive whatever they hold [design.md 2.2]', () => {
    fc.assert(
      fc.property(list, (value) => {
        const [again] = outcome('0.9', [
          renderLegacyPacket(Packet.of({}, '_m', { _list_arguments: value })),
        ]).packets
        expect(again).toEqual(plain(Packet.of({}, '_m', { _list_arguments: value.render() })))
      }),
    )
  })
})
