/**
 * One connection by npm's rtmp-client, with one shared object: what is wanted comes as lines of standard input, what
 * happens goes out as lines of JSON.
 *
 *   node --import tsx object.ts URL [ARGUMENT...]    ARGUMENTs are JSON
 *
 *   use NAME · set SLOT JSON · delete SLOT · clear · dump · call NAME [JSON...] · quit        a tab between the words
 *
 *   {"status": info} · {"sync": changes} · {"object": info} · {"data": slots} · {"answer": value} or {"error": info} ·
 *   {"called": [name, ...arguments]}
 */
import { createInterface } from 'node:readline'
import { NetConnection, SharedObject } from 'rtmp-client'

/** What the server may call. */
const methods = ['onGreet', 'onHit', 'receiveMessage', 'receivePrivate', 'userJoined', 'userLeft', 'userList']

const say = (event: unknown): boolean => process.stdout.write(`${JSON.stringify(event)}\n`)

const [url = '', ...args] = process.argv.slice(2)
const connection = new NetConnection()
connection.onStatus = (info) => say({ status: info })
for (const name of methods) {
  const method = (...values: readonly unknown[]): string => {
    say({ called: [name, ...values] })
    return `${name} heard`
  }
  Object.assign(connection, { [name]: method })
}
connection.connect(url, ...args.map((text): unknown => JSON.parse(text)))

let object: SharedObject | undefined

const actions: Readonly<Record<string, (...words: string[]) => void>> = {
  use: (name = '') => {
    object = SharedObject.get(name, false, connection)
    object.onStatus = (info) => say({ object: info })
    object.onSync = (changes) => say({ sync: changes })
  },
  set: (slot = '', json = 'null') => object?.setProperty(slot, JSON.parse(json)),
  delete: (slot = '') => object?.setProperty(slot, null),
  clear: () => object?.clear(),
  dump: () =>
    say({
      data: Object.fromEntries(
        object?.getPropertyNames().map((slot) => [slot, object?.getProperty(slot)]) ?? [],
      ),
    }),
  call: (name = '', ...json) => {
    const responder = {
      onResult: (value: unknown) => say({ answer: value ?? null }),
      onStatus: (info: unknown) => say({ error: info }),
    }
    void connection.call(name, responder, ...json.map((text): unknown => JSON.parse(text)))
  },
  quit: () => connection.close(),
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [action = '', ...words] = line.split('\t')
    actions[action]?.(...words)
  })
  .on('close', () => connection.close())
