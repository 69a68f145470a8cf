import type { Stream } from '../../../src/media/hub.js'
import { HubLab, NameForm, publisher } from '../../support/hub-lab.js'
import type { Kind, LabPlayer } from '../../support/hub-lab.js'

function running(lab = new HubLab()) {
  const stream = lab.open()
  const publication = stream.publish(publisher)!
  const send = (...kinds: Kind[]): void => {
    for (const kind of kinds) publication.media(lab.next(kind))
  }
  return { lab, stream, publication, send }
}

function watched(lab = new HubLab()) {
  const rig = running(lab)
  rig.publication.metadata('onMetaData', lab.next('meta'))
  rig.send('avc', 'aac')
  const player = lab.player()
  const seat = rig.stream.play(player)
  return { ...rig, player, seat }
}

test('who comes late gets metadata and headers, then sound, and pictures from the next keyframe', () => {
  const { player, send } = watched()
  expect(player.take()).toBe('meta1 avc1 aac1')
  send('inter', 'sound', 'inter', 'key', 'inter', 'sound')
  expect(player.take()).toBe('sound1 key1 inter3 sound2')
})

test('who waits hears of the publisher, of its end, and of the next, in order with the media', () => {
  const lab = new HubLab()
  const player = lab.player()
  lab.open().play(player)
  const { stream, publication, send } = running(lab)
  send('avc', 'key', 'inter')
  publication.end()
  publication.end()
  publication.media(lab.next('key'))
  const next = stream.publish(publisher)!
  next.media(lab.next('inter'))
  next.media(lab.next('key'))
  expect(player.take()).toBe('published avc1 key1 inter1 unpublished published key3')
  const late = lab.player()
  stream.play(late)
  expect(late.take()).toBe('')
})

test('the second publisher is refused, until the first gives way', () => {
  const { stream, publication } = running()
  const told: string[] = []
  expect(stream.publish({ replaced: () => told.push('second') })).toBeUndefined()
  expect(stream.publisher).toBe(publisher)
  stream.takeOver()
  expect(stream.isPublished).toBe(false)
  const second = stream.publish({ replaced: () => told.push('second') })
  publication.end()
  expect([second === undefined, stream.isPublished]).toEqual([false, true])
  stream.takeOver()
  expect(told).toEqual(['second'])
})

test.each<[string, (player: LabPlayer) => void, string]>([
  ['no sound', ({ seat }) => seat.want('audio', false), 'key1 inter1 cue1'],
  ['no pictures', ({ seat }) => seat.want('video', false), 'sound1 cue1'],
  ['paused', ({ seat }) => seat.pause(true), 'cue1'],
  ['paused twice', ({ seat }) => [true, true].forEach((isPaused) => seat.pause(isPaused)), 'cue1'],
  [
    'nothing wanted, then sound',
    ({ seat }) => {
      seat.want('video', false)
      seat.want('audio', true)
    },
    'sound1 cue1',
  ],
  ['stopped', ({ seat }) => [1, 2].forEach(() => seat.leave()), ''],
])('%s', (_name, act, heard) => {
  const { lab, player, send, publication } = watched()
  player.take()
  act(player)
  send('key', 'sound', 'inter')
  publication.data(lab.next('cue'))
  expect(player.take()).toBe(heard)
})

test('after a pause headers again, and pictures from a keyframe', () => {
  const { player, seat, send } = watched()
  send('key')
  player.take()
  seat.pause(true)
  send('inter', 'sound')
  seat.pause(false)
  send('inter', 'key', 'inter')
  expect(player.take()).toBe('meta1 avc1 aac1 key2 inter3')
})

test('who wants neither sound nor pictures gets headers after a pause, and nothing twice', () => {
  const { lab, player, seat, send, publication } = watched(new HubLab({ gopCache: true }))
  seat.want('audio', false)
  seat.want('video', false)
  send('key')
  seat.pause(true)
  publication.data(lab.next('cue'))
  send('inter')
  player.take()
  seat.pause(false)
  publication.data(lab.next('cue'))
  expect(player.take()).toBe('meta1 avc1 aac1 cue2')
})

