/**
 * `probe psyc://…`: greet, and ask what anybody may ask; then which other syntax and what TLS there is. Enters
 * nothing, says nothing.
 */
import { legacy, modern } from '../psyc/session/syntax.js'
import type { Syntax } from '../psyc/session/syntax.js'
import type { Packet } from '../psyc/wire/packet.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import { displayText } from '../translate/text.js'
import { ClientCircuit } from './client-circuit.js'
import { openSocket, resolveHost } from './probe-connection.js'
import { probeElsewise } from './probe-psyc-ways.js'
import type { Report, Told } from './probe-report.js'
import type { PsycTarget } from './probe-url.js'
import { variableLines } from './probe-values.js'

/** A peer that says nothing in answer to 1.0 for so long is spoken to in 0.9 [design 3]. */
const PATIENCE_MS = 5_000
const CLOSE_GRACE_MS = 2_000

interface Greeted {
  readonly circuit: ClientCircuit
  readonly greeting: Packet | undefined
}

/** @throws ProbeFailure  printed already */
export async function probePsyc(report: Report, target: PsycTarget, timeoutMs: number): Promise<void> {
  const addresses = await resolveHost(report, target.host, timeoutMs)
  const patienceMs = Math.min(PATIENCE_MS, timeoutMs)
  const open = async (syntax: Syntax): Promise<ClientCircuit> =>
    new ClientCircuit(await openSocket(report, target, addresses, timeoutMs), syntax, timeoutMs)
  const { circuit, greeting } = await greet(report, open, patienceMs)
  try {
    const root = rootOf(report, target, greeting)
    await converse(report, circuit, root)
    if (target.uniform.resource !== '') await askPlace(report, circuit, root + target.uniform.resource)
    await report.step(
      'close',
      () => circuit.shutDown(Math.min(CLOSE_GRACE_MS, timeoutMs)),
      (isClosed) => (isClosed ? 'the peer closed as asked' : 'closed by us; the peer does not when asked'),
    )
  } finally {
    circuit.dispose()
  }
  await probeElsewise({ report, target, addresses, timeoutMs: patienceMs, spoken: circuit.syntax })
}

/** 1.0, and 0.9 on a new connection where that comes to nothing. */
async function greet(
  report: Report,
  open: (syntax: Syntax) => Promise<ClientCircuit>,
  patienceMs: number,
): Promise<Greeted> {
  const first = await open(modern)
  const sayHello = (circuit: ClientCircuit) => async (): Promise<Greeted> => ({
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

async function converse(report: Report, circuit: ClientCircuit, root: string): Promise<void> {
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
  const unanswered = ({ message }: Error): Told => `not told: ${message}`
  await report.attempt(
    'features',
    () => circuit.ask(root, '_request_list_feature', '_notice_list_feature'),
    (packet) => listed(packet, '_list_feature').join(' '),
    unanswered,
  )
  await report.attempt(
    'places',
    () => circuit.ask(root, '_request_list_item', '_notice_list_item'),
    (packet) => {
      const places = listed(packet, '_list_item')
      return [`${places.length} that anybody may know of`, ...places]
    },
    unanswered,
  )
}

async function askPlace(report: Report, circuit: ClientCircuit, place: string): Promise<void> {
  await report.step(
    'place',
    () => circuit.ask(place, '_request_description', '_status_description'),
    (packet) => [displayText(packet) || packet.method, ...variableLines(packet)],
  )
}

function listed(packet: Packet, name: string): string[] {
  try {
    return packet.list(name)?.texts() ?? []
  } catch {
    return [packet.text(name) ?? ''] // an ill-formed list is shown as it came
  }
}
