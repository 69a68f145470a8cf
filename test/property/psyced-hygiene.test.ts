/** Whatever is sent to psyced: it reads one packet, of the method that was meant, and goes on [psyced.md 6, 9.2]. */
import fc from 'fast-check'
import { fitForLegacy } from '../../src/psyc/session/legacy-fit.js'
import { legacy } from '../../src/psyc/session/syntax.js'
import { PsycList } from '../../src/psyc/wire/list.js'
import { Packet } from '../../src/psyc/wire/packet.js'
import type { Modifier, Operator } from '../../src/psyc/wire/packet.js'
import { PsycError } from '../../src/util/errors.js'
import { DoubleLines, DoubleParser } from '../support/psyced-double-parser.js'

const word = fc.constantFrom(
  'message',
  'public',
  'notice',
  'request',
  'enter',
  'data',
  'error',
  'status',
  'x',
  'length',
  'list',
  'tag',
  'source',
  'degree',
  'time',
  'nick',
  'context',
)
const keyword = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => `_${words.join('_')}`)
const line = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '.',
    '..',
    ' .',
    '.\r',
    '\n.\n',
    '|',
    '_error',
    ':_x\ty',
    '\t',
    '\0',
    '\x08.',
    '\x7f.',
    '\xff\xf6',
    '\u2028.',
  ),
  fc.integer({ min: 1_900, max: 6_000 }).map((length) => 'ä.'.repeat(length / 2)),
)
const text = fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\n'))
const value = fc.oneof(
  text,
  fc.array(text, { maxLength: 4 }).map((texts) => PsycList.ofTexts(texts)),
)
const operator = fc.constantFrom<Operator>(':', ':', ':', '=', '+', '-', '@', '?')
const modifier: fc.Arbitrary<Modifier> = fc.record({ operator, name: keyword, value })
const target = fc.constantFrom(
  'psyc://psyced.example/@lobby',
  'psyc://psyced.example/~toni',
  'psyc://psyced.example/',
)

const packets = fc
  .record({ to: target, entity: fc.array(modifier, { maxLength: 5 }), method: keyword, body: text })
  .map(({ to, entity, method, body }) => {
    const { routing } = Packet.of({ _source: 'psyc://gw.example/~ann', _target: to }, method)
    return new Packet(routing, entity, method, body)
  })

function rendered(packet: Packet): string | undefined {
  try {
    return Buffer.from(legacy.render(packet)).toString('latin1')
  } catch (error) {
    if (error instanceof PsycError && error.code === 'PSYC_UNRENDERABLE') return undefined
    throw error
  }
}

test('one packet, its own method, no line too long, nothing that telnet eats', () => {
  let sent = 0
  fc.assert(
    fc.property(packets, (packet) => {
      const bytes = rendered(packet)
      if (bytes === undefined) return
      sent++
      expect(bytes.split('\n').every(({ length }) => length < 2_000)).toBe(true)
      expect(/[\0-\x08\x0b-\x1f\x7f\xff]/.test(bytes)).toBe(false)
      const parser = new DoubleParser()
      const read = new DoubleLines().add(`.\n${bytes}`).map((each) => parser.line(each))
      const found = read.filter((each) => each !== undefined && each !== 'hello')
      expect(found).toHaveLength(1)
      expect(found[0]).toMatchObject({ kind: 'packet', method: fitForLegacy(packet).method })
      const [only] = found
      const sources = only?.kind === 'packet' ? only.variables.filter(({ name }) => name === '_source') : []
      expect(sources).toMatchObject([{ operator: ':', values: ['psyc://gw.example/~ann'] }])
    }),
    { numRuns: 2_000 },
  )
  expect(sent).toBeGreaterThan(200)
})
