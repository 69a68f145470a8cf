/** `probe psyc://…`: greet, version, ping, the place if one is named, and a polite end. Enters nothing, says nothing. */
import { legacy, modern } from '../psyc/session/syntax.js'
import type { Syntax } from '../psyc/session/syntax.js'
import type { Packet } from '../psyc/wire/packet.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import { displayText } from '../translate/text.js'
import { openSocket, resolveHost } from './probe-connection.js'
import { ProbeCircuit } from './probe-psyc-circuit.js'
import type { Report, Told } from './probe-report.js'
import type { PsycTarget } from './probe-url.js'
import { variableLines } from './probe-values.js'

/** A peer that says nothing in answer to 1.0 for so long is spoken to in 0.9 [design 3]. */
const PATIENCE_MS = 5_000
const CLOSE_GRACE_MS = 2_000

interface Greeted {
  readonly circuit: ProbeCircuit
  readonly greeting: Packet | undefined
}

/** @throws ProbeFailure  printed already */
export async function probePsyc(report: Report, target: PsycTarget, timeoutMs: number): Promise<void> {
  const addresses = await resolveHost(report, target.host, timeoutMs)
  const open = async (syntax: Syntax): Promise<ProbeCircuit> =>
    new ProbeCircuit(await openSocket(report, target, addresses, timeoutMs), syntax, timeoutMs)
  const { circuit, greeting } = await greet(report, open, Math.min(PATIENCE_MS, timeoutMs))
  try {
    await converse(report, circuit, rootOf(report, target, greeting), target.uniform.resource)
    await report.step(
      'close',
      () => circuit.shutDown(Math.min(CLOSE_GRACE_MS, timeoutMs)),
      (isClosed) => (isClosed ? 'the peer closed as asked' : 'closed by us; the peer does not when asked'),
    )
  } finally {
    circuit.dispose()
  }
}

/** 1.0, and 0.9 on a new connection where that comes to nothing. */
async function greet(
  report: Report,
  open: (syntax: Syntax) => Promise<ProbeCircuit>,
  patienceMs: number,
): Promise<Greeted> {
  const first = await open(modern)
  const sayHello = (circuit: ProbeCircuit) => async (): Promise<Greeted> => ({
    circuit,
    greeting: await circuit.greet(patienceMs),
  })
  const greeted = await report.attempt('greeting', sayHello(first), describeGreeting, ({ message }) => [
    `PSYC 1.0 comes to nothing: ${message}`,
    'trying PSYC 0.9',
  ])
  if (greeted !== undefined) return greeted
  first.dispose()
  const second = await open(legacy)
  try {
    return await report.step('greeting', sayHello(second), describeGreeting)
  } catch (error) {
    second.dispose()
    throw error
  }
}

function describeGreeting({ circuit, greeting }: Greeted): Told {
  const version = `PSYC ${circuit.syntax.version}`
  if (greeting === undefined) return `${version}, without telling who it is`
  const implementation = greeting.text('_implementation')
  const lines = [`it calls itself ${greeting.source ?? 'nothing'}`]
  const seen = greeting.text('_target_peer') ?? greeting.target
  if (seen !== undefined) lines.push(`it calls us ${seen}`)
  return [`${version}${implementation === undefined ? '' : `, ${implementation}`}`, ...lines]
}

/** How to address the peer: by the name it has for itself, since it relays for no other. */
function rootOf(report: Report, { uniform }: PsycTarget, greeting: Packet | undefined): string {
  const own = uniformOf(greeting?.source)
  if (own === undefined || own.rootKey === uniform.rootKey) return uniform.rootKey
  report.note('name', `asked as ${own.rootKey}, which is its own name, instead of ${uniform.rootKey}`)
  return own.rootKey
}

/** @param resource "@place" or "" */
async function converse(
  report: Report,
  circuit: ProbeCircuit,
  root: string,
  resource: string,
): Promise<void> {
  await report.step(
    'version',
    () => circuit.ask(root, '_request_version', '_status_version'),
    (packet) => displayText(packet) || variableLines(packet).join(', '),
  )
  await report.step(
    'ping',
    () => circuit.ask(root, '_request_ping', '_echo_ping'),
    ({ method }) => method,
  )
  const modules = [...circuit.modules]
  report.note('modules', modules.length === 0 ? 'none offered' : modules.join(' '))
  if (resource === '') return
  await report.step(
    'place',
    () => circuit.ask(root + resource, '_request_description', '_status_description'),
    (packet) => [displayText(packet) || packet.method, ...variableLines(packet)],
  )
}
