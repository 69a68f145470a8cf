/** `probe rtmp://…`: handshake, connect, createStream, close. Sends nothing that anybody else would see. */
import type { CallAnswer } from '../rtmp/session/events.js'
import type { AmfValue } from '../amf/value.js'
import { openSocket, resolveHost } from './probe-connection.js'
import { describeHandshake } from './probe-handshake.js'
import { ProbeFailure } from './probe-report.js'
import type { Report, Told } from './probe-report.js'
import { ProbeSession } from './probe-rtmp-session.js'
import { openTunnel } from './probe-tunnel.js'
import type { RtmpTarget } from './probe-url.js'
import { propertyLines, readable, textProperty } from './probe-values.js'

export interface RtmpProbeOptions {
  readonly timeoutMs: number
  /** The first argument of connect. */
  readonly user: string | undefined
  readonly objectEncoding: 0 | 3
}

/** How long the server may take to close its side after us: some leave that to us. */
const CLOSE_GRACE_MS = 2_000

/** @throws ProbeFailure  printed already */
export async function probeRtmp(
  report: Report,
  target: RtmpTarget,
  options: RtmpProbeOptions,
): Promise<void> {
  const { timeoutMs } = options
  const addresses = await resolveHost(report, target.host, timeoutMs)
  const socket = await openSocket(report, target, addresses, timeoutMs)
  try {
    const stream = target.isTunnelled ? await openTunnel(report, socket, target, timeoutMs) : socket
    const session = new ProbeSession(stream, timeoutMs, target.isEnciphered ? 'rtmpe' : 'simple')
    try {
      await converse(report, session, target, options)
    } finally {
      session.dispose()
    }
  } finally {
    socket.destroy() // no tunnel came about, or the session has closed it
  }
}

async function converse(
  report: Report,
  session: ProbeSession,
  target: RtmpTarget,
  options: RtmpProbeOptions,
): Promise<void> {
  await report.step(
    'handshake',
    () => session.handshake(),
    ({ clientBlock, reply }) => describeHandshake(clientBlock, reply),
  )
  await report.step('connect', () => connect(session, target, options), describeAccepted)
  if (!target.isEnciphered) report.note('announced', describeAnnounced(session))
  await report.step(
    'stream',
    () => createStream(session),
    (id) => `createStream gave stream ${readable(id)}`,
  )
  report.note('heard', describeHeard(session.heard))
  await report.step(
    'close',
    () => session.close(Math.min(CLOSE_GRACE_MS, options.timeoutMs)),
    (isClosed) => (isClosed ? 'closed by both sides' : 'closed by us; the server keeps its side open'),
  )
}

async function connect(
  session: ProbeSession,
  target: RtmpTarget,
  options: RtmpProbeOptions,
): Promise<AmfValue> {
  const { app, tcUrl } = target
  const { user, objectEncoding } = options
  const args = user === undefined ? [] : [user]
  const answer = await session.connect({ app, tcUrl, objectEncoding, args })
  if (answer.ok) return answer.value
  throw refusal(answer.info)
}

function describeAccepted(info: AmfValue): Told {
  const code = textProperty(info, 'code')
  const lines = propertyLines(info).filter((line) => !line.startsWith('code: '))
  return [`accepted: ${code === '' ? readable(info) : code}`, ...lines]
}

/** Codes of refusals → what to do [rtmp.md 6.1]. */
const refusalAdvice: Readonly<Record<string, string>> = {
  'NetConnection.Connect.Rejected':
    'the application does not want this client: its name, the user (--user, ?query) or a limit; see the description',
  'NetConnection.Connect.InvalidApp': 'there is no such application: check the path of the URL',
  'NetConnection.Connect.AppShutdown': 'the application is shutting down: try again later',
  'NetConnection.Connect.Failed': 'the server could not; its log may say why',
}

function refusal(info: AmfValue): ProbeFailure {
  const code = textProperty(info, 'code')
  const lines = propertyLines(info).filter((line) => !line.startsWith('code: '))
  const advice = refusalAdvice[code] ?? 'the log of the server may say why'
  return new ProbeFailure(`refused: ${code === '' ? readable(info) : code}`, advice, lines)
}

function describeAnnounced({ announced }: ProbeSession): Told {
  const { windowAcknowledgementSize: window, setPeerBandwidth: bandwidth, setChunkSize: chunks } = announced
  return [
    window === undefined
      ? 'acknowledgement window: not announced'
      : `acknowledgement window ${window.windowSize} bytes`,
    bandwidth === undefined
      ? 'peer bandwidth: not announced'
      : `peer bandwidth ${bandwidth.windowSize} bytes, ${bandwidth.limitType}`,
    chunks === undefined ? 'chunk size 128 bytes, not changed' : `chunk size ${chunks.chunkSize} bytes`,
  ]
}

async function createStream(session: ProbeSession): Promise<AmfValue> {
  const answer: CallAnswer = await session.call('createStream', [])
  if (answer.ok) return answer.value
  throw new ProbeFailure(
    'createStream was refused',
    'nothing can be played or published here; calls and shared objects may still work',
    propertyLines(answer.info),
  )
}

function describeHeard(heard: readonly string[]): Told {
  if (heard.length === 0) return 'the server called nothing, not even onBWDone (not all do)'
  return `the server called ${heard.join(', ')}`
}
