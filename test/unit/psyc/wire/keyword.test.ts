import {
  canonicalMethod,
  duplicateRouting,
  firstWord,
  inherits,
  isInternal,
  isKeyword,
  isRoutingVariable,
  matches,
  methodFamily,
} from '../../../../src/psyc/wire/keyword.js'

describe('keywords [psyc.md 1.3]', () => {
  test('inheritance ends at a word', () => {
    expect(inherits('_notice_place_enter', '_notice_place')).toBe(true)
    expect(inherits('_notice', '_notice')).toBe(true)
    expect(inherits('_messages', '_message')).toBe(false)
    expect(inherits('_notice', '_notice_place')).toBe(false)
    expect(inherits('message', 'message')).toBe(false)
  })

  test('words of a pattern match in order', () => {
    expect(matches('_failure_unsuccessful_delivery_death', '_failure_delivery')).toBe(true)
    expect(matches('_a_b_c_d', '_c_a')).toBe(false)
    expect(matches('a_b', '_a')).toBe(false)
  })

  test('names hold letters, digits and underscores', () => {
    expect(['_a', 'c', '_list_9'].every(isKeyword)).toBe(true)
    expect(['', '_a-b', '_a b', '_ä', '_a\n'].some(isKeyword)).toBe(false)
  })

  test('the first word is the family', () => {
    expect(firstWord('_notice_place_enter')).toBe('_notice')
    expect(firstWord('_notice')).toBe('_notice')
    expect(firstWord('m')).toBe('m')
  })

  test('_INTERNAL names never travel', () => {
    expect(isInternal('_INTERNAL_trust')).toBe(true)
    expect(isInternal('_internal')).toBe(false)
  })
})

describe('methods [psyc.md 1.4]', () => {
  test('a family has its traits', () => {
    expect(methodFamily('_message_public')).toEqual({
      name: '_message',
      template: false,
      reply: false,
      visible: true,
      worthLogging: true,
      manual: true,
    })
    expect(methodFamily('_echo_place_enter')).toMatchObject({ reply: true, worthLogging: false })
    expect(methodFamily('_nonsense')).toBeUndefined()
  })

  test.each([
    ['_converse', '_message'],
    ['_talk_private', '_message_private'],
    ['_conversation', '_message'],
    ['_talker', '_talker'],
    ['_message_public', '_message_public'],
  ])('%s is %s', (alias, method) => {
    expect(canonicalMethod(alias)).toBe(method)
    expect(methodFamily(alias)?.name).toBe(method === '_talker' ? undefined : '_message')
  })
})

describe('routing variables [psyc.md 3.1]', () => {
  test('are known by their whole names', () => {
    for (const name of ['_source', '_tag_reply', '_source_identification', '_understand_modules', '_count'])
      expect(isRoutingVariable(name)).toBe(true)
    for (const name of ['_nick', '_source_x', '_tags', '_amount']) expect(isRoutingVariable(name)).toBe(false)
  })

  test('a second _source, _target or _context is told', () => {
    expect(duplicateRouting([{ name: '_tag' }, { name: '_tag' }])).toBeUndefined()
    expect(duplicateRouting([{ name: '_source' }, { name: '_target' }, { name: '_source' }])).toBe('_source')
  })
})
