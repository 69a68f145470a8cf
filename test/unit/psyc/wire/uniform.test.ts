import { parseUniform, uniformOf, uniformParts } from '../../../../src/psyc/wire/uniform.js'

describe('uniforms [psyc.md 1.2]', () => {
  test('the parts', () => {
    expect(parseUniform('psyc://GW.example:4405/@Chat-Lobby#_so_Users')).toEqual({
      text: 'psyc://GW.example:4405/@Chat-Lobby#_so_Users',
      scheme: 'psyc',
      host: 'GW.example',
      port: 4405,
      transport: '',
      resource: '@Chat-Lobby',
      channel: '_so_Users',
      kind: 'place',
      name: 'Chat-Lobby',
      key: 'psyc://gw.example:4405/@chat-lobby#_so_users',
      entityKey: 'psyc://gw.example:4405/@chat-lobby',
      rootKey: 'psyc://gw.example:4405/',
    })
  })

  test.each([
    ['psyc://h', 'root', ''],
    ['psyc://h/', 'root', ''],
    ['psyc://h/#x', 'root', ''],
    ['psyc://h/~alice', 'person', 'alice'],
    ['psyc://h/@room', 'place', 'room'],
    ['psyc://h/$time', 'service', 'time'],
    ['psyc://h/other', 'other', 'other'],
  ])('%s is a %s named %j', (text, kind, name) => {
    expect(parseUniform(text)).toMatchObject({ kind, name })
  })

  test.each([
    ['psyc://h', 'psyc://h/'],
    ['PSYC://H:4404/~A', 'psyc://h/~a'],
    ['psyc://h:4404c/', 'psyc://h/'],
    ['psyc://h:c/', 'psyc://h/'],
    ['psyc://h:04404/', 'psyc://h/'],
    ['psyc://h:4405c/', 'psyc://h:4405/'],
    ['psyc://h:s/', 'psyc://h:9404s/'],
    ['psyc://h:9404s/', 'psyc://h:9404s/'],
    ['psyc://h:4404s/', 'psyc://h:4404s/'],
    ['psyc://h:d/', 'psyc://h:4404d/'],
    ['psyc://KEY:g/~a', 'psyc://key:g/~a'],
    ['psyc://10.1.2.3:-32872/', 'psyc://10.1.2.3:-32872/'],
    ['psyc://h:-/', 'psyc://h:-/'],
    ['psyc://h/@a#', 'psyc://h/@a'],
  ])('%s compares as %s', (text, key) => {
    expect(parseUniform(text).key).toBe(key)
    expect(parseUniform(key).key).toBe(key)
  })

  test.each([
    ['psyc://h:-32872/', -32872, ''],
    ['psyc://h:-/', -1, ''],
    ['psyc://h/', undefined, ''],
    ['psyc://h:s/', undefined, 's'],
    ['psyc://h:9404s/', 9404, 's'],
  ])('%s has port %p', (text, port, transport) => {
    expect(parseUniform(text)).toMatchObject({ transport })
    expect(parseUniform(text).port).toBe(port)
  })

  test.each([
    ['xmpp:a@b', 'PSYC_UNIFORM_SCHEME'],
    ['psyc:/h', 'PSYC_UNIFORM_SLASHES'],
    ['psyc:', 'PSYC_UNIFORM_HOST'],
    ['psyc://h h/', 'PSYC_UNIFORM_HOST'],
    ['psyc://h:/', 'PSYC_UNIFORM_PORT'],
    ['psyc://h:x/', 'PSYC_UNIFORM_PORT'],
    ['psyc://h:44dd/', 'PSYC_UNIFORM_TRANSPORT'],
    ['psyc://h:1-2/', 'PSYC_UNIFORM_TRANSPORT'],
    ['psyc://h/a\nb', 'PSYC_UNIFORM_RESOURCE'],
    ['psyc://h/~ü', 'PSYC_UNIFORM_RESOURCE'],
    ['psyc://h/#a b', 'PSYC_UNIFORM_CHANNEL'],
    ['psyc://h/\n', 'PSYC_UNIFORM_RESOURCE'],
    ['psyc://h\n', 'PSYC_UNIFORM_HOST'],
  ])('%j: %s', (text, code) => {
    expect(() => parseUniform(text)).toThrow(expect.objectContaining({ code }) as Error)
    expect(uniformOf(text)).toBeUndefined()
  })

  test('uniformOf remembers, within bounds', () => {
    const first = uniformOf('psyc://h/~one')
    expect(uniformOf('psyc://h/~one')).toBe(first)
    for (let at = 0; at < 5000; at++) uniformOf(`psyc://h/~n${at}`)
    expect(uniformOf('psyc://h/~one')).toEqual(first)
    expect(uniformOf('psyc://h/~one')).not.toBe(first)
  })

  test('uniformOf takes no text beyond the limit', () => {
    const longest = `psyc://h/~${'a'.repeat(990)}`
    expect(uniformOf(longest)).toBeDefined()
    expect(uniformOf(`${longest}a`)).toBeUndefined()
    expect(uniformOf(undefined)).toBeUndefined()
  })

  test('a transport alone is no port in the parts', () => {
    expect(uniformParts(parseUniform('psyc://h:s/~a'))).toMatchObject({
      port: '',
      transport: 's',
      host_port: 'h:s',
    })
  })
})
