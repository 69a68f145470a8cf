// Invariant: any bytes are a list, dict and update or give a documented error; what parses renders to something that parses the same.
import type { DictItem } from '../../src/psyc/wire/dict.js'
import { parseDict } from '../../src/psyc/wire/dict.js'
import type { Element } from '../../src/psyc/wire/list.js'
import { parseList } from '../../src/psyc/wire/list.js'
import { valueBytes } from '../../src/psyc/wire/packet.js'
import type { Update } from '../../src/psyc/wire/update.js'
import { parseUpdate, renderUpdate } from '../../src/psyc/wire/update.js'
import { GatewayError } from '../../src/util/errors.js'
import { latin1 } from '../support/psyc-outcome.js'

export function fuzz(bytes: Uint8Array): void {
  check(
    bytes,
    parseList,
    (list) => list.render(),
    ({ elements, defaultType }) => [elements.length === 0 ? undefined : defaultType, elements.map(plainItem)],
  )
  check(
    bytes,
    parseDict,
    (dict) => dict.render(),
    ({ items, defaultType }) => [items.length === 0 ? undefined : defaultType, items.map(plainItem)],
  )
  check(bytes, parseUpdate, renderUpdate, plainUpdate)
}

function check<Parsed>(
  bytes: Uint8Array,
  parse: (bytes: Uint8Array) => Parsed,
  render: (parsed: Parsed) => Uint8Array,
  plain: (parsed: Parsed) => unknown,
): void {
  const parsed = documented(() => parse(bytes))
  if (parsed === undefined) return
  const again = documented(() => parse(render(parsed)))
  const [first, second] = [parsed, again].map((value) => value && JSON.stringify(plain(value)))
  if (first !== second) throw new Error(`${first} becomes ${second}`)
}

function documented<Result>(run: () => Result): Result | undefined {
  try {
    return run()
  } catch (error) {
    if (error instanceof GatewayError) return undefined
    throw error
  }
}

function plainItem(item: Element | DictItem): unknown {
  return ['key' in item ? latin1(valueBytes(item.key)) : '', item.type, latin1(valueBytes(item.value))]
}

function plainUpdate({ path, operator, type, value }: Update): unknown {
  const indices = path.map((index) =>
    index.kind === 'key' ? latin1(valueBytes(index.key)) : JSON.stringify(index),
  )
  return [indices, operator, type, value === undefined ? undefined : latin1(valueBytes(value))]
}
