import fc from 'fast-check'
import { equalValues } from '../../src/amf/equal.js'
import { AmfArray } from '../../src/amf/value.js'
import { parseList, PsycList } from '../../src/psyc/wire/list.js'
import { parseInvoke, requestInvoke } from '../../src/translate/invoke-packet.js'
import { parseArguments, parseTyped, renderArguments, renderTyped } from '../../src/translate/value.js'
import { argumentsArbitrary } from '../support/amf-graphs.js'
import { onLegacyWire } from '../support/psyc-legacy-wire.js'

test('any graph comes back equal, as a list of arguments [design 2.2]', () => {
  fc.assert(
    fc.property(argumentsArbitrary, (values) => {
      const again = parseArguments(renderArguments(values))
      expect(equalValues(new AmfArray(again), new AmfArray(values))).toBe(true)
    }),
    { numRuns: 1000 },
  )
})

test('any value comes back equal by itself', () => {
  fc.assert(
    fc.property(argumentsArbitrary, (values) => {
      for (const value of values) {
        const { type, value: text } = renderTyped(value)
        expect(equalValues(parseTyped(type, text), value)).toBe(true)
      }
    }),
    { numRuns: 300 },
  )
})

test('any call comes back equal over both syntaxes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), argumentsArbitrary, (name, args) => {
      const packet = requestInvoke({}, { name, args })
      // What the wire of 0.9 makes of the arguments; which names it carries is not theirs to say.
      const onWire = onLegacyWire(requestInvoke({}, { name: 'a', args })).text('_data_arguments')
      const legacy = packet.withVariables({ _list_arguments: undefined, _data_arguments: onWire })
      for (const each of [packet, legacy]) {
        const invoke = parseInvoke(each)
        expect(invoke.name).toBe(name)
        expect(equalValues(new AmfArray([...invoke.args]), new AmfArray(args))).toBe(true)
      }
    }),
    { numRuns: 200 },
  )
})

test('what is written is a list to every reader of PSYC [psyc.md 2.6]', () => {
  fc.assert(
    fc.property(argumentsArbitrary, (values) => {
      const text = renderArguments(values)
      const list = parseList(text)
      expect(list).toBeInstanceOf(PsycList)
      expect(list.elements).toHaveLength(values.length)
      expect(list.render()).toEqual(text)
      expect(equalValues(new AmfArray(parseArguments(list)), new AmfArray(values))).toBe(true)
    }),
    { numRuns: 300 },
  )
})
