/** Two circuits per pair of nodes, and whose casts come over which [design 3, 5]. */
import { laneOf } from '../../../../src/psyc/session/lane.js'
import { parseUniform } from '../../../../src/psyc/wire/uniform.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'
import type { Origin } from '../../../../src/psyc/entity/node.js'
import { DialLab } from '../../../support/dial-lab.js'
import type { LabCalled } from '../../../support/dial-lab.js'
import type { LabPeer, PsycLab } from '../../../support/psyc-lab.js'

const hosts = { 'b.example': ['10.1.2.3'], 'c.example': ['10.1.2.4'] }
const stream = 'psyc://b.example/@chat#_stream_cam'
const ours = 'psyc://gw.example/@chat#_stream_cam'

describe('the lane of a packet', () => {
  test.each([
    [{ _target: stream }, 'stream'],
    [{ _source: stream, _target: 'psyc://gw.example/' }, 'stream'],
    [{ _context: stream }, 'stream'],
    [{ _context: 'psyc://b.example/@chat#_STREAM_cam' }, 'stream'],
    [{ _context: stream, _target: 'psyc://gw.example/' }, 'stream'],
    [{ _target: 'psyc://b.example/@chat' }, 'talk'],
    [{ _target: 'psyc://b.example/@chat#_so__stream_' }, 'talk'],
    [{ _context: 'psyc://b.example/@_stream_x' }, 'talk'],
    [{}, 'talk'],
  ] as const)('%j: %s', (routing, lane) => {
    expect(laneOf(Packet.of(routing, '_x'))).toBe(lane)
  })
})

function enter(lab: DialLab, context = stream): void {
  lab.node.send(Packet.of({ _source: 'psyc://gw.example/', _target: context }, '_request_context_enter'))
  lab.settle()
}

/** A talk lane that we have called, and a stream lane. */
function labWithLanes(): { lab: DialLab; talk: LabCalled; streams: LabCalled } {
  const lab = new DialLab({ hosts })
  lab.say('psyc://b.example/~bob')
  const talk = lab.attempt.opens().greets()
  enter(lab)
  const streams = lab.attempt.opens().greets()
  talk.take()
  return { lab, talk, streams }
}

describe('the child', () => {
  test('dials a lane of its own with its enter, and says what it is for', () => {
    const lab = new DialLab({ hosts })
    lab.say('psyc://b.example/~bob')
    const talk = lab.attempt.opens().greets()
    expect(talk.takeMethods()).toEqual(['_message_private'])
    enter(lab)
    const streams = lab.attempt.opens()
    const greeting = streams.take()
    expect(greeting).toContain(':_name_lane␉stream\n')
    streams.greets()
    expect(streams.takeMethods()).toEqual(['_request_context_enter'])
    lab.say('psyc://b.example/~bob', '_message_2')
    enter(lab)
    expect(talk.takeMethods()).toEqual(['_message_2'])
    expect(streams.takeMethods()).toEqual(['_request_context_enter'])
    expect(lab.attempts).toHaveLength(2)
  })

  test('does without it where the peer speaks 0.9, which has no streams', () => {
    const lab = new DialLab({ hosts })
    enter(lab)
    lab.attempt.opens().closes()
    lab.attempt.opens().closes()
    const talk = lab.attempt.opens().greetsOld()
    expect(talk.takeMethods()).toEqual(['_request_context_enter'])
    expect(talk.circuit?.lane).toBe('talk')
    enter(lab)
    expect(talk.takeMethods()).toEqual(['_request_context_enter'])
    expect(lab.attempts).toHaveLength(3)
  })

  test('the loss of the stream lane is told to the receivers of its contexts, and is no loss of the peer', () => {
    const { lab, talk, streams } = labWithLanes()
    const news: string[] = []
    for (const context of [stream, 'psyc://b.example/@chat'])
      lab.node.subscribe(context, { receive: () => undefined, lost: () => news.push(context) })
    lab.node.onPeerLost((rootKey) => news.push(`lost ${rootKey}`))
    lab.node.onStreamsLost((rootKey) => news.push(`streams ${rootKey}`))
    streams.breaks()
    expect(news.splice(0)).toEqual([stream, 'streams psyc://b.example/'])
    enter(lab)
    lab.wait(200)
    lab.attempt.opens().greets()
    talk.breaks()
    expect(news).toEqual(['psyc://b.example/@chat', 'lost psyc://b.example/'])
  })

  test('talk finds no circuit when there is only a stream lane: it dials its own', () => {
    const lab = new DialLab({ hosts })
    const back: string[] = []
    lab.node.onPeerBack((rootKey) => back.push(rootKey))
    enter(lab)
    const streams = lab.attempt.opens().greets()
    streams.take()
    lab.say('psyc://b.example/~bob')
    expect(back).toEqual([])
    expect(streams.takeMethods()).toEqual([])
    expect(lab.attempt.opens().greets().takeMethods()).toEqual(['_message_private'])
    expect(back).toEqual(['psyc://b.example/'])
  })
})