test('headers after a pause are given in their turn to who has no room', () => {
  const { lab, player, seat, publication } = watched(new HubLab({ gopCache: true }))
  seat.want('audio', false)
  seat.want('video', false)
  player.take()
  seat.pause(true)
  player.outstandingBytes = 1_000_000
  seat.pause(false)
  player.drain()
  publication.data(lab.next('cue'))
  expect(player.take()).toBe('meta1 avc1 aac1 cue1')
})

test('pictures wanted again begin at a keyframe; wanting what one has changes nothing', () => {
  const { player, seat, send } = watched()
  send('key')
  player.take()
  seat.want('video', true)
  send('inter')
  seat.want('video', false)
  seat.want('video', true)
  send('inter', 'key')
  expect(player.take()).toBe('inter1 key2')
  expect(seat.drops).toEqual({ disposable: 0, video: 0, audio: 0 })
})

test('what is sent once is not told to who comes later; metadata that was cleared neither', () => {
  const { lab, stream, publication } = watched(new HubLab({ gopCache: true }))
  publication.media(lab.next('key'))
  publication.data(lab.next('cue'))
  publication.metadata('onMetaData', undefined)
  publication.metadata('other', lab.next('meta'))
  const late = lab.player()
  stream.play(late)
  expect(late.take()).toBe('meta2 avc1 aac1 key1')
})

test('a publisher may make up 16 names of metadata and 64 tracks', () => {
  const { lab, stream, publication } = running()
  for (let at = 0; at < 20; at++) publication.metadata(`name ${at}`, lab.next('meta'))
  for (let track = 0; track < 100; track++)
    publication.media({
      type: 9,
      timestamp: 0,
      messageStreamId: 1,
      payload: Uint8Array.of(0x96, 0, 1, 2, 3, 4, track),
    })
  expect([stream.metadata.size, stream.headers.size]).toEqual([16, 64])
})

describe('one buffer serves', () => {
  test('all players of one form and the same wishes', () => {
    const { lab, stream, send } = running()
    const other = new NameForm()
    const players = [lab.form, lab.form, lab.form, other].map((form) => lab.player(form))
    for (const player of players) stream.play(player)
    players[2]!.seat.want('audio', false)
    send('key')
    send('sound', 'inter')
    const [a, b, mute, foreign] = players.map(({ writes }) => writes)
    expect(a!.map((bytes, at) => bytes === b![at])).toEqual([true, true, true])
    expect(mute!.map((bytes) => a!.includes(bytes))).toEqual([true, true])
    expect(foreign!.map((bytes) => a!.includes(bytes))).toEqual([false, false, false])
    expect([lab.form.cuts, other.cuts]).toEqual([3, 3])
  })

  test('those who are behind too, as soon as one of them needs it', () => {
    const { lab, stream, send } = running()
    const slow = [lab.player(), lab.player()]
    for (const player of slow) {
      stream.play(player)
      player.outstandingBytes = 1_000_000
    }
    send('key', 'inter')
    expect(slow.map((player) => player.take())).toEqual(['', ''])
    for (const player of slow) player.drain()
    expect(slow[0]!.writes).toEqual(slow[1]!.writes)
    expect(slow[0]!.writes.every((bytes, at) => bytes === slow[1]!.writes[at])).toBe(true)
    expect([slow[0]!.take(), lab.form.cuts]).toEqual(['key1 inter1', 2])
  })
})

