/** Streams that the home fetches when they are played, wherever that is [design 5]. The fetching relay is played by hand. */
import type { Stream } from '../../src/media/hub.js'
import { Camera, Viewer, range, threeNodes } from '../support/stream-network.js'
import type { Three } from '../support/stream-network.js'
import type { TestWorld } from '../support/world.js'

const FETCHED = { relay: [{ pull: 'rtmp://elsewhere.example/live/*', to: 'live/*' }] }

/** What relays of that node would be told. */
function demandAt(world: TestWorld): string[] {
  const heard: string[] = []
  const note =
    (what: string) =>
    ({ address }: Stream): void =>
      void heard.push(`${what} ${address.name}`)
  world.world.hub.watch({ wanted: note('wanted'), unwanted: note('unwanted') })
  return heard
}

function enters({ network }: Three, from: TestWorld): number {
  return network
    .between('a.example', 'b.example')
    .reduce((sum, line) => sum + line.count(from, '_request_context_enter'), 0)
}

test('who plays at another node wakes the relay of the home, and gets all from the first frame on', () => {
  const { network, a, b, c } = threeNodes({}, FETCHED)
  const demand = demandAt(a)
  const viewers = [new Viewer(b, 'Cam 1'), new Viewer(c, 'Cam 1')]
  network.wait(50)
  expect(demand).toEqual(['wanted Cam 1'])
  const camera = new Camera(a, 'Cam 1').begin()
  camera.groups(2)
  network.wait(100)
  for (const viewer of viewers) expect(viewer.frames()).toEqual(range(0, camera.sent))
  expect([...a.errors, ...b.errors, ...c.errors]).toEqual([])
})

test('it is wanted as long as they stay, with and without a publisher, and no longer', () => {
  const { network, a, b } = threeNodes({}, FETCHED)
  const demand = demandAt(a)
  const viewer = new Viewer(b)
  const camera = new Camera(a).begin()
  camera.groups(1)
  network.wait(100)
  camera.stop()
  network.wait(60_000)
  expect(demand.at(-1)).toBe('wanted cam')
  camera.client.publish('cam', 'live', camera.id)
  camera.begin().groups(1)
  network.wait(100)
  expect(viewer.frames()).toEqual(range(0, camera.sent))
  viewer.client.close()
  network.wait(60_000)
  expect(demand.at(-1)).toBe('unwanted cam')
  camera.stop()
  camera.client.close()
  network.wait(60_000)
  expect([a.world.hub.size, a.world.streams.publishedCount]).toEqual([0, 0])
})

test('somebody who publishes it elsewhere is played instead', () => {
  const { network, a, b, c } = threeNodes({}, FETCHED)
  const demand = demandAt(a)
  const viewer = new Viewer(b)
  network.wait(50)
  const camera = new Camera(c).begin()
  camera.groups(1)
  network.wait(60_000)
  expect(viewer.frames()).toEqual(range(0, camera.sent))
  expect(demand).toEqual(['wanted cam', 'unwanted cam'])
  expect(a.world.streams.publishedCount).toBe(0)
})

test('a home that does not fetch it says so, and is asked less and less', () => {
  const three = threeNodes()
  const { network, a, b } = three
  const viewer = new Viewer(b)
  network.wait(10_000)
  const asked = enters(three, b)
  expect(asked).toBeLessThan(8)
  network.wait(300_000)
  expect(enters(three, b) - asked).toBeLessThan(10)
  expect(a.world.hub.size).toBe(0)
  new Camera(a).begin().groups(1)
  network.wait(100)
  expect(viewer.frames()).toEqual(range(0, 10))
})

test('relayStreams: other nodes want no more of them at a time', () => {
  const { network, a, b } = threeNodes({}, { ...FETCHED, limits: { relayStreams: 3 } })
  const demand = demandAt(a)
  const viewers = range(0, 5).map((number) => new Viewer(b, `cam${number}`))
  network.wait(50)
  expect(demand).toHaveLength(3)
  for (const viewer of viewers) viewer.client.close()
  network.wait(60_000)
  expect(a.world.streams.publishedCount).toBe(0)
  new Viewer(b, 'cam9')
  network.wait(50)
  expect(demand.at(-1)).toBe('wanted cam9')
})
