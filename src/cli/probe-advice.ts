/** What to do about what goes wrong between two machines, as tables. */
import { toHex } from '../util/bytes.js'
import { ProbeFailure } from './probe-report.js'

/** Node's code of the error → what it means for who probes. */
const socketAdvice: Readonly<Record<string, readonly [problem: string, advice: string]>> = {
  ECONNREFUSED: ['refused', 'nothing listens there: is the server running, on this address and port?'],
  ENOTFOUND: ['the name is not known', 'check how the host is spelled, or use its address'],
  EAI_AGAIN: ['no name server answers', 'check the network of this machine, or use the address of the host'],
  EHOSTUNREACH: ['no way to that host', 'is it up, and in a network that this machine reaches?'],
  ENETUNREACH: ['no way to that network', 'this machine has no route there (IPv6 without IPv6 access?)'],
  ETIMEDOUT: ['no answer', 'a firewall may drop the packets: is the port open to this machine?'],
  ECONNRESET: [
    'the other side reset the connection',
    'its log may say why; a proxy or firewall may do it too',
  ],
  EPIPE: ['the other side closed the connection', 'its log may say why'],
  EACCES: ['this machine does not let us', 'its firewall forbids the connection'],
}

/** @param what e.g. "TCP to 127.0.0.1 port 1935" */
export function socketFailure(what: string, error: Error): ProbeFailure {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const [problem, advice] = socketAdvice[code] ?? [error.message, '']
  return new ProbeFailure(`${what}: ${problem}${code === '' ? '' : ` (${code})`}`, advice, [], {
    cause: error,
  })
}

/** @param what was waited for */
export function tooLate(what: string, timeoutMs: number, advice: string): ProbeFailure {
  return new ProbeFailure(`${what}: nothing for ${timeoutMs / 1000} s`, advice)
}

/** What servers of other protocols begin with, when they are spoken to in ours. */
const beginnings: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/^HTTP\//, 'an HTTP server answers there: is it the right port?'],
  [/^\x15\x03/, 'the port wants TLS: rtmps://, or psyc://host:port followed by the letter s'],
  [/^[|.]\r?\n/, 'a PSYC node answers there: psyc://'],
  [/^<\?xml|^<cross-domain|^<policy/, 'an XML or policy server answers there'],
  [/^SSH-/, 'an SSH server answers there'],
  [/^220[ -]/, 'a mail or file server answers there'],
  [/^:\S+ (?:NOTICE|\d{3}) /, 'an IRC server answers there'],
  [/^\x03/, 'an RTMP server answers there: rtmp://host:port/app'],
  [/^\x06/, 'the server answers as RTMPE: rtmpe://'],
]

/** @param first bytes that came, borrowed; may be none */
export function adviceByFirstBytes(first: Uint8Array, otherwise: string): string {
  const text = Buffer.from(first).toString('latin1')
  return beginnings.find(([pattern]) => pattern.test(text))?.[1] ?? otherwise
}

/** The first bytes for the eyes. */
export function showBytes(first: Uint8Array): string {
  const isText = first.every(
    (byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 9,
  )
  return isText ? JSON.stringify(printableText(first)) : `hex ${toHex(first.subarray(0, 16))}`
}

function printableText(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 60)).toString('latin1')
}