describe('gathering', () => {
  function crowd(players: number, gatherMs = 44) {
    const rig = running(new HubLab({ gatherMs }, {}, true))
    const all = Array.from({ length: players }, () => rig.lab.player())
    for (const player of all) rig.stream.play(player)
    return { ...rig, first: all[0]! }
  }

  test('for few players: what comes in one turn leaves in one write', () => {
    const { first, lab, send } = crowd(19)
    send('key')
    lab.turn.end()
    first.takeWrites()
    send('inter', 'inter', 'sound')
    expect(first.takeWrites()).toEqual([])
    lab.turn.end()
    expect(first.takeWrites()).toEqual(['inter1 inter2 sound1'])
  })

  test('for many: at most one write in the window; what comes after a pause leaves at once', () => {
    const { first, lab, send } = crowd(20)
    lab.time.advance(100)
    send('key')
    lab.turn.end()
    expect(first.takeWrites()).toEqual(['key1'])
    send('inter')
    lab.turn.end()
    lab.time.advance(5)
    send('inter')
    lab.time.advance(4)
    expect(first.takeWrites()).toEqual([])
    lab.time.advance(1)
    expect(first.takeWrites()).toEqual(['inter1 inter2'])
  })

  describe('at a publisher that can leave what it sends on its way', () => {
    function resting(gatherMs = 44, players = 20, rests = true) {
      const lab = new HubLab({ gatherMs }, {}, true)
      const stream = lab.open()
      const rest = jest.fn<boolean, [ms: number]>(() => rests)
      const publication = stream.publish({ ...publisher, rest })!
      const all = Array.from({ length: players }, () => lab.player())
      for (const player of all) stream.play(player)
      lab.time.advance(100)
      const send = (...kinds: Kind[]): void => {
        for (const kind of kinds) publication.media(lab.next(kind))
        lab.turn.end()
      }
      return { lab, rest, send, player: all[0]! }
    }

    test('what comes after its rest leaves at once', () => {
      const { lab, rest, send, player } = resting()
      send('key')
      expect(rest.mock.calls).toEqual([[10]])
      player.takeWrites()
      lab.time.advance(9)
      send('inter', 'sound', 'inter')
      expect(player.takeWrites()).toEqual(['inter1 sound1 inter2'])
      expect(rest).toHaveBeenCalledTimes(2)
    })

    test('its rest is shorter by what the writes took', () => {
      const { lab, rest, send, player } = resting()
      const { clock } = lab.time
      jest.spyOn(player, 'write').mockImplementationOnce(() => clock.set(clock.now() + 3))
      send('key')
      expect(rest.mock.calls).toEqual([[7]])
    })

    test('what cannot rest gathers here', () => {
      const { lab, rest, send, player } = resting(44, 20, false)
      send('key')
      player.takeWrites()
      send('inter')
      lab.time.advance(5)
      send('sound')
      expect(player.takeWrites()).toEqual([])
      lab.time.advance(5)
      expect(player.takeWrites()).toEqual(['inter1 sound1'])
      expect(rest).toHaveBeenCalledTimes(2)
    })

    test.each([
      ['nobody plays', 44, 0],
      ['few play', 44, 19],
      ['nothing is to be gathered', 0, 30],
      ['more is to be gathered than we choose', 350, 30],
    ])('it does not rest when %s', (_when, gatherMs, players) => {
      const { lab, rest, send } = resting(gatherMs, players)
      send('key')
      lab.time.advance(400)
      send('inter')
      expect(rest).not.toHaveBeenCalled()
    })
  })

  test('a player that passes on what it is given is as much load as those it goes to', () => {
    const { stream, lab, send } = crowd(1)
    expect(stream.windowMs).toBe(0)
    stream.passedOn(50, 80)
    lab.time.advance(1_000)
    send('key')
    expect(stream.windowMs).toBe(44)
  })

  test('for few players of many streams: as for many of one, as long as all have much to write', () => {
    const lab = new HubLab({}, {}, true)
    const streams = Array.from({ length: 50 }, (_, at) => {
      const stream = lab.open(`cam${at}`)
      const player = lab.player()
      stream.play(player)
      return { publication: stream.publish(publisher)!, player }
    })
    const sendAll = (): void => {
      for (const { publication } of streams) publication.media(lab.next('sound'))
      lab.turn.end()
    }
    const writesIn = (ms: number): number => {
      for (const { player } of streams) player.takeWrites()
      for (let passed = 0; passed < ms; passed += 20) {
        lab.time.advance(20)
        sendAll()
      }
      return streams.reduce((sum, { player }) => sum + player.takeWrites().length, 0)
    }
    expect(writesIn(1_000)).toBe(50 * 50)
    expect(writesIn(1_000)).toBeLessThan(50 * 50 * 0.7)
    const [{ publication, player }] = streams as [(typeof streams)[number]]
    lab.time.advance(1_000)
    player.takeWrites()
    for (let second = 0; second < 3; second++) {
      lab.time.advance(1_000)
      publication.media(lab.next('sound'))
      lab.turn.end()
    }
    publication.media(lab.next('sound'))
    lab.turn.end()
    expect(player.takeWrites()).toHaveLength(4)
  })

  test.each<[string, (stream: Stream, rig: ReturnType<typeof crowd>) => void, string[]]>([
    ['a header', (_stream, { send }) => send('avc'), ['inter1 avc1']],
    [
      'metadata',
      (_stream, { publication, lab }) => publication.metadata('m', lab.next('meta')),
      ['inter1 meta1'],
    ],
    ['the end', (_stream, { publication }) => publication.end(), ['inter1', 'unpublished']],
    ['a player who comes', (stream, { lab }) => stream.play(lab.player()), ['inter1']],
    [
      '256 KiB',
      (_stream, { publication, lab }) => publication.media(lab.next('sound', 262_144)),
      ['inter1 sound1'],
    ],
  ])('does not hold up %s', (_name, act, writes) => {
    const rig = crowd(30, 350)
    rig.send('key')
    rig.lab.time.advance(400)
    rig.first.takeWrites()
    rig.send('inter')
    act(rig.stream, rig)
    expect(rig.first.takeWrites()).toEqual(writes)
  })

  test('needs one timer for the stream, and none when all is out', () => {
    const { lab, send } = crowd(40)
    send('key', 'inter', 'inter')
    expect(lab.time.timers.size).toBe(1)
    lab.time.advance(44)
    expect(lab.time.timers.size).toBe(0)
  })
})

