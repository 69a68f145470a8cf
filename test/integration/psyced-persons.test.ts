/** What users of a psyced ask of our persons and have done in our places: none of it goes without an answer [psyc.md 6]. */
import { AmfObject } from '../../src/amf/value.js'
import { setting } from '../support/psyced-meeting.js'
import { ROOM, visit } from '../support/psyced-visit.js'
import type { Visit } from '../support/psyced-visit.js'
import type { TestWorld } from '../support/world.js'
import type { WorldPsyc } from '../support/world-psyc.js'

const ANN = 'psyc://gw.example/~ann'

/** Ann of an app that has no callbacks, so that she is shown nothing. */
function plainVisit(): Visit {
  return visit({ apps: { chat: { profile: 'plain' } } })
}

/** Dora has a password and is linked by a PSYC client. */
function registered(gw: TestWorld): WorldPsyc {
  const dora = gw.psyc().link('dora')
  dora.packet('~dora', '_request_do_register', { _password: 'sesame' })
  return dora
}

describe('a description', () => {
  test('says who it is, by what client, how long idle, and the place that both are in', () => {
    const { network, toni } = visit()
    toni.take()
    network.wait(95_000)
    toni.whois(ANN)
    network.settle()
    expect(toni.take()).toEqual([
      'ann is * :Flash client',
      `_identification: ${ANN}`,
      `_list_groups: ${ROOM}`,
      '_name_public: Ann',
      '_protocol_agent: rtmp',
      '_time_idle: 95',
    ])
  })

  test('who is not there is not told of the place', () => {
    const { network, toni, ann } = visit()
    toni.part(ROOM)
    network.settle()
    toni.take()
    ann.call('sendMessage', 'active')
    toni.whois(ANN)
    network.settle()
    expect(toni.take()).toEqual([
      'ann is * :Flash client',
      `_identification: ${ANN}`,
      '_name_public: Ann',
      '_protocol_agent: rtmp',
    ])
  })

  test('nor is anybody of the place of a silent member', () => {
    const { network, toni, gw } = visit()
    gw.flash({ app: 'chat', args: ['Cid'] })
    toni.take()
    toni.whois('psyc://gw.example/~cid')
    network.settle()
    expect(toni.take().join()).not.toContain('_list_groups')
  })

  test('a place of psyced counts as well', () => {
    const { network, psyced, gw } = setting()
    const [toni, eve] = [psyced.double.user('toni'), psyced.double.user('eve')]
    toni.join('lobby')
    gw.flash({ args: ['Ann'] }).call('sendMessage', 'hello')
    for (const user of [toni, eve]) {
      user.take()
      user.whois(ANN)
    }
    network.settle()
    expect(toni.take()).toContain('_list_groups: psyc://psyced.example/@lobby')
    expect(eve.take().join()).toMatch(/Flash client(?!.*_list_groups)/)
  })

  test('of an encoder and of a PSYC client', () => {
    const { network, toni, gw } = visit()
    gw.flash({ app: 'chat/x?user=obs', flashVersion: 'FMLE/3.0 (compatible; FMSc/1.0)' })
    gw.psyc().link('bob')
    toni.take()
    for (const nick of ['obs', 'bob']) toni.whois(`psyc://gw.example/~${nick}`)
    network.settle()
    const lines = toni.take()
    expect(lines.filter((line) => line.includes(' is * '))).toEqual(['obs is * :RTMP encoder', 'bob is * :'])
    expect(lines).toContain('_protocol_agent: psyc')
  })
})

describe('friendship', () => {
  test('a guest has no friends, and says so', () => {
    const { network, toni, ann } = visit()
    toni.take()
    ann.take()
    toni.befriend(ANN)
    network.settle()
    expect(toni.take()).toEqual(['ann is a guest here and keeps no list of friends.'])
    expect(ann.take('call')).toEqual([])
  })

  test('nor has a registered person whose client is shown no such request', () => {
    const { network, toni, gw } = visit()
    registered(gw).close()
    gw.flash({ app: 'chat', args: ['dora', 'sesame'] })
    toni.take()
    toni.befriend('psyc://gw.example/~dora')
    network.settle()
    expect(toni.take()).toEqual(['dora keeps no list of friends.'])
  })

  test('a PSYC client of a registered person answers itself', () => {
    const { network, toni, gw } = visit()
    const dora = registered(gw)
    dora.take()
    toni.take()
    toni.befriend('psyc://gw.example/~dora')
    network.settle()
    expect([dora.methods(), toni.take()]).toEqual([['_request_friendship'], []])
  })

  test('what is implied is not answered', () => {
    const { network, toni } = visit()
    toni.take()
    toni.request(ANN, '_request_friendship_implied')
    network.settle()
    expect(toni.take()).toEqual([])
  })
})

