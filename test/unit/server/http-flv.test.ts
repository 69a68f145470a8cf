/** What is left when a player goes at the worst moment. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { HttpFlv } from '../../../src/server/http-flv.js'
import { ReadRests } from '../../../src/server/read-rests.js'
import { Unfinished } from '../../../src/server/unfinished.js'
import { openAccess } from '../../../src/translate/access.js'
import { defaultLimits as limits } from '../../../src/util/limits.js'
import { silentLog as log } from '../../../src/util/log.js'
import { HubLab } from '../../support/hub-lab.js'

test('a player that goes while it waits for its turn on the connection leaves nothing behind', async () => {
  const { hub, time } = new HubLab()
  const { timers } = time
  const http = new HttpFlv({
    ...{ hub, timers, limits, log, access: openAccess, root: 'psyc://gw.example/', origins: [] },
    unfinished: new Unfinished(timers, limits),
    rests: new ReadRests(timers),
    app: () => ({}),
  })
  const socket = new Socket()
  const request = new IncomingMessage(socket)
  Object.assign(request, { method: 'GET', url: '/live/cam.flv' })
  const response = new ServerResponse(request)
  const before = timers.size
  await http.route(request, response, '/live/cam.flv', () => {
    socket.destroy()
    response.emit('close')
    return Promise.resolve(socket)
  })
  expect([hub.size, timers.size - before]).toEqual([0, 0])
})
