/** TLS between nodes, over real sockets: at connect, upon a circuit of 0.9 in both roles, and whose certificate counts. */
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { TLSSocket, connect as connectTls, createSecureContext } from 'node:tls'
import type { World } from '../../src/server/world.js'
import type { ConfigSource } from '../../src/server/config.js'
import { cert, certificateFiles, key } from '../support/certificate.js'
import { RawClient, startGateway } from '../support/gateway.js'
import type { TestGateway } from '../support/gateway.js'

const files = certificateFiles()
const running: TestGateway[] = []
const tls = { cert: files.cert, key: files.key }
const wantsTls = ':_using_modules\t_encrypt\n.\n'

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ gateway }) => gateway.stop()))
})
afterAll(() => files.remove())

async function node(config: ConfigSource): Promise<TestGateway> {
  const made = await startGateway(config)
  running.push(made)
  return made
}

function circuitsOf({ gateway }: TestGateway): World['node']['circuits'] {
  return (gateway as unknown as { world: World }).world.node.circuits
}

/** A PSYC client of that node which is linked. */
async function client(
  { ports }: TestGateway,
  nick: string,
  host = 'localhost',
  address = '127.0.0.1',
): Promise<RawClient> {
  const made = new RawClient(ports.psyc, address)
  const root = `psyc://${host}:${ports.psyc}/`
  made.write(`|\n:_target\t${root}~${nick}\n:_tag\tl\n\n_request_link\n|\n`)
  await made.until((text) => text.includes('_notice_link'))
  return made
}

function say(from: RawClient, target: string, text: string): void {
  from.write(`:_target\t${target}\n:_tag\tm\n\n_message_private\n${text}\n|\n`)
}

test('a node is reached by its plain name and by its TLS name, and answers', async () => {
  const b = await node({ tls })
  const a = await node({ bind: '127.0.0.2', host: '127.0.0.2', psyc: { ca: files.cert } })
  const ann = await client(a, 'ann', '127.0.0.2', '127.0.0.2')
  const bob = await client(b, 'bob')
  say(ann, `psyc://localhost:${b.ports.psyc}/~bob`, 'in the clear')
  await bob.until((text) => text.includes('in the clear'))
  say(ann, `psyc://localhost:${b.ports.psyc}s/~bob`, 'by TLS')
  await bob.until((text) => text.includes('by TLS'))
  const nodes = circuitsOf(b).filter(({ root }) => root !== undefined)
  expect(nodes.map(({ peer }) => peer.isEncrypted)).toEqual([false, true])
  expect(nodes.map(({ root }) => root?.text)).toEqual(Array(2).fill(`psyc://127.0.0.2:${a.ports.psyc}/`))
  say(bob, `psyc://127.0.0.2:${a.ports.psyc}/~ann`, 'and back')
  await ann.until((text) => text.includes('and back'))
})

test('a certificate that nobody vouches for: not reached, the sender and the log hear why', async () => {
  const b = await node({ tls })
  const a = await node({ bind: '127.0.0.2', host: '127.0.0.2' })
  const ann = await client(a, 'ann', '127.0.0.2', '127.0.0.2')
  say(ann, `psyc://localhost:${b.ports.psyc}s/~bob`, 'hello')
  await ann.until((text) => text.includes('_failure_unsuccessful_delivery_invalid_certificate'))
  expect(
    a.logged.filter(({ message }) => message === 'the certificate of a node is not valid'),
  ).toMatchObject([{ fields: { host: 'localhost', problem: 'DEPTH_ZERO_SELF_SIGNED_CERT' } }])
})

test('a certificate for another host is not valid either', async () => {
  const b = await node({ tls })
  const a = await node({ bind: '127.0.0.2', host: '127.0.0.2', psyc: { ca: files.cert } })
  const ann = await client(a, 'ann', '127.0.0.2', '127.0.0.2')
  say(ann, `psyc://127.0.0.1:${b.ports.psyc}s/~bob`, 'hello')
  await ann.until((text) => text.includes('_failure_unsuccessful_delivery_invalid_certificate'))
})

