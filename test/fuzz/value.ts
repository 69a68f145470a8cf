// Any typed text is a TRANSLATE_VALUE or LIMIT_EXCEEDED error, or values that come back equal when written and read again.
import { equalValues } from '../../src/amf/equal.js'
import { AmfArray, type AmfValue } from '../../src/amf/value.js'
import { parseArguments, parseTyped, renderArguments } from '../../src/translate/value.js'
import { LimitError, TranslateError } from '../../src/util/errors.js'

const types = [
  '_list',
  '_dict',
  '_struct_object',
  '_list_mixed',
  '_list_pairs',
  '_list_vector_int',
  '_number',
  '_amount_x',
  '_date',
]

export function fuzz(bytes: Uint8Array): void {
  check(() => parseArguments(bytes))
  for (const type of types) check(() => [parseTyped(type, bytes)])
}

function check(parse: () => AmfValue[]): void {
  let values: AmfValue[]
  try {
    values = parse()
  } catch (error) {
    if (error instanceof LimitError || (error instanceof TranslateError && error.code === 'TRANSLATE_VALUE'))
      return
    throw error
  }
  const again = parseArguments(renderArguments(values))
  if (!equalValues(new AmfArray(again), new AmfArray(values)))
    throw new Error('the values changed on the way')
}
