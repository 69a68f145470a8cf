import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TlsConfig } from '../../../src/server/config-schema.js'
import { CertificateWatch, certificateWarning, readCertificate } from '../../../src/server/tls-certificate.js'
import { ConfigError } from '../../../src/util/errors.js'
import { silentLog } from '../../../src/util/log.js'
import { cert, key } from '../../support/certificate.js'

const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
afterAll(() => rmSync(folder, { recursive: true }))

let written = 0
function write(text: string): string {
  const path = join(folder, String(written++))
  writeFileSync(path, text)
  return path
}

const locked = createPrivateKey(key)
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'sesame' })
  .toString()
const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

function config(entries: Partial<TlsConfig> = {}): TlsConfig {
  return { cert: write(cert), key: write(key), minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', ...entries }
}

test('a certificate and its key', () => {
  const certificate = readCertificate(config())
  expect(certificate.names).toBe('DNS:localhost')
  expect(certificate.validTo.getTime() - certificate.validFrom.getTime()).toBeGreaterThan(
    99 * 365 * 86_400_000,
  )
  expect(readCertificate(config({ key: write(locked), passphrase: 'sesame' })).names).toBe('DNS:localhost')
})

test.each([
  ['no file', () => config({ cert: '/nonexistent' }), 'tls.cert', /cannot be read: .*ENOENT/],
  ['no file of a key', () => config({ key: '/nonexistent' }), 'tls.key', /cannot be read: .*ENOENT/],
  ['a folder', () => config({ cert: folder }), 'tls.cert', /cannot be read: .*EISDIR/],
  [
    'no certificate',
    () => config({ cert: write('hello') }),
    'tls.cert',
    /expected a file with a certificate in PEM/,
  ],
  ['no key', () => config({ key: write(cert) }), 'tls.key', /expected a file with a private key in PEM/],
  [
    'the key of another',
    () => config({ key: write(foreign) }),
    'tls.key',
    /is not the key of the certificate/,
  ],
  [
    'a locked key',
    () => config({ key: write(locked) }),
    'tls.key',
    /the key is encrypted: give tls.passphrase/,
  ],
  [
    'a wrong passphrase',
    () => config({ key: write(locked), passphrase: 'x' }),
    'tls.passphrase',
    /does not open the key/,
  ],
  [
    'no version in between',
    () => config({ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }),
    'tls.minVersion',
    /expected none above tls.maxVersion/,
  ],
])('%s', (_name, entries, path, message) => {
  const read = (): unknown => readCertificate(entries())
  expect(read).toThrow(message)
  expect(read).toThrow(expect.objectContaining({ constructor: ConfigError, path }) as Error)
})

test('its owner is warned before it expires', () => {
  const certificate = {
    ...readCertificate(config()),
    validFrom: new Date('2030-01-01T00:00:00Z'),
    validTo: new Date('2031-01-01T00:00:00Z'),
  }
  const warningOn = (day: string): string | undefined => certificateWarning(certificate, Date.parse(day))
  expect(warningOn('2029-12-31')).toBe('the certificate is not valid before 2030-01-01')
  expect(warningOn('2030-06-01')).toBeUndefined()
  expect(warningOn('2030-12-18')).toBeUndefined()
  expect(warningOn('2030-12-22')).toBe('the certificate expires on 2031-01-01, in 10 days')
  expect(warningOn('2031-01-02')).toBe('the certificate has expired on 2031-01-01')
})

test('it is read again when its files change, and the old one stays until both fit', async () => {
  const files = config()
  const logged: string[] = []
  let onLog: () => void = () => undefined
  const note = (_fields: unknown, message: string): void => {
    logged.push(message)
    onLog()
  }
  const nextLog = (): Promise<void> => new Promise((resolve) => (onLog = resolve))
  let renewals = 0
  const watch = new CertificateWatch(files, { ...silentLog, info: note, warn: note }, () => renewals++, 10)
  const refused = nextLog()
  writeFileSync(files.key, foreign)
  await refused
  expect([renewals, logged]).toEqual([0, ['the certificate has changed and is not taken']])
  const taken = nextLog()
  writeFileSync(files.key, `${key}\n\n`)
  await taken
  expect(renewals).toBe(1)
  expect(logged[1]).toBe('the certificate was read again')
  watch.stop()
})
