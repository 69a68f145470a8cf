/** `rtmpsyc probe` against a node in this process, and against all that may answer in its place. */
import type { Socket } from 'node:net'
import { Report, printable } from '../../src/cli/probe-report.js'
import { parseTarget } from '../../src/cli/probe-url.js'
import { ServerHandshake } from '../../src/rtmp/wire/handshake.js'
import { configOf } from '../../src/server/config.js'
import { Gateway } from '../../src/server/gateway.js'
import type { Ports } from '../../src/server/gateway.js'
import { silentLog } from '../../src/util/log.js'
import { certificateFiles } from '../support/certificate.js'
import { freePort, listen, listenTls, relay } from '../support/cli-peers.js'
import type { PeerServer } from '../support/cli-peers.js'
import { TextSink, runProbe } from '../support/cli-run.js'
import { testCrypto } from '../support/rtmp-crypto.js'

/** Seconds to wait where nothing comes: long enough for all that does come on a busy machine. */
const SOON = '1'

let gateway: Gateway
let ports: Ports
const servers: PeerServer[] = []

beforeAll(async () => {
  const config = configOf({ apps: { strict: true, chat: {} } }, { rtmpPort: 0, httpPort: 0, psycPort: 0 })
  const folders = { modules: '', examples: '' }
  gateway = new Gateway({ config, log: silentLog, version: '1.2.3', folders })
  ports = await gateway.start()
})

afterAll(() => gateway.stop())

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function peer(serve: (socket: Socket) => void): Promise<number> {
  const server = await listen(serve)
  servers.push(server)
  return server.port
}

const silent = (): void => undefined
const ignoring =
  (answer: string | Uint8Array) =>
  (socket: Socket): void => {
    socket.resume()
    socket.once('data', () => socket.write(answer))
  }

test.each([
  ['says nothing', silent],
  ['begins an answer', ignoring('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nx')],
])('a server of RTMPT that %s is let go: the program can end', async (_what, serve) => {
  let closed: Promise<unknown> = Promise.resolve()
  const port = await peer((socket) => {
    closed = new Promise((resolve) => socket.once('close', resolve))
    socket.resume()
    serve(socket)
  })
  const { exit, stdout } = await runProbe(`rtmpt://127.0.0.1:${port}/chat`, '--timeout', SOON)
  expect([exit, stdout]).toEqual([1, expect.stringContaining('FAIL')])
  await closed
})

