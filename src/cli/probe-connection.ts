/** From a host name to an open socket. */
import type { X509Certificate } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { connect, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { dayOf } from '../server/tls-certificate.js'
import { socketFailure, tooLate } from './probe-advice.js'
import { ProbeFailure } from './probe-report.js'
import type { Report } from './probe-report.js'

export interface Place {
  readonly host: string
  readonly port: number
  readonly isEncrypted: boolean
}

/**
 * `promise`, or `failure` when it takes longer.
 * @param timeoutMs from now
 */
export async function within<T>(
  timeoutMs: number,
  failure: () => ProbeFailure,
  promise: Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(failure()), timeoutMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** A step: the addresses of the host, at least one. */
export function resolveHost(report: Report, host: string, timeoutMs: number): Promise<readonly string[]> {
  if (isIP(host) !== 0) return Promise.resolve([host])
  const advice = 'no name server answers: check the network, or use the address of the host'
  const find = async (): Promise<readonly string[]> => {
    try {
      const found = await lookup(host, { all: true })
      return [...new Set(found.map(({ address }) => address))]
    } catch (error) {
      throw socketFailure(host, asError(error))
    }
  }
  return report.step(
    'resolve',
    () => within(timeoutMs, () => tooLate(host, timeoutMs, advice), find()),
    (addresses) => `${host} is ${addresses.join(', ')}`,
  )
}

/**
 * Steps: TCP to the first address that takes it, TLS where wanted.
 * @param signal destroys the socket, whatever has become of it
 * @returns destroyed by the caller; its errors are only heard by who listens
 */
export async function openSocket(
  report: Report,
  { host, port, isEncrypted }: Place,
  addresses: readonly string[],
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Socket> {
  const { socket } = await report.step(
    'connect',
    () => firstThatOpens(addresses, port, timeoutMs, signal),
    ({ address, refused }) => [
      `TCP to ${address} port ${port}`,
      ...refused.map((each) => `after ${each.message}`),
    ],
  )
  return isEncrypted ? startTls(report, socket, host, timeoutMs) : socket
}

interface Opened {
  readonly socket: Socket
  readonly address: string
  /** Addresses tried before. */
  readonly refused: readonly ProbeFailure[]
}

async function firstThatOpens(
  addresses: readonly string[],
  port: number,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Opened> {
  const refused: ProbeFailure[] = []
  for (const address of addresses) {
    try {
      return { socket: await openTcp(address, port, timeoutMs / addresses.length, signal), address, refused }
    } catch (error) {
      if (!(error instanceof ProbeFailure)) throw error
      refused.push(error)
    }
  }
  const [first = new ProbeFailure('the host has no address'), ...others] = refused
  throw new ProbeFailure(
    first.message,
    first.advice,
    others.map(({ message }) => message),
  )
}

async function openTcp(
  address: string,
  port: number,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  const what = `TCP to ${address} port ${port}`
  const socket = connect({ host: address, port, noDelay: true, ...(signal && { signal }) })
  const opened = new Promise<Socket>((resolve, reject) => {
    socket.once('connect', () => resolve(socket))
    socket.on('error', (error) => reject(socketFailure(what, error)))
  })
  const advice = 'a firewall may drop the packets: is the port open to this machine?'
  try {
    return await within(timeoutMs, () => tooLate(what, timeoutMs, advice), opened)
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** The probe goes on with a certificate that nobody trusts, but says so: players and browsers would not. */
async function startTls(report: Report, socket: Socket, host: string, timeoutMs: number): Promise<Socket> {
  const secured = await report.step('tls', () => secure(socket, host, timeoutMs), describeTls)
  const distrust = distrustOf(secured, host)
  if (distrust !== undefined)
    report.fail('tls', new ProbeFailure(distrust, 'players refuse it: get a certificate for that name'))
  return secured
}

/** Version and cipher; then whose certificate it is. */
export function describeTls(tls: TLSSocket): readonly [string, ...string[]] {
  const certificate = tls.getPeerX509Certificate()
  const facts = certificate === undefined ? [] : certificateLines(certificate)
  return [`${tls.getProtocol() ?? 'TLS'}, ${tls.getCipher().name}`, ...facts]
}

function certificateLines(certificate: X509Certificate): string[] {
  const { subject, subjectAltName, issuer, validFrom, validTo } = certificate
  const names = subjectAltName ?? subject.replaceAll('\n', ', ')
  const by = issuer === subject ? 'itself' : issuer.replaceAll('\n', ', ')
  return [
    `certificate for ${names}, signed by ${by}`,
    `valid from ${dayOf(new Date(validFrom))} until ${dayOf(new Date(validTo))}`,
  ]
}

/** Why the certificate proves nothing, or undefined. */
export function distrustOf({ authorized, authorizationError }: TLSSocket, host: string): string | undefined {
  return authorized ? undefined : `the certificate is not trusted for ${host}: ${String(authorizationError)}`
}

/** @throws ProbeFailure  whoever signed the certificate */
export async function secure(socket: Socket, host: string, timeoutMs: number): Promise<TLSSocket> {
  const names = isIP(host) === 0 ? { servername: host } : {}
  const tls = connectTls({ socket, host, ...names, rejectUnauthorized: false })
  const secured = new Promise<TLSSocket>((resolve, reject) => {
    tls.once('secureConnect', () => resolve(tls))
    tls.on('error', (error: Error) => reject(tlsFailure(error)))
    tls.once('close', () => reject(tlsFailure(new Error('the server closed the connection'))))
  })
  try {
    return await within(timeoutMs, () => tooLate('TLS', timeoutMs, notTls), secured)
  } catch (error) {
    socket.destroy()
    throw error
  }
}

const notTls = 'the port may not speak TLS: try rtmp://, or psyc:// without the letter s'

function tlsFailure(error: Error): ProbeFailure {
  return new ProbeFailure(`TLS: ${error.message}`, notTls, [], { cause: error })
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
