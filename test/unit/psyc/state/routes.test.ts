/** Who hears of what concerns the trees of a node [design 5]. */
import { Routes } from '../../../../src/psyc/state/routes.js'
import type { RouteEnd } from '../../../../src/psyc/state/route-node.js'
import { parseUniform } from '../../../../src/psyc/wire/uniform.js'

class End implements RouteEnd {
  readonly context
  readonly lostKeys: string[] = []

  constructor(context: string) {
    this.context = parseUniform(context)
  }

  concerns(rootKey: string): boolean {
    return rootKey === this.context.channel
  }

  lost(rootKey: string): void {
    this.lostKeys.push(rootKey)
  }
}

test('circuits that end, or are not used, concern the contexts that they carry', () => {
  let isNeeded: (rootKey: string) => boolean = () => false
  const listeners: ((rootKey: string) => void)[] = []
  const listen = (listener: (rootKey: string) => void) => {
    listeners.push(listener)
    return () => undefined
  }
  const peers = {
    onPeerLost: (listener: (key: string, isClient: boolean) => void) => listen((key) => listener(key, false)),
    onStreamsLost: listen,
    keepStreams: (asked: (rootKey: string) => boolean) => {
      isNeeded = asked
      return () => undefined
    },
  }
  const routes = new Routes(peers, (key) => key.includes('#_stream_'))
  const stream = new End('psyc://m.example/@live#_stream_cam')
  const object = new End('psyc://m.example/@live#_so_users')
  const gone = new End('psyc://m.example/@live#_stream_old')
  for (const end of [stream, object, gone]) routes.add(end)
  routes.remove(gone)
  listeners[0]?.('talk')
  listeners[1]?.('streams')
  expect(['_stream_cam', '_so_users', '_stream_old'].map((key) => isNeeded(key))).toEqual([
    true,
    false,
    false,
  ])
  expect([stream.lostKeys, object.lostKeys, gone.lostKeys]).toEqual([['streams'], ['talk'], []])
})
