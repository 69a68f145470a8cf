import { describeLegacyPackets } from '../../../../src/psyc/wire/describe-legacy.js'
import { describePackets } from '../../../../src/psyc/wire/describe.js'
import { limitsWith } from '../../../../src/util/limits.js'
import { encodeUtf8 } from '../../../../src/util/utf8.js'

describe('packets as JSON', () => {
  test('what is incomplete is shown as far as it goes', () => {
    expect(describePackets(encodeUtf8('|\n:_tag\t1\n\n_m\nbo'))).toMatchObject({
      result: 'incomplete',
      packets: [
        { complete: true },
        { complete: false, routing: [{ op: ':', name: '_tag', value: '1' }], method: null },
      ],
    })
    expect(describePackets(encodeUtf8(':_ta'))).toEqual({ packets: [], result: 'incomplete', error: null })
  })

  test.each([
    ['psycContentBytes', '9\n', 'PSYC_PARSE_ERROR_LENGTH'],
    ['psycValueBytes', '\n:_a 9\t', 'PSYC_PARSE_ERROR_MOD_LEN'],
    ['psycLineBytes', ':_a\tbcdefghi\n', 'PSYC_PARSE_ERROR_MOD_NO_LEN'],
  ])('%s has the nearest of libpsyc’s names', (name, text, error) => {
    const described = describePackets(encodeUtf8(text), limitsWith({ [name]: 8 }))
    expect(described).toMatchObject({ result: 'error', error: { name: error, after: 'start' } })
  })

  test('bytes that are not UTF-8 are base64', () => {
    const bytes = Uint8Array.of(0x0a, 0x5f, 0x6d, 0x0a, 0xff, 0x0a, 0x7c, 0x0a)
    expect(describePackets(bytes).packets[0]?.body).toEqual({ base64: '/w==' })
  })

  test('PSYC 0.9: what ends early, operators, lists', () => {
    const text = '=_source\ts\n\n=_topic\tt\n:_list_x\ta\n_m\n.\n:_x'
    expect(describeLegacyPackets(encodeUtf8(text))).toEqual({
      packets: [
        {
          routing: { '=_source': 's', _source: 's' },
          entity: { '=_topic': 't', _list_x: ['a'] },
          method: '_m',
          body: null,
        },
        { incomplete: true },
      ],
      result: 'incomplete',
    })
  })
})