describe('the parent', () => {
  function calls(lab: PsycLab, port: number, lane: string): LabPeer {
    const peer = lab.modern({ port })
    peer.send(`:_source␉psyc://b.example/\n\n${lane}_notice_circuit_established\n|\n`)
    peer.take()
    return peer
  }

  function feed(lab: PsycLab): void {
    lab.node.sendTo('psyc://b.example/', Packet.of({ _context: ours }, '_data_flv', {}, 'x'))
    lab.settle()
  }

  test('feeds a child over the lane that the child has called, and talks over the other', () => {
    const lab = new DialLab({ hosts })
    const talk = calls(lab, 40_001, '')
    const streams = calls(lab, 40_002, ':_name_lane␉stream\n')
    lab.say('psyc://b.example/~bob')
    feed(lab)
    expect([talk.takeMethods(), streams.takeMethods()]).toEqual([['_message_private'], ['_data_flv']])
    expect(lab.node.queuedBytes('psyc://b.example/', 'stream')).toBe(0)
  })

  test('knows a lane that is not announced by the first packet of a stream on it', () => {
    const lab = new DialLab({ hosts })
    lab.entity('@chat')
    const talk = calls(lab, 40_001, '')
    const streams = calls(lab, 40_002, '')
    streams.send(`:_source␉psyc://b.example/\n:_target␉${ours}\n\n_request_context_enter\n|\n`)
    lab.say('psyc://b.example/~bob')
    feed(lab)
    expect([talk.takeMethods(), streams.takeMethods()]).toEqual([['_message_private'], ['_data_flv']])
  })

  test('sends both over the one circuit of a peer that has no more', () => {
    const lab = new DialLab({ hosts })
    lab.entity('@chat')
    const only = calls(lab, 40_001, '')
    only.send(`:_source␉psyc://b.example/\n:_target␉${ours}\n\n_request_context_enter\n|\n`)
    lab.say('psyc://b.example/~bob')
    feed(lab)
    expect(only.takeMethods()).toEqual(['_message_private', '_data_flv'])
  })

  test('and child of the same node: each stream stays on the lane that its child has called', () => {
    const lab = new DialLab({ hosts })
    lab.say('psyc://b.example/~bob')
    lab.attempt.opens().greets()
    enter(lab)
    const theirs = calls(lab, 40_002, ':_name_lane␉stream\n')
    const attempt = lab.attempt
    expect(attempt.isCancelled).toBe(true) // what waited has gone over their lane
    expect(theirs.takeMethods()).toEqual([])
    feed(lab)
    expect(theirs.takeMethods()).toEqual(['_data_flv'])
    lab.node.circuit('psyc://b.example/', 'stream')?.reset()
    enter(lab)
    const ourLane = lab.attempt.opens().greets()
    const theirNext = calls(lab, 40_003, ':_name_lane␉stream\n')
    feed(lab)
    enter(lab)
    expect(theirNext.takeMethods()).toEqual(['_data_flv'])
    expect(ourLane.takeMethods()).toEqual(['_request_context_enter', '_request_context_enter'])
  })

  test('never calls a child, which may be where nobody can', () => {
    const lab = new DialLab({ hosts })
    const chat = lab.entity('@chat')
    calls(lab, 40_001, '')
    feed(lab)
    expect(lab.attempts).toEqual([])
    expect(chat.take()).toEqual(['_failure_unsuccessful_delivery_disconnect psyc://b.example/'])
  })
})

