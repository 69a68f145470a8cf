/** The certificate of the TLS door: read, checked, and read again when its files change. */
import { X509Certificate, constants, createPrivateKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { SecureContext } from 'node:tls'
import { ConfigError } from '../util/errors.js'
import type { Log } from '../util/log.js'
import { tlsVersions } from './config-schema.js'
import type { TlsConfig } from './config-schema.js'

export interface Certificate {
  /** For connections from now on. */
  readonly context: SecureContext
  /** Whom it is for: "DNS:gw.example.org, DNS:…", or its subject. */
  readonly names: string
  /** Whether it is for that host name. */
  isFor(host: string): boolean
  readonly validFrom: Date
  readonly validTo: Date
}

/**
 * @param ca whom else we trust, when clients show certificates; undefined: the well-known ones
 * @throws ConfigError CONFIG_INVALID with the entry that is wrong, and why
 */
export function readCertificate(config: TlsConfig, ca?: readonly string[]): Certificate {
  const cert = readText(config.cert, 'tls.cert')
  const key = readText(config.key, 'tls.key')
  const first = parseCertificate(cert)
  if (!first.checkPrivateKey(parseKey(key, config.passphrase)))
    throw invalid('tls.key', `${config.key} is not the key of the certificate ${config.cert}`)
  if (tlsVersions.indexOf(config.minVersion) > tlsVersions.indexOf(config.maxVersion))
    throw invalid('tls.minVersion', `expected none above tls.maxVersion, which is ${config.maxVersion}`)
  return {
    context: contextOf(cert, key, config, ca),
    names: first.subjectAltName ?? first.subject.replaceAll('\n', ', '),
    isFor: (host) => first.checkHost(host) !== undefined || first.checkIP(host) !== undefined,
    validFrom: new Date(first.validFrom),
    validTo: new Date(first.validTo),
  }
}

/** Flash Player of before 2014 speaks nothing newer than TLS 1.0, which OpenSSL 3 only does at this level. */
const OLD_CIPHERS = 'DEFAULT@SECLEVEL=0'
const oldVersions: readonly string[] = ['TLSv1', 'TLSv1.1']

function contextOf(cert: string, key: string, config: TlsConfig, ca?: readonly string[]): SecureContext {
  const { passphrase, minVersion, maxVersion } = config
  try {
    return createSecureContext({
      ...{ cert, key, minVersion, maxVersion },
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION, // it would cost us more than the peer
      ...(passphrase === undefined ? {} : { passphrase }),
      ...(ca === undefined ? {} : { ca: [...ca] }),
      ...(oldVersions.includes(minVersion) ? { ciphers: OLD_CIPHERS } : {}),
    })
  } catch (error) {
    throw invalid('tls', `TLS does not take certificate and key: ${messageOf(error)}`)
  }
}

const DAY_MS = 86_400_000
const EXPIRES_SOON_DAYS = 14 // ours: those who renew by program do it 30 days before

/** What its owner should hear about it, or undefined. @param now ms since 1970 */
export function certificateWarning({ validFrom, validTo }: Certificate, now: number): string | undefined {
  const days = Math.floor((validTo.getTime() - now) / DAY_MS)
  if (validFrom.getTime() > now) return `the certificate is not valid before ${dayOf(validFrom)}`
  if (days < 0) return `the certificate has expired on ${dayOf(validTo)}`
  if (days < EXPIRES_SOON_DAYS) return `the certificate expires on ${dayOf(validTo)}, in ${days} days`
  return undefined
}

export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10)
}

const LOOK_EVERY_MS = 10_000 // ours

/**
 * Looks at the files every few seconds, whoever renews them and however. Until both fit together again, the old
 * certificate serves on.
 */
export class CertificateWatch {
  private readonly timer: NodeJS.Timeout
  /** How the files were when they were read last. */
  private seen: string

  /** @param renewed gets what was read after a change */
  constructor(
    private readonly config: TlsConfig,
    private readonly log: Log,
    private readonly renewed: (certificate: Certificate) => void,
    intervalMs = LOOK_EVERY_MS,
    private readonly ca?: readonly string[],
  ) {
    this.seen = this.look()
    this.timer = setInterval(() => this.compare(), intervalMs)
    this.timer.unref()
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private compare(): void {
    const now = this.look()
    if (now === this.seen) return
    this.seen = now
    try {
      const certificate = readCertificate(this.config, this.ca)
      this.renewed(certificate)
      this.log.info({ validTo: dayOf(certificate.validTo) }, 'the certificate was read again')
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      this.log.warn({ reason: error.message }, 'the certificate has changed and is not taken')
    }
  }

  private look(): string {
    return [this.config.cert, this.config.key].map(fingerprint).join(' ')
  }
}

/** Changes when the file does, or the one that a link leads to. */
function fingerprint(path: string): string {
  try {
    const { ino, mtimeMs, size } = statSync(path)
    return `${ino}:${mtimeMs}:${size}`
  } catch {
    return 'none'
  }
}

function readText(path: string, entry: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw invalid(entry, `cannot be read: ${messageOf(error)}`)
  }
}

function parseCertificate(text: string): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch {
    throw invalid('tls.cert', 'expected a file with a certificate in PEM ("-----BEGIN CERTIFICATE-----")')
  }
}

function parseKey(text: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) })
  } catch {
    const isLocked = text.includes('ENCRYPTED')
    if (isLocked && passphrase === undefined)
      throw invalid('tls.key', 'the key is encrypted: give tls.passphrase, or a key without one')
    if (isLocked) throw invalid('tls.passphrase', 'it does not open the key')
    throw invalid('tls.key', 'expected a file with a private key in PEM ("-----BEGIN PRIVATE KEY-----")')
  }
}

function invalid(entry: string, problem: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', problem, entry)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
