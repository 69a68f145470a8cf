/** npm's rtmp-client, two processes on one object: use, set, delete, clear. */
import { ObjectClient } from './support/clients.js'
import { stopPrograms } from './support/program.js'
import { startServer } from './support/server.js'
import type { Server } from './support/server.js'

jest.setTimeout(60_000)

let server: Server
let anna: ObjectClient
let bert: ObjectClient

beforeAll(async () => {
  server = await startServer()
  const url = server.rtmpUrl('plain/objects')
  ;[anna, bert] = await Promise.all([ObjectClient.connect(url, 'anna'), ObjectClient.connect(url, 'bert')])
})

afterAll(async () => {
  await stopPrograms()
  await server.stop()
})

async function use(client: ObjectClient, name: string): Promise<void> {
  const since = client.now
  client.write('use', name)
  await client.heard(({ object }) => object?.code === 'SharedObject.Proxy.Connect', since)
}

it('is let in, to an empty object', async () => {
  await Promise.all([use(anna, 'ball'), use(bert, 'ball')])
  expect(await anna.data()).toEqual({})
  expect(await bert.data()).toEqual({})
})

it.each([
  ['a number', '4.5', 4.5],
  ['text', '"grüße, Anna"', 'grüße, Anna'],
  ['a boolean', 'true', true],
  ['an object', '{"b":[1,"two",{"c":null}],"a":-1}', { b: [1, 'two', { c: null }], a: -1 }],
])('carries %s from one to the other, and confirms it to the writer', async (_title, json, value) => {
  const [annaNow, bertNow] = [anna.now, bert.now]
  anna.write('set', 'x', json)
  await bert.synced('change', 'x', value, bertNow)
  await anna.synced('success', 'x', value, annaNow)
})

it('carries changes both ways', async () => {
  bert.write('set', 'y', '9')
  await anna.synced('change', 'y', 9)
  await bert.synced('success', 'y', 9)
})

it('gives a late-comer everything', async () => {
  const carl = await ObjectClient.connect(server.rtmpUrl('plain/objects'), 'carl')
  await use(carl, 'ball')
  await carl.synced('change', 'y', 9)
  expect(await carl.data()).toEqual(await anna.data())
  await carl.close()
})

it('deletes a slot for both', async () => {
  anna.write('delete', 'y')
  await Promise.all([bert.synced('delete', 'y'), anna.synced('delete', 'y')])
  expect(Object.keys(await bert.data())).toEqual(['x'])
})

it('clears for both', async () => {
  const [annaNow, bertNow] = [anna.now, bert.now]
  bert.write('clear')
  await Promise.all([
    anna.synced('clear', undefined, undefined, annaNow),
    bert.synced('clear', undefined, undefined, bertNow),
  ])
  expect(await anna.data()).toEqual({})
  expect(await bert.data()).toEqual({})
})

it('ends equal after both write the same slots at once', async () => {
  for (let round = 0; round < 50; round++) {
    anna.write('set', `s${round % 3}`, String(round))
    bert.write('set', `s${round % 3}`, String(-round))
  }
  const [annaNow, bertNow] = [anna.now, bert.now]
  anna.write('set', 'last', '1')
  await bert.synced('change', 'last', 1, bertNow)
  bert.write('set', 'last', '2')
  await anna.synced('change', 'last', 2, annaNow)
  await anna.call('echo', 0) // whatever was on its way to her has come
  await bert.call('echo', 0)
  expect(await anna.data()).toEqual(await bert.data())
})
