/** The double of psyced against what a running psyced has sent: the same bytes in, the same packets out. */
import { PsycedDouble } from '../support/psyced-double.js'
import type { DoubleCircuit } from '../support/psyced-double.js'
import { normal, transcript } from '../support/psyced-transcript.js'
import type { Step } from '../support/psyced-transcript.js'

interface Replay {
  readonly file: string
  /** Of the connections in the file, by label. */
  readonly labels: RegExp
  /** What people at psyced do when a peer's bytes hold the text, or before the first step. */
  readonly acts?: readonly (readonly [string, (double: PsycedDouble) => void])[]
  /** Steps from that text on are of another kind. */
  readonly until?: string
  readonly tags?: readonly string[]
  /** The root that greeted, where the file leaves that out too. */
  readonly greeted?: string
  /** Connections that psyced opens itself. */
  readonly called?: Readonly<Record<string, string>>
}

const replays: readonly Replay[] = [
  { file: '02-server-peer-place.txt', labels: /^gw$/ },
  {
    file: '03-errors-limits-09.txt',
    labels:
      /^(bad-|garbage|empty-method|length-var|data-|unknown-(place-name|person|service)|new-place|relative|unknown-method-to-root|circuit-shutdown)/,
  },
  {
    file: '04-multicast-two-servers-one-local-client.txt',
    labels: /^gw[AB]$/,
    acts: [
      ['join arena2', (double) => double.user('dora').join('arena2')],
      ['hi from dora', (double) => saysFromClient(double)],
    ],
    until: 'dora flash',
  },
  {
    file: '07-psyced-connects-to-gateway.txt',
    labels: /^gw-listen/,
    called: { 'gw-listen/in0': 'psyc://gw:4491/' },
    tags: ['681c35955df2600', '54ade9f148f7b800'],
    acts: [
      [
        'tell psyc://gw:4491/~ann',
        (double) => double.user('erik').tell('psyc://gw:4491/~ann', 'hello over there'),
      ],
      ['join psyc://gw:4491/@gw', (double) => double.user('erik').join('psyc://gw:4491/@gw')],
      ['say hi from erik', (double) => double.user('erik').execute('psyc://gw:4491/@gw', 'say hi from erik')],
      ['\npart\n', (double) => double.user('erik').part('psyc://gw:4491/@gw')],
    ],
  },
  {
    file: '17-telnet-user-and-gateway-room.txt',
    labels: /^gw$/,
    greeted: 'psyc://gw:4468/',
    tags: ['375662d149690000', '25b701701515c400'],
    acts: [
      ['/join tele3', (double) => double.user('toni').join('tele3')],
      ['hi from telnet', (double) => double.user('toni').say('tele3', 'hi from telnet')],
      ['/join psyc://gw:4468/@gwroom', (double) => double.user('toni').join('psyc://gw:4468/@gwroom')],
      [
        'hello gwroom',
        (double) => double.user('toni').say('psyc://gw:4468/@gwroom', 'hello gwroom from telnet'),
      ],
      ['/part', (double) => double.user('toni').part('psyc://gw:4468/@gwroom')],
      ['/quit', (double) => double.user('toni').quit()],
    ],
  },
]

/** As we greet: at last without the slash. */
function hello(root: string): string {
  const plain = root.replace(/\/$/, '')
  return `:_source\t${root}\n\n_notice_circuit_established\n.\n:_source\t${plain}\n\n_status_circuit\n.\n`
}

/** A linked client says where it is; telnet has no such place. */
function saysFromClient(double: PsycedDouble): void {
  const { uniform, nick } = double.user('dora')
  const location = { _location: 'psyc://localhost:-58742/' }
  double.place('arena2', 'arena2').say(uniform, nick, 'hi from dora', location)
}

const hosts = new Set(['gw', 'other', '127.0.0.1', 'localhost'])

class Stage {
  readonly double: PsycedDouble
  private readonly circuits = new Map<string, DoubleCircuit>()
  private readonly sent = new Map<string, string>()
  private port = 30_000

  constructor(readonly replay: Replay) {
    this.double = new PsycedDouble({
      resolve: (host) => (hosts.has(host) ? ['127.0.0.1'] : []),
      isTrusting: true,
      ...(replay.tags && { tags: replay.tags }),
    })
  }

  /** @param greets the transcript leaves the greeting out */
  private circuit(label: string, greets: boolean): DoubleCircuit {
    const known = this.circuits.get(label)
    if (known !== undefined) return known
    const circuit = this.double.accept({
      address: '127.0.0.1',
      port: this.port++,
      write: (bytes) => this.sent.set(label, (this.sent.get(label) ?? '') + bytes),
      close: () => undefined,
    })
    this.circuits.set(label, circuit)
    const called = this.replay.called?.[label]
    if (called !== undefined) {
      circuit.call('psyc://127.0.0.1:4491/', called)
      circuit.receive('.\n')
    } else if (greets) {
      circuit.receive('.\n')
      const { greeted } = this.replay
      if (greeted !== undefined) circuit.receive(hello(greeted))
      this.sent.delete(label)
    }
    return circuit
  }

  peer({ label, bytes }: Step): void {
    if (!this.replay.labels.test(label)) {
      for (const [text, act] of this.replay.acts ?? []) if (bytes.includes(text)) act(this.double)
      return
    }
    const isHello = bytes === '.\n' || /^[A-Z]/.test(bytes)
    const isCalled = this.replay.called?.[label] !== undefined
    const circuit = this.circuit(label, !isHello)
    if (!(isCalled && bytes === '.\n')) circuit.receive(bytes)
    for (const root of Object.values(this.replay.called ?? {})) this.double.releaseQueued(root)
  }

  take(): Record<string, string[]> {
    const heard = Object.fromEntries([...this.sent].map(([label, bytes]) => [label, normal(bytes)]))
    this.sent.clear()
    return heard
  }
}

/** What psyced sent after each thing that a peer sent. */
function expected(steps: readonly Step[], labels: RegExp): Record<string, string[]> {
  const heard: Record<string, string> = {}
  for (const { label, bytes } of steps.filter((step) => labels.test(step.label)))
    heard[label] = (heard[label] ?? '') + bytes
  return Object.fromEntries(Object.entries(heard).map(([label, bytes]) => [label, normal(bytes)]))
}

test.each(replays)('$file', (replay) => {
  const all = transcript(replay.file)
  const end = all.findIndex(({ bytes }) => replay.until !== undefined && bytes.includes(replay.until))
  const steps = end < 0 ? all : all.slice(0, end)
  const stage = new Stage(replay)
  let compared = 0
  for (let at = 0; at < steps.length; at++) {
    const step = steps[at]
    if (step?.from !== 'peer') continue
    const next = steps.findIndex(({ from }, index) => index > at && from === 'peer')
    const answers = steps.slice(at + 1, next < 0 ? undefined : next)
    stage.peer(step)
    const heard = stage.take()
    expect({ after: step.bytes, heard }).toEqual({
      after: step.bytes,
      heard: expected(answers, replay.labels),
    })
    compared += answers.length
  }
  expect(compared).toBeGreaterThan(5)
})
