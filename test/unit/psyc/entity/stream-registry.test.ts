/** Which streams a place has, as those who ask see it [design 5]. */
import { StreamRegistry } from '../../../../src/psyc/entity/stream-registry.js'
import type { Origin } from '../../../../src/psyc/entity/node.js'
import type { Cast } from '../../../../src/psyc/state/cast.js'
import { Packet, valueText } from '../../../../src/psyc/wire/packet.js'
import { parseUniform } from '../../../../src/psyc/wire/uniform.js'
import { limitsWith } from '../../../../src/util/limits.js'

const B = 'psyc://b.example/'
const origin: Origin = { rootKey: B, isLocal: false, understandsState: true, syntax: '1.0' }

class Rig {
  readonly casts: string[] = []
  readonly answers: string[] = []
  members = [`${B}~ann`]
  readonly registry = new StreamRegistry({
    limits: limitsWith({ streamsPerPlace: 2, nameBytes: 20 }),
    holderOf: (packet) => this.members.find((key) => key === packet.source),
    cast: (cast) => this.casts.push(shown(cast)),
    answer: (_packet, method, { _uniform_stream: uniform }) =>
      this.answers.push(typeof uniform === 'string' ? `${method} ${uniform}` : method),
  })

  ask(
    what: 'publish' | 'unpublish',
    name: string,
    uniform = `${B}@room#_stream_${name}`,
    source = `${B}~ann`,
  ): string {
    const variables = { _name_stream: name, _uniform_stream: uniform }
    const packet = Packet.of({ _source: source }, `_request_stream_${what}`, variables)
    this.registry[`${what}Request`](packet, { ...origin, rootKey: parseUniform(source).rootKey })
    return this.answers.splice(0).join()
  }
}

function shown({ method, entity = [], state }: Cast): string {
  const values = entity.map(({ value }) => valueText(value))
  return [method, ...values, ...(state?.modifiers ?? []).map(({ value }) => valueText(value))].join(' | ')
}

test('published, known, given up', () => {
  const { registry, casts } = new Rig()
  const rig = new Rig()
  expect(rig.ask('publish', 'Cam')).toBe(`_echo_stream_publish ${B}@room#_stream_Cam`)
  expect(rig.registry.find('Cam')?.text).toBe(`${B}@room#_stream_Cam`)
  expect(rig.ask('unpublish', 'Cam')).toBe('_echo_stream_unpublish')
  expect(rig.casts).toEqual([
    `_notice_stream_publish | Cam | ${B}@room#_stream_Cam | {3 Cam} =_uniform:34 ${B}@room#_stream_Cam`,
    `_notice_stream_unpublish | Cam | ${B}@room#_stream_Cam | {3 Cam} -`,
  ])
  expect([registry.size, casts]).toEqual([0, []])
})

test.each([
  ['a name that is empty', '', undefined, undefined, '_error_illegal_name_stream'],
  ['a name that is too long', 'x'.repeat(21), undefined, undefined, '_error_illegal_name_stream'],
  ['no uniform', 'x', 'nonsense', undefined, '_error_illegal_uniform_stream'],
  [
    'a uniform of another node',
    'x',
    'psyc://c.example/@room#_stream_x',
    undefined,
    '_error_illegal_uniform_stream',
  ],
  [
    'a uniform of our own',
    'x',
    'psyc://gw.example/@room#_stream_x',
    undefined,
    '_error_illegal_uniform_stream',
  ],
  ['what is no stream', 'x', `${B}@room#_so_x`, undefined, '_error_illegal_uniform_stream'],
  ['one who is not in', 'x', undefined, `${B}~eve`, '_error_necessary_membership'],
])('%s is refused', (_name, name, uniform, source, refusal) => {
  const rig = new Rig()
  expect(rig.ask('publish', name, uniform, source)).toBe(refusal)
  expect([rig.registry.size, rig.casts]).toEqual([0, []])
})

test('the first has it; asking again is no news', () => {
  const rig = new Rig()
  rig.members.push('psyc://c.example/~eve')
  rig.ask('publish', 'cam')
  expect(rig.ask('publish', 'cam')).toBe(`_echo_stream_publish ${B}@room#_stream_cam`)
  const theirs = 'psyc://c.example/@room#_stream_cam'
  expect(rig.ask('publish', 'cam', theirs, 'psyc://c.example/~eve')).toBe(
    `_error_stream_taken ${B}@room#_stream_cam`,
  )
  expect(rig.ask('unpublish', 'cam', `${B}@room#_stream_cam`, 'psyc://c.example/~eve')).toBe(
    '_error_unknown_stream',
  )
  expect(rig.ask('unpublish', 'cam', theirs)).toBe('_error_unknown_stream')
  expect([rig.registry.size, rig.casts.length]).toEqual([1, 1])
})

test('streamsPerPlace: one more is refused, one that is there is not', () => {
  const rig = new Rig()
  for (const name of ['a', 'b']) rig.ask('publish', name)
  expect(rig.ask('publish', 'c')).toBe('_failure_exceeded_limit_streams')
  expect(rig.ask('publish', 'b')).toBe(`_echo_stream_publish ${B}@room#_stream_b`)
})

test('whoever answers for them takes them along', () => {
  const rig = new Rig()
  rig.members.push(B)
  rig.ask('publish', 'a')
  rig.ask('publish', 'b', `${B}@room#_stream_b`, B)
  rig.registry.dropHolder(`${B}~ann`)
  expect([...rig.registry.all()].map(({ name }) => name)).toEqual(['b'])
})

test('a lost node must claim its names again', () => {
  const rig = new Rig()
  for (const name of ['a', 'b']) rig.ask('publish', name)
  rig.registry.doubt(B)
  rig.ask('publish', 'b')
  rig.registry.dropDoubted('psyc://c.example/')
  expect(rig.registry.size).toBe(2)
  rig.registry.dropDoubted(B)
  expect([...rig.registry.all()].map(({ name }) => name)).toEqual(['b'])
  rig.registry.doubt(B)
  rig.registry.trust(B)
  rig.registry.dropDoubted(B)
  expect(rig.registry.size).toBe(1)
})

test('a name that several of the home itself share stays until the last ends', () => {
  const { registry } = new Rig()
  const root = parseUniform('psyc://gw.example/')
  const [cam, other] = ['cam', 'other'].map((name) => parseUniform(`psyc://gw.example/@room#_stream_${name}`))
  if (cam === undefined || other === undefined) throw new Error()
  const [one, two] = [registry.share('cam', cam, root), registry.share('cam', cam, root)]
  expect(registry.share('cam', other, root)).toBe('_error_stream_taken')
  if (typeof one === 'string' || typeof two === 'string') throw new Error()
  one()
  one()
  expect(registry.size).toBe(1)
  two()
  expect(registry.size).toBe(0)
})

test('watchers are told of every change of their name, until they end', () => {
  const rig = new Rig()
  const seen: string[] = []
  const end = rig.registry.watch('a', () => seen.push(rig.registry.find('a')?.host ?? '-'))
  for (const name of ['a', 'b']) rig.ask('publish', name)
  rig.ask('publish', 'a')
  rig.ask('unpublish', 'a')
  end()
  end()
  rig.ask('publish', 'a')
  expect(seen).toEqual(['b.example', '-'])
})