describe('a stream lane on which nothing is said for 60 s', () => {
  const root = 'psyc://b.example/'
  const shutdown = ['_request_circuit_shutdown']
  const receiver = { receive: () => undefined }

  test('is closed in order, by who has called it; talk goes on', () => {
    const { lab, talk, streams } = labWithLanes()
    streams.take()
    const news: string[] = []
    lab.node.onPeerLost((rootKey) => news.push(rootKey))
    lab.wait(59_999)
    expect(streams.takeMethods()).toEqual([])
    lab.wait(1)
    expect(streams.takeMethods()).toEqual(shutdown)
    expect(streams.state).toBe('open')
    streams.closes()
    expect(streams.state).toBe('ended')
    lab.wait(600_000)
    expect(talk.takeMethods()).toEqual([])
    expect([lab.attempts.length, news]).toEqual([2, []])
  })

  test('is closed by us, where the peer does not', () => {
    const { lab, streams } = labWithLanes()
    lab.wait(60_999)
    expect(streams.state).toBe('open')
    lab.wait(1)
    expect(streams.state).toBe('ended')
  })

  test('counts from the last packet either way; keep-alive is none', () => {
    const { lab, streams } = labWithLanes()
    lab.wait(30_000)
    enter(lab)
    lab.wait(59_000)
    streams.says(`:_source␉${stream}\n:_target␉psyc://gw.example/\n\n_notice_x\n|\n`)
    streams.take()
    lab.wait(30_000)
    streams.says('|\n')
    lab.wait(29_999)
    expect(streams.takeMethods()).toEqual([])
    lab.wait(1)
    expect(streams.takeMethods()).toEqual(shutdown)
  })

  test.each([
    ['somebody here is in a stream of that node', stream, undefined],
    ['that node is the parent in a stream', 'psyc://c.example/@chat#_stream_cam', root],
  ])('stays while %s', (_why, context, parent) => {
    const { lab, streams } = labWithLanes()
    streams.take()
    lab.node.subscribe(context, receiver)
    lab.node.allowParent(context, parent)
    lab.wait(600_000)
    expect(streams.takeMethods()).toEqual([])
    lab.node.unsubscribe(context, receiver)
    lab.wait(60_000)
    expect(streams.takeMethods()).toEqual(shutdown)
  })

  test('does not stay for places and objects', () => {
    const { lab, streams } = labWithLanes()
    streams.take()
    lab.node.subscribe('psyc://b.example/@chat', receiver)
    lab.node.subscribe('psyc://b.example/@chat#_so_users', receiver)
    lab.wait(60_000)
    expect(streams.takeMethods()).toEqual(shutdown)
  })

  test('stays while somebody here may have something for that node', () => {
    const { lab, streams } = labWithLanes()
    streams.take()
    const asked = new Set<string>()
    const forget = lab.node.keepStreams((rootKey) => asked.add(rootKey).has(rootKey))
    lab.wait(600_000)
    expect(streams.takeMethods()).toEqual([])
    expect([...asked]).toEqual([root])
    forget()
    lab.wait(60_000)
    expect(streams.takeMethods()).toEqual(shutdown)
  })

  test('is left to the peer, if that has called it', () => {
    const lab = new DialLab({ hosts })
    const peer = lab.modern()
    peer.send(`:_source␉${root}\n\n:_name_lane␉stream\n_notice_circuit_established\n|\n`)
    peer.take()
    lab.wait(80_000)
    expect([peer.takeMethods(), peer.state]).toEqual([[], 'open'])
  })

  test('takes nothing more when the peer was asked to close it: a new one is called; what comes is heard', () => {
    const { lab, streams } = labWithLanes()
    lab.wait(60_000)
    streams.take()
    const heard: string[] = []
    lab.node.subscribe(stream, {
      receive: ({ method }) => heard.push(method),
      lost: () => heard.push('lost'),
    })
    enter(lab)
    expect(streams.takeMethods()).toEqual([])
    streams.says(`:_context␉${stream}\n:_counter␉1\n\n_data_flv\nx\n|\n`)
    const next = lab.attempt.opens().greets()
    expect(next.takeMethods()).toEqual(['_request_context_enter'])
    next.says(`:_context␉${stream}\n:_counter␉2\n\n_data_2\nx\n|\n`)
    streams.closes()
    expect(heard).toEqual(['_data_flv', '_data_2'])
    expect(lab.attempts).toHaveLength(3)
  })
})