describe('rtmp', () => {
  test('a server that takes everything', async () => {
    const url = `rtmp://localhost:${ports.rtmp}/chat/lobby?token=1`
    const { exit, stdout } = await runProbe(url, '--user', 'alice', '--amf3')
    expect(stdout).toMatch(/^ok N ms resolve localhost is .*127\.0\.0\.1/)
    expect(stdout).toContain(`ok N ms connect TCP to 127.0.0.1 port ${ports.rtmp}\n`)
    expect(stdout.slice(stdout.indexOf('ok N ms handshake'))).toBe(
      [
        'ok N ms handshake S0 version 3, simple, S2 repeats our C1',
        'ok N ms connect accepted: NetConnection.Connect.Success',
        ' level: "status"',
        ' description: "Connection succeeded."',
        ' objectEncoding: 3',
        ' data: { version: "3,5,7,7009" }',
        ' nick: "alice"',
        ` uniform: "psyc://localhost:${ports.psyc}/~alice"`,
        '-- announced acknowledgement window 262144 bytes',
        ' peer bandwidth 2500000 bytes, dynamic',
        ' chunk size 4096 bytes',
        'ok N ms stream createStream gave stream 1',
        '-- heard the server called onBWDone, setClientID, userList',
        'ok N ms close closed by both sides',
        '',
      ].join('\n'),
    )
    expect(exit).toBe(0)
  })

  test('an application that does not let us in', async () => {
    const { exit, stdout } = await runProbe(`rtmp://127.0.0.1:${ports.rtmp}/nowhere`)
    expect(stdout).toContain('FAIL N ms connect refused: NetConnection.Connect.InvalidApp\n')
    expect(stdout).toContain(' level: "error"\n description: ')
    expect(stdout).toContain('→ there is no such application: check the path of the URL\n')
    expect(exit).toBe(1)
  })

  test('nobody there', async () => {
    const port = await freePort()
    const { exit, stdout } = await runProbe(`rtmp://127.0.0.1:${port}/chat`)
    expect([exit, stdout]).toEqual([
      1,
      `FAIL N ms connect TCP to 127.0.0.1 port ${port}: refused (ECONNREFUSED)\n` +
        ' → nothing listens there: is the server running, on this address and port?\n',
    ])
  })

  test('one who says nothing', async () => {
    const { exit, stdout } = await runProbe(`rtmp://127.0.0.1:${await peer(silent)}/chat`, '--timeout', SOON)
    expect(stdout).toContain(`FAIL N ms handshake handshake: nothing for ${SOON} s\n →`)
    expect(exit).toBe(1)
  })

  test.each([
    [
      'HTTP/1.1 400 Bad Request\r\n\r\n',
      'an HTTP server answers there',
      '"HTTP/1.1 400 Bad Request\\r\\n\\r\\n"',
    ],
    [Uint8Array.of(0x15, 3, 1, 0, 2, 2, 10), 'the port wants TLS', 'hex 1503010002020a'],
    ['.\n', 'a PSYC node answers there', '".\\n"'],
    ['SSH-2.0-OpenSSH_9.2\r\n', 'an SSH server answers there', '"SSH-2.0'],
    [Uint8Array.of(8), 'RTMPE', 'hex 08'],
    ['\u001b[2J', 'the server breaks the protocol there', 'hex 1b5b324a'],
  ])('one who speaks otherwise: %j', async (answer, advice, shown) => {
    const { exit, stdout } = await runProbe(`rtmp://127.0.0.1:${await peer(ignoring(answer))}/chat`)
    expect(stdout).toContain('FAIL N ms handshake no RTMP: expected version 3, got ')
    expect(stdout).toContain(` its first bytes: ${shown}`)
    expect(stdout).toContain(advice)
    expect(exit).toBe(1)
  })

  test('one who hangs up', async () => {
    const port = await peer((socket) => socket.end())
    const { exit, stdout } = await runProbe(`rtmp://127.0.0.1:${port}/chat`)
    expect(stdout).toMatch(/FAIL N ms handshake (?:the server closed the connection|connection: .*reset)/)
    expect(exit).toBe(1)
  })

  /** A server that says that after the handshake. */
  const afterHandshake =
    (answer: Uint8Array) =>
    (socket: Socket): void => {
      const handshake = new ServerHandshake(testCrypto(), 0)
      let isOver = false
      socket.on('data', (bytes) => {
        if (isOver) return
        const { reply, rest } = handshake.receive(bytes)
        if (reply !== undefined) socket.write(reply)
        if (rest === undefined) return
        isOver = true
        socket.write(answer)
      })
    }

  test.each([
    [
      Uint8Array.of(0xc3),
      'FAIL N ms connect no RTMP: fmt 3 opens chunk stream 3 (offset 0)\n → the server breaks',
    ],
    [
      new Uint8Array(0),
      `FAIL N ms connect connect: nothing for ${SOON} s\n → the application may be starting`,
    ],
  ])('one who only shakes hands, then %j', async (answer, said) => {
    const port = await peer(afterHandshake(answer))
    const { exit, stdout } = await runProbe(`rtmp://127.0.0.1:${port}/chat`, '--timeout', SOON)
    expect(stdout).toContain('ok N ms handshake S0 version 3')
    expect(stdout).toContain(said)
    expect(exit).toBe(1)
  })
})