describe('an invitation', () => {
  test('is a private line of the chat; who invites hears that it came, and the place is told', () => {
    const { network, toni, tess, ann } = visit()
    for (const user of [toni, tess]) user.take()
    ann.take()
    toni.invite(ANN, ROOM)
    network.settle()
    expect(ann.take('call')).toEqual([`call receivePrivate "toni" "toni invites you into ${ROOM}."`])
    expect(toni.take()).toEqual([
      `Your invitation to ${ROOM} has reached ann.`,
      `toni has invited ${ANN} to chat.`,
    ])
    expect(tess.take()).toEqual([`toni has invited ${ANN} to chat.`])
  })

  test('is seen by an app that wants everything', () => {
    const { network, toni, gw } = plainVisit()
    const bea = gw.flash({ app: 'chat', args: ['Bea', AmfObject.of({ psyc: true })] })
    bea.take()
    toni.take()
    toni.invite('psyc://gw.example/~bea', 'psyc://psyced.example/@lobby')
    network.settle()
    expect(bea.take('call onPsyc').join()).toContain('toni invites you into psyc://psyced.example/@lobby.')
    expect(toni.take()).toEqual(['Your invitation to psyc://psyced.example/@lobby has reached bea.'])
  })

  test('that nobody would see has an answer that says so', () => {
    const { network, toni, ann } = plainVisit()
    toni.take()
    ann.take()
    toni.invite(ANN, 'psyc://psyced.example/@lobby')
    network.settle()
    expect(ann.take('call')).toEqual([])
    expect(toni.take()).toEqual(['ann uses a client that shows no invitations.'])
  })

  test('of somebody who is not here', () => {
    const { network, toni } = visit()
    toni.take()
    toni.invite('psyc://gw.example/~nobody', 'psyc://psyced.example/@lobby')
    network.settle()
    expect(toni.take()).toEqual(['Nobody here is called nobody.'])
  })
})

describe('any other request of a person', () => {
  test.each([
    ['_request_attention_wake', 'ann does not provide _request_attention_wake.'],
    ['_request_version', 'ann is served by rtmpsyc/test.'],
    ['_request_description_time', 'ann was last active 0 seconds ago.'],
  ])('%s', (method, heard) => {
    const { network, toni } = plainVisit()
    toni.take()
    toni.request(ANN, method)
    network.settle()
    expect(toni.take()).toEqual([heard])
  })
})

describe('commands of a place', () => {
  const owned = { apps: { chat: { owners: ['psyc://psyced.example/~toni'] } } }

  test.each(['kick ann', `kick #${ROOM} ann bye`, `kick #${ROOM} ${ANN} bye`, 'ban ann'])(
    '%s is for owners',
    (command) => {
      const { network, toni, tess, ann } = visit(owned)
      for (const user of [toni, tess]) user.take()
      tess.execute(ROOM, command)
      network.settle()
      expect(tess.take()).toEqual(['Only its owners may kick in chat.'])
      toni.execute(ROOM, command)
      network.settle()
      expect(toni.take()).toEqual(['ann leaves chat.', `Banned from chat: ${ANN}`])
      expect(ann.closed).toBe('finished')
      toni.execute(ROOM, `unban ${ANN}`)
      network.settle()
      expect(toni.take()).toEqual(['Nobody is banned from chat.'])
    },
  )

  test('one of psyced who is kicked is told so, and why there is no way back', () => {
    const { network, toni, tess } = visit(owned)
    tess.take()
    toni.execute(ROOM, 'kick tess')
    network.settle()
    expect(tess.take()).toEqual(['tess is banned from chat.'])
    tess.join(ROOM)
    network.settle()
    expect(tess.take()).toEqual(['You are banned from chat.'])
  })

  test('a stranger hears that only members may', () => {
    const { network, toni, tess } = visit(owned)
    tess.part(ROOM)
    network.settle()
    tess.take()
    tess.execute(ROOM, 'kick toni')
    tess.request(ROOM, '_request_members')
    network.settle()
    const refusal = 'You need to enter chat first.'
    expect([tess.take(), toni.contexts.has(ROOM)]).toEqual([[refusal, refusal], true])
  })

  test('what the place does not provide at all', () => {
    const { network, toni } = visit()
    toni.take()
    toni.request(ROOM, '_request_fireworks')
    network.settle()
    expect(toni.take()).toEqual(['chat does not provide _request_fireworks.'])
  })

  test('who is not there cannot be kicked', () => {
    const { network, toni } = visit(owned)
    toni.take()
    toni.execute(ROOM, 'kick nobody')
    network.settle()
    expect(toni.take()).toEqual(['There is no nobody in chat.'])
  })

  test('a command that no place knows is answered once', () => {
    const { network, toni } = visit()
    toni.take()
    toni.execute(ROOM, 'voodoo ann')
    network.settle()
    expect(toni.take()).toEqual(['chat knows no command of that name.'])
  })
})