describe('to see whether a node can be called', () => {
  function reaches(lab: DialLab, root = 'psyc://b.example/'): boolean[] {
    const told: boolean[] = []
    lab.node.reach(parseUniform(root), (isReached) => told.push(isReached))
    lab.settle()
    return told
  }

  test('a spare circuit is opened and closed again; talk stays where it is', () => {
    const lab = new DialLab({ hosts })
    const talk = lab.modern()
    talk.send(':_source␉psyc://b.example/\n\n_notice_circuit_established\n|\n')
    lab.wait(60_000)
    const told = reaches(lab)
    const spare = lab.attempt.opens()
    const greeting = spare.take()
    expect(greeting).toContain(':_name_lane␉spare\n')
    spare.greets()
    const tag = /:_tag␉(\w{16})\n\n_request_ping/.exec(spare.take())?.[1] ?? ''
    lab.say('psyc://b.example/~bob')
    expect(talk.takeMethods().at(-1)).toBe('_message_private')
    talk.send(
      `:_source␉psyc://b.example/\n:_target␉psyc://gw.example/\n:_tag_relay␉${tag}\n\n_echo_ping\n|\n`,
    )
    expect(told).toEqual([true])
    expect(spare.takeMethods()).toEqual(['_request_circuit_shutdown'])
    spare.closes()
    expect(reaches(lab)).toEqual([true])
    expect(lab.attempts).toHaveLength(1)
  })

  test('nobody answers there: it cannot', () => {
    const lab = new DialLab({ hosts })
    const told = reaches(lab)
    lab.attempt.fails('_resolve')
    expect(told).toEqual([false])
  })

  test('a circuit that a peer has opened for that is not used', () => {
    const lab = new DialLab({ hosts })
    const lost: string[] = []
    lab.node.onPeerLost((rootKey) => lost.push(rootKey))
    const spare = lab.modern()
    spare.send(':_source␉psyc://b.example/\n\n:_name_lane␉spare\n_notice_circuit_established\n|\n')
    lab.say('psyc://b.example/~bob')
    expect(spare.takeMethods()).toEqual([])
    expect(lab.attempts).toHaveLength(1)
    spare.breaks()
    expect(lost).toEqual(['psyc://10.1.2.3:-40000/'])
  })
})

describe('casts come from the master of their context or the parent that it named, and from nobody else', () => {
  const cast = `:_context␉${stream}\n:_counter␉1\n\n_data_flv\nx\n|\n`

  function labWithParent(): { lab: DialLab; parent: LabPeer; got: Origin[]; lost: string[] } {
    const lab = new DialLab({ hosts })
    const got: Origin[] = []
    const lost: string[] = []
    lab.node.subscribe(stream, {
      receive: (_packet, origin) => got.push(origin),
      lost: () => lost.push(stream),
    })
    const parent = lab.modern({ address: '10.1.2.4' })
    parent.send(':_source␉psyc://c.example/\n\n:_name_lane␉stream\n_notice_circuit_established\n|\n')
    parent.take()
    return { lab, parent, got, lost }
  }

  test('the named parent', () => {
    const { lab, parent, got, lost } = labWithParent()
    lab.node.allowParent(stream, 'psyc://c.example/')
    parent.send(cast)
    parent.send(`:_context␉${stream}\n:_target␉psyc://gw.example/\n\n_status_state\n|\n`)
    expect(got).toHaveLength(2)
    expect(got[0]).toMatchObject({ rootKey: 'psyc://b.example/', parentKey: 'psyc://c.example/' })
    parent.breaks()
    expect(lost).toEqual([stream])
  })

  test('another context of that master: a lie', () => {
    const { lab, parent } = labWithParent()
    lab.node.allowParent(stream, 'psyc://c.example/')
    parent.send(cast.replace('_cam', '_cam2'))
    expect(parent.takeMethods()).toEqual(['_error_rejected_relay_incoming'])
    expect(parent.state).toBe('ended')
  })

  test('a unicast in the name of that master: a lie', () => {
    const { lab, parent } = labWithParent()
    lab.node.allowParent(stream, 'psyc://c.example/')
    parent.send(
      ':_source␉psyc://b.example/~bob\n:_target␉psyc://gw.example/~sender\n\n_message_private\nx\n|\n',
    )
    expect(parent.takeMethods()).toEqual(['_error_rejected_relay_incoming'])
  })

  test('nobody was named: a lie', () => {
    const { parent, got } = labWithParent()
    parent.send(cast)
    expect(parent.takeMethods()).toEqual(['_error_rejected_relay_incoming'])
    expect(got).toEqual([])
  })

  test('a former parent has packets under way: they are dropped, and it is no liar for a minute', () => {
    const { lab, parent, got } = labWithParent()
    lab.node.allowParent(stream, 'psyc://c.example/')
    lab.node.allowParent(stream, 'psyc://d.example/')
    parent.send(cast)
    expect(got).toEqual([])
    expect(parent.state).toBe('open')
    lab.node.allowParent(stream, undefined)
    lab.wait(60_000)
    parent.send(cast)
    expect(parent.state).toBe('ended')
  })

  test('the loss of the parent is told before it has sent anything', () => {
    const { lab, parent, lost } = labWithParent()
    lab.node.allowParent(stream, 'psyc://c.example/')
    parent.breaks()
    expect(lost).toEqual([stream])
  })
})
