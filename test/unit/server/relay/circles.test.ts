/** Relays that would go in a circle: the node that would meet its own stream again refuses. */
import { AmfObject } from '../../../../src/amf/value.js'
import { RelayMarks, relayMark, relayPeer } from '../../../../src/translate/relay-marks.js'
import { RelayLab, header, keyframe } from '../../../support/relay-lab.js'
import { testCrypto } from '../../../support/rtmp-crypto.js'

function newMarks(): RelayMarks {
  const crypto = testCrypto()
  return new RelayMarks((length) => crypto.randomBytes(length))
}

const url = (node: string, path: string): string => `rtmp://${node}.example/${path}`
const pull = (from: string, to: string): object => ({ pull: from, to })
const push = (from: string, to: string): object => ({ push: to, from })
const CIRCLE = /^NetConnection\.Connect\.Rejected .*goes in a circle/

function warnings(lab: RelayLab): { node: string; reason: unknown }[] {
  return lab.log.flatMap(({ node, level, fields }) =>
    level === 'warn' ? [{ node, reason: fields['reason'] }] : [],
  )
}

describe('refused with one line is', () => {
  test('a pull from oneself', () => {
    const lab = new RelayLab()
    const a = lab.node('a', [pull(url('a', 'live/*'), 'live/*')])
    a.play('live/x')
    lab.wait(100_000)
    expect(warnings(lab)).toEqual([{ node: 'a', reason: expect.stringMatching(CIRCLE) as string }])
  })

  test('a push to oneself', () => {
    const lab = new RelayLab()
    const a = lab.node('a', [push('live/x', url('a', 'live/y')), push('live/y', url('a', 'live/z'))])
    a.publish('live/x').media(header(), keyframe(0))
    lab.wait(100_000)
    expect(warnings(lab)).toEqual([{ node: 'a', reason: expect.stringMatching(CIRCLE) as string }])
    expect(a.world.hub.size).toBe(1)
  })

  test.each([2, 3, 5])('a ring of %i nodes that pull from each other', (count) => {
    const lab = new RelayLab()
    const name = (at: number): string => `n${at % count}`
    const nodes = Array.from({ length: count }, (_, at) =>
      lab.node(name(at), [pull(url(name(at + 1), 'live/*'), 'live/*')]),
    )
    nodes[0]?.play('live/x')
    lab.wait(1_000)
    expect(warnings(lab)).toEqual([
      { node: name(count - 1), reason: expect.stringMatching(CIRCLE) as string },
    ])
    // a publisher anywhere in it feeds the others, and nobody gets his own stream back
    nodes[count - 1]?.publish('live/x').media(header(), keyframe(0))
    lab.wait(1_000)
    expect(nodes.map((node) => node.stream('live/x').isPublished)).toEqual(nodes.map(() => true))
    lab.wait(100_000)
    expect(nodes[0]?.stream('live/x').isPublished).toBe(true)
  })

  test.each([2, 3])('a ring of %i nodes that push to each other', (count) => {
    const lab = new RelayLab()
    const name = (at: number): string => `n${at % count}`
    const nodes = Array.from({ length: count }, (_, at) =>
      lab.node(name(at), [push('live/*', url(name(at + 1), 'live/*'))]),
    )
    nodes[0]?.publish('live/x').media(header(), keyframe(0))
    lab.wait(1_000)
    expect(nodes.map((node) => node.stream('live/x').isPublished)).toEqual(nodes.map(() => true))
    expect(warnings(lab)).toEqual([
      { node: name(count - 1), reason: expect.stringMatching(CIRCLE) as string },
    ])
  })

  test('a push of what is pulled from there, under whatever name', () => {
    const lab = new RelayLab()
    const b = lab.node('b', [])
    const a = lab.node('a', [pull(url('b', 'live/x'), 'live/x'), push('live/x', url('b', 'back/y'))])
    b.publish('live/x').media(header(), keyframe(0))
    a.play('live/x')
    lab.wait(1_000)
    expect(a.stream('live/x').isPublished).toBe(true)
    expect(warnings(lab)).toEqual([{ node: 'a', reason: expect.stringMatching(CIRCLE) as string }])
  })
})

test('a chain is no circle', () => {
  const lab = new RelayLab()
  const a = lab.node('a', [])
  const b = lab.node('b', [pull(url('a', 'live/*'), 'live/*')])
  const c = lab.node('c', [pull(url('b', 'live/*'), 'live/*'), push('live/*', url('d', 'tv/*'))])
  const d = lab.node('d', [])
  a.publish('live/x').media(header(), keyframe(0))
  c.play('live/x')
  lab.wait(1_000)
  expect([a, b, c].map((node) => node.stream('live/x').isPublished)).toEqual([true, true, true])
  expect(d.stream('tv/x').isPublished).toBe(true)
  expect(warnings(lab)).toEqual([])
})

describe('marks', () => {
  const ids = '0123456789abcdef'
  const commandObject = (text: unknown): AmfObject => AmfObject.of({ rtmpsyc: text as string })

  test.each([
    [`pull ${ids}`, { way: 'pull', route: [ids] }],
    [`push ${ids},${ids}`, { way: 'push', route: [ids, ids] }],
    ['pull', undefined],
    [`play ${ids}`, undefined],
    [`pull ${ids},`, undefined],
    [`pull ${ids.toUpperCase()}`, undefined],
    [`pull ${Array<string>(1_000).fill(ids).join(',')}`, undefined],
    [5, undefined],
    [undefined, undefined],
  ])('%j is %j', (text, expected) => {
    expect(relayMark(commandObject(text))).toEqual(expected)
  })

  test('a way that is too long is a circle', () => {
    const marks = newMarks()
    const route = Array.from({ length: 9 }, (_, at) => `${ids.slice(1)}${at}`)
    expect(marks.isCircle({ way: 'pull', route })).toBe(true)
    expect(marks.isCircle({ way: 'pull', route: route.slice(1) })).toBe(false)
  })

  test('only relays are told who answers, and not by the name that is for pulling', () => {
    const marks = newMarks()
    const stream = { app: 'live', instance: '', name: 'x' }
    expect(marks.answer(commandObject(undefined))).toEqual({})
    const answer = marks.answer(commandObject(`pull ${ids}`))
    const peer = relayPeer(AmfObject.of(answer))
    expect(marks.isCircle({ way: 'push', route: peer })).toBe(true)
    expect(marks.isCircle({ way: 'pull', route: peer })).toBe(false)
    expect(marks.text('push', stream)).toBe(`push ${peer.join()}`)
    for (const value of [null, 'x', AmfObject.of({}), AmfObject.of({ rtmpsyc: 'no name' })])
      expect(relayPeer(value)).toEqual([])
  })

  test('what was noted is forgotten with its owner, and belongs to one stream', () => {
    const marks = newMarks()
    const stream = { app: 'Live', instance: 'Room', name: 'x' }
    const owner = {}
    marks.note(owner, stream, { way: 'pull', route: [ids] })
    expect(marks.text('pull', { app: 'live', instance: 'room', name: 'x' })).toContain(`pull ${ids},`)
    expect(marks.text('push', stream)).not.toContain(ids)
    expect(marks.text('pull', { ...stream, name: 'X' })).not.toContain(ids)
    marks.forget(owner)
    expect(marks.text('pull', stream)).not.toContain(ids)
  })
})