describe('rtmps', () => {
  test('goes on with a certificate that is not trusted, and says so', async () => {
    const server = await listenTls((socket) => relay(socket, ports.rtmp))
    servers.push(server)
    const { exit, stdout } = await runProbe(`rtmps://localhost:${server.port}/chat`)
    expect(stdout).toMatch(
      /ok N ms tls TLSv1\.3, \w+\n certificate for DNS:localhost, signed by itself\n valid from 2026-11-21 until 2126-10-28\n/,
    )
    expect(stdout).toMatch(/FAIL tls the certificate is not trusted for localhost: \w+\n →/)
    expect(stdout).toContain('accepted: NetConnection.Connect.Success')
    expect(stdout).toContain('close closed by both sides')
    expect(exit).toBe(1)
  })

  test('at a port that speaks none', async () => {
    const port = await peer(ignoring('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const { exit, stdout } = await runProbe(`rtmps://127.0.0.1:${port}/chat`)
    expect(stdout).toMatch(/FAIL N ms tls TLS: .+\n → the port may not speak TLS: try rtmp:\/\//)
    expect(exit).toBe(1)
  })
})

describe('psyc', () => {
  const greeted = [` it calls itself psyc://localhost:PORT/`, ` it calls us psyc://127.0.0.1:-FAR/`]
  const asked = ['ok N ms version This is rtmpsyc/1.2.3.', 'ok N ms ping _echo_ping']

  function plain(stdout: string): string[] {
    const text = stdout.slice(stdout.indexOf(' greeting ')).replace(/:-\d+\//g, ':-FAR/')
    const lines = text.replaceAll(String(ports.psyc), 'PORT').trimEnd().split('\n')
    return lines.filter((line) => !line.startsWith(' psyc://localhost:PORT/@')) // of tests before this one
  }

  test('a node of our kind, and a place', async () => {
    const { exit, stdout } = await runProbe(`psyc://localhost:${ports.psyc}/@chat`)
    expect(plain(stdout)).toEqual([
      ' greeting PSYC 1.0, rtmpsyc/1.2.3',
      ...greeted,
      ...asked,
      expect.stringMatching(/^-- modules _context _state/),
      'ok N ms features list_feature list_item version ping time',
      expect.stringMatching(/^ok N ms places \d+ that anybody may know of$/),
      'ok N ms place _status_description_place',
      ' _nick_place: chat',
      ' _amount_members: 0',
      'ok N ms close the peer closed as asked',
      expect.stringMatching(/^ok N ms PSYC 0\.9 spoken too, modules _context/),
      expect.stringMatching(/^-- TLS no: TLS: /),
      expect.stringMatching(/^-- _encrypt /),
    ])
    expect(exit).toBe(0)
  })

  test('by another name than its own', async () => {
    const { exit, stdout } = await runProbe(`psyc://127.0.0.1:${ports.psyc}`)
    expect(stdout).toContain(`-- name asked as psyc://localhost:${ports.psyc}/, which is its own name`)
    expect(exit).toBe(0)
  })

  test('one who hangs up on 1.0 is greeted in 0.9', async () => {
    const port = await peer((socket) => {
      socket.once('data', (bytes: Buffer) => {
        if (bytes[0] === 0x2e) relay(socket, ports.psyc, [bytes])
        else socket.destroy()
      })
    })
    const { exit, stdout } = await runProbe(`psyc://127.0.0.1:${port}/`)
    expect(stdout).toMatch(/-- greeting PSYC 1\.0 comes to nothing: .+\n trying PSYC 0\.9\nok N ms connect/)
    expect(stdout).toContain('ok N ms greeting PSYC 0.9, rtmpsyc/1.2.3\n')
    for (const line of asked) expect(stdout).toContain(line)
    expect(stdout).toContain('ok N ms close the peer closed as asked')
    expect(exit).toBe(0)
  })

  test.each([
    [
      'silent',
      silent,
      `greeting: nothing for ${SOON} s`,
      `greeting: nothing for ${SOON} s\n → is it a PSYC port?`,
    ],
    [
      'refusing',
      ignoring('|\n\n_error_syntax_initialization\nSpeak up.\n|\n'),
      '_error_syntax_initialization: Speak up.',
      'no PSYC 0.9',
    ],
    ['strange', ignoring('HTTP/1.1 400 Bad Request\r\n'), 'no PSYC 1.0', 'no PSYC 0.9'],
  ])('a %s one', async (_name, serve, modern, legacy) => {
    const { exit, stdout } = await runProbe(`psyc://127.0.0.1:${await peer(serve)}/`, '--timeout', SOON)
    expect(stdout).toContain(`-- greeting PSYC 1.0 comes to nothing: ${modern}`)
    expect(stdout).toContain(`FAIL N ms greeting ${legacy}`)
    expect(exit).toBe(1)
  })

  test('one who greets and answers no more', async () => {
    const { exit, stdout } = await runProbe(
      `psyc://127.0.0.1:${await peer(ignoring('|\n'))}/`,
      '--timeout',
      SOON,
    )
    expect(stdout).toContain('ok N ms greeting PSYC 1.0, without telling who it is\n')
    expect(stdout).toContain(`FAIL N ms version _request_version: nothing for ${SOON} s`)
    expect(exit).toBe(1)
  })

  test('nobody there', async () => {
    const { exit, stdout } = await runProbe(`psyc://127.0.0.1:${await freePort()}/`)
    expect([exit, stdout.includes('ECONNREFUSED')]).toEqual([1, true])
  })
})

describe('psyc, the other ways in', () => {
  const files = certificateFiles()
  let secured: Gateway
  let port: number

  beforeAll(async () => {
    const tls = { cert: files.cert, key: files.key }
    const config = configOf({ tls }, { rtmpPort: 0, httpPort: 0, psycPort: 0 })
    secured = new Gateway({
      config,
      log: silentLog,
      version: '1.2.3',
      folders: { modules: '', examples: '' },
    })
    port = (await secured.start()).psyc
  })

  afterAll(async () => {
    await secured.stop()
    files.remove()
  })

  const facts = [
    ' certificate for DNS:localhost, signed by itself',
    ' valid from 2026-11-21 until 2126-10-28',
    ' the certificate is not trusted for localhost: DEPTH_ZERO_SELF_SIGNED_CERT',
  ]

  test('a node with a certificate: TLS at connect and in a circuit of 0.9, whoever vouches for it', async () => {
    const { exit, stdout } = await runProbe(`psyc://localhost:${port}/`)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.slice(lines.findIndex((line) => line.includes(' close ')) + 1)).toEqual([
      'ok N ms PSYC 0.9 spoken too, modules _context _encrypt',
      expect.stringMatching(RegExp(`^ok N ms TLS TLSv1\\.3, \\w+, from the first byte, on port ${port}$`)),
      ...facts,
      expect.stringMatching(/^ok N ms _encrypt TLSv1\.3, \w+, within a circuit of 0\.9$/),
      ...facts,
    ])
    expect(exit).toBe(0)
  })

  test('by TLS: the certificate counts, and nothing is asked for beyond it', async () => {
    const { exit, stdout } = await runProbe(`psyc://localhost:${port}s/`)
    expect(stdout).toMatch(/ok N ms tls TLSv1\.3, \w+\n certificate for DNS:localhost/)
    expect(stdout).toContain('FAIL tls the certificate is not trusted for localhost: ')
    expect(stdout).toContain('ok N ms greeting PSYC 1.0, rtmpsyc/1.2.3\n')
    expect(stdout).toMatch(/ok N ms PSYC 0\.9 spoken too, modules .*\n$/)
    expect(exit).toBe(1)
  })

  const greeting = '.\n:_source\tpsyc://127.0.0.1/\n\n_notice_circuit_established\n.\n'
  const offer = ':_source\tpsyc://127.0.0.1/\n\n:_understand_modules\t_context;_encrypt\n_status_circuit\n.\n'

  const answers: Readonly<Record<string, string>> = { version: '_status_version', ping: '_echo_ping' }

  /** In 0.9 alone; answers what it is asked, and the wish for TLS as the test says. */
  const legacyServer =
    (modules: string, answer: string) =>
    (socket: Socket): void => {
      let isGreeted = false
      socket.on('data', (bytes: Buffer) => {
        const text = bytes.toString('latin1')
        if (!isGreeted && !text.startsWith('.')) socket.destroy()
        else if (!isGreeted) socket.write(greeting + modules)
        isGreeted = true
        for (const [, tag = '', what = ''] of text.matchAll(/:_tag\t(\w+)\n\n_request_(\w+)/g))
          socket.write(`:_tag_reply\t${tag}\n\n${answers[what] ?? '_failure_unsupported_function'}\n.\n`)
        if (text.includes('_using_modules\t_encrypt')) socket.write(answer)
      })
    }

  test.each([
    ['that offers none', '', '', 'no: not offered'],
    [
      'that refuses it',
      offer,
      '\n_failure_unsupported_module_encrypt\n.\n',
      'no: _failure_unsupported_module',
    ],
    ['that says nothing to it', offer, '', `no: _encrypt: nothing for ${SOON} s`],
    ['that agrees and does something else', offer, '.\nwhat?\n', 'no: TLS: '],
  ])('a server of 0.9 %s', async (_what, modules, answer, said) => {
    const server = await peer(legacyServer(modules, answer))
    const { stdout } = await runProbe(`psyc://127.0.0.1:${server}/`, '--timeout', SOON)
    expect(stdout).toContain('ok N ms greeting PSYC 0.9')
    expect(stdout).toContain(`-- _encrypt ${said}`)
  })
})

describe('the URL', () => {
  test.each([
    ['rtmp://h/a', { host: 'h', port: 1935, isEncrypted: false, app: 'a', tcUrl: 'rtmp://h/a' }],
    [
      'rtmps://[::1]/a/b?c=d',
      { host: '::1', port: 443, isEncrypted: true, app: 'a/b?c=d', tcUrl: 'rtmps://[::1]/a/b' },
    ],
    ['RTMP://h:1/a b'.replace(' ', '%20'), { host: 'h', port: 1, app: 'a%20b' }],
    ['psyc://h', { host: 'h', port: 4404, isEncrypted: false }],
    ['psyc://h:5s/@x', { host: 'h', port: 5, isEncrypted: true }],
    ['psyc://h:s/', { port: 9404, isEncrypted: true }],
  ])('%s', (url, target) => {
    expect(parseTarget(url)).toMatchObject(target)
  })

  test.each([
    [[], 'which URL?'],
    [['rtmp://h/a', 'rtmp://h/b'], 'one URL at a time'],
    [['localhost'], 'expected a URL such as rtmp://localhost/chat'],
    [['rtmpx://h/a'], 'did you mean "rtmp"?'],
    [['gopher://h/'], 'expected one of rtmp, rtmps, rtmpt, rtmpts, rtmpe, rtmpte, psyc, not gopher'],
    [['rtmp://h'], 'the name of the application is missing'],
    [['rtmp://h/?x=1'], 'the name of the application is missing'],
    [['rtmp://u:p@h/a'], 'expected rtmp://host[:port]/app[/instance]'],
    [['rtmp://h:0/a'], 'expected a port from 1 to 65535, not 0'],
    [['psyc://[::1]/'], 'the host must be a name or an IPv4 address'],
    [['psyc://h/@a b'], 'illegal character in the resource'],
    [['psyc://h:4404d/'], 'only circuits over TCP and TLS'],
    [['psyc://h:-4404/'], 'expected a port'],
    [['psyc://h/', '--amf3'], '--user and --amf3 are for rtmp'],
    [['rtmp://h/a', '--timeout', 'soon'], '--timeout: expected seconds'],
    [['rtmp://h/a', '--timeout', '0'], '--timeout: expected seconds'],
    [['rtmp://h/a', '--verbose'], "Unknown option '--verbose'"],
  ])('or options that cannot be read: %j', async (args, said) => {
    const { exit, stdout, stderr } = await runProbe(...args)
    expect([exit, stdout]).toEqual([64, ''])
    expect(stderr).toContain(said)
    expect(stderr).toContain('Usage: rtmpsyc probe URL')
  })
})

describe('the report', () => {
  test('lets nobody steer the terminal', () => {
    expect(printable('a\u001b[2J\u0007\u009b\u202eb\n')).toBe('a\\u{1b}[2J\\u{7}\\u{9b}\\u{202e}b\\u{a}')
    expect(printable('ä€𝄞')).toBe('ä€𝄞')
  })

  test('is bounded', () => {
    const output = new TextSink()
    new Report(output, () => 0).note('x', ['y'.repeat(5_000), ...Array.from({ length: 100 }, String)])
    const lines = output.text.split('\n')
    expect([lines.length, lines[0]!.length < 1_100, lines[41]!.trim()]).toEqual([43, true, '… and 60 more'])
  })
})