describe('the hub', () => {
  test('knows a stream from the first publisher or player to the last', () => {
    const lab = new HubLab()
    const opened = lab.open()
    expect([lab.hub.size, lab.hub.find('cam')]).toEqual([0, undefined])
    const { publication } = running(lab)
    expect([lab.hub.size, opened.isPublished]).toEqual([1, false])
    const seat = opened.play(lab.player())
    expect([...lab.hub.streams].map(({ playerCount }) => playerCount)).toEqual([1])
    expect(opened.publish(publisher)).toBeUndefined()
    seat.leave()
    publication.end()
    expect([lab.hub.size, lab.time.timers.size]).toEqual([0, 0])
  })

  test('tells who watches what is published and what is wanted', () => {
    const lab = new HubLab()
    const told: string[] = []
    const note = (what: string) => (): unknown => told.push(what)
    const stop = lab.hub.watch({
      published: note('published'),
      unpublished: note('unpublished'),
      wanted: note('wanted'),
      unwanted: note('unwanted'),
    })
    const seats = [lab.open().play(lab.player()), lab.open().play(lab.player())]
    const publication = lab.open().publish(publisher)
    publication?.end()
    for (const seat of seats) seat.leave()
    expect(told).toEqual(['wanted', 'published', 'unpublished', 'wanted', 'unwanted'])
    stop()
    lab.open().play(lab.player())
    expect(told).toHaveLength(5)
  })

  test('a player that throws loses its seat, and the others are served', () => {
    const { lab, stream, send } = running()
    const [bad, good] = [lab.player(), lab.player()]
    for (const player of [bad, good]) stream.play(player)
    const error = new Error('broken')
    bad.write = () => {
      throw error
    }
    send('key', 'inter')
    expect([good.take(), lab.failures, stream.playerCount]).toEqual(['key1 inter1', [error], 1])
  })

  test('a player may leave, and others come, while it is being served', () => {
    const { lab, stream, send } = running()
    const [leaver, other] = [lab.player(), lab.player()]
    const newcomer = lab.player()
    for (const player of [leaver, other]) stream.play(player)
    leaver.write = () => {
      leaver.seat.leave()
      stream.play(newcomer)
    }
    send('key', 'inter', 'key')
    expect([other.take(), newcomer.take(), stream.playerCount]).toEqual(['key1 inter1 key2', 'key2', 2])
  })
})

test('what players in another process have dropped counts too', () => {
  const { stream } = running()
  stream.droppedElsewhere({ disposable: 1, video: 2, audio: 3 })
  stream.droppedElsewhere({ disposable: 1, video: 0, audio: 0 })
  expect(stream.drops).toEqual({ disposable: 2, video: 2, audio: 3 })
})