test('dialConnectMs: a peer that accepts the connection and never speaks TLS is given up', async () => {
  const silent = createServer()
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', () => resolve()))
  const { port } = silent.address() as AddressInfo
  const closed = new Promise<void>((resolve) => {
    silent.on('connection', (socket) => socket.resume().once('close', () => resolve()))
  })
  const a = await node({ limits: { dialConnectMs: 50, dialWaitMs: 100 } })
  const ann = await client(a, 'ann')
  say(ann, `psyc://localhost:${port}s/~bob`, 'hello')
  await ann.until((text) => text.includes('_failure_unsuccessful_delivery_timeout_connect'))
  await closed
  silent.close()
})

test('who is certified shows it when it calls, and needs no look-up', async () => {
  const b = await node({ tls, psyc: { ca: files.cert } })
  const a = await node({ tls, psyc: { ca: files.cert, tls: 'require' } })
  const [ann, bob] = [await client(a, 'ann'), await client(b, 'bob')]
  say(ann, `psyc://localhost:${b.ports.psyc}/~bob`, 'hello')
  await bob.until((text) => text.includes('hello'))
  const [circuit] = circuitsOf(b).filter(({ root }) => root !== undefined)
  expect(circuit?.peer).toMatchObject({ isEncrypted: true, certifiedHosts: ['localhost'] })
  expect(circuit?.root?.text).toBe(`psyc://localhost:${a.ports.psyc}/`)
})

describe('upon a circuit of 0.9', () => {
  test('a caller may ask for it, and the circuit goes on', async () => {
    const b = await node({ tls })
    const plain = new RawClient(b.ports.psyc).write('.\n')
    expect(await plain.until((text) => text.includes('_status_circuit'))).toContain('_context;_encrypt')
    plain.write('\n:_x\t1\n_request_ping\n.\n')
    await plain.until((text) => text.includes('_echo_ping'))
    plain.write(wantsTls)
    await plain.until((text) => text.includes('_using_modules\t_encrypt'))
    plain.socket.removeAllListeners('data')
    const secure = new RawClient(connectTls({ socket: plain.socket, ca: cert, servername: 'localhost' }))
    secure.write('\n_request_version\n.\n')
    await secure.until((text) => text.includes('_status_version'))
    secure.end()
  })

  test('we ask who offers it, and prove who he is', async () => {
    const psyced = await fakePsyced()
    const a = await node({ bind: '127.0.0.2', host: '127.0.0.2', psyc: { ca: files.cert } })
    const ann = await client(a, 'ann', '127.0.0.2', '127.0.0.2')
    say(ann, `psyc://localhost:${psyced.port}/~bob`, 'hello over TLS')
    expect(await psyced.encrypted).toContain('hello over TLS')
    expect(circuitsOf(a).find(({ isOurs }) => isOurs)?.peer).toMatchObject({
      isEncrypted: true,
      certifiedHosts: ['localhost'],
    })
    psyced.close()
  })
})

/** Speaks 0.9 alone, offers TLS, and tells what came when it was encrypted. */
async function fakePsyced(): Promise<{ port: number; encrypted: Promise<string>; close(): void }> {
  let tell: (text: string) => void
  const encrypted = new Promise<string>((resolve) => (tell = resolve))
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes.toString()
      if (text.startsWith('|')) socket.end('.\n\n_error_syntax_initialization\n.\n')
      else if (text === '') return
      else if (text.includes(wantsTls)) {
        socket.removeAllListeners('data')
        socket.write(wantsTls)
        const secureContext = createSecureContext({ cert, key })
        const secure = new TLSSocket(socket, { isServer: true, secureContext })
        secure.on('error', () => undefined)
        let secret = ''
        secure.on('data', (more: Buffer) => {
          secret += more.toString()
          if (secret.endsWith('\n.\n')) tell(secret)
        })
      } else if (!socket.writableEnded && text.endsWith('_status_circuit\n.\n')) greet(socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  const greet = (socket: Socket): void => {
    const source = `:_source\tpsyc://localhost:${port}/\n`
    socket.write(
      `.\n${source}\n_notice_circuit_established\n.\n${source}\n:_understand_modules\t_context;_encrypt\n_status_circuit\n.\n`,
    )
  }
  return {
    port,
    encrypted,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
