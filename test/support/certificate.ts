/** A certificate for servers under test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** For localhost, self-signed, valid for a hundred years; protects nothing. */
export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgv8ot17yWalwR+h/T
fmqtdeK+qUuwwoqOjhzNTVVBpiWhRANCAAQQO19PqYqMF8giaW7YiqDnrtrJjXRC
yL5YlD3VpxJbcsUspOjaIzyOocQGXojmOYCNHAhKUP2bXiErTOhHKBuN
-----END PRIVATE KEY-----`

export const cert = `-----BEGIN CERTIFICATE-----
MIIBlDCCATugAwIBAgIUb7Df0xeh6CTWyLnefdtHNr+gkBAwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTAyNDkxOFoYDzIxMjYxMDI4
MDI0OTE4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQQO19PqYqMF8giaW7YiqDnrtrJjXRCyL5YlD3VpxJbcsUspOjaIzyO
ocQGXojmOYCNHAhKUP2bXiErTOhHKBuNo2kwZzAdBgNVHQ4EFgQUPnBX/QmpOJf4
9PPwDWKtxIEFRQ4wHwYDVR0jBBgwFoAUPnBX/QmpOJf49PPwDWKtxIEFRQ4wDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
RwAwRAIgMOD0pKNQavUEAfqbYp6Qn5WbzD9In1jC35X6PZ8yFMICIDUS3v4vhLdC
kaX/hs9fxA5ASPfeY3aEJjOBFNa4j0DS
-----END CERTIFICATE-----`

export interface CertificateFiles {
  /** As in the configuration. */
  readonly cert: string
  readonly key: string
  remove(): void
}

export function certificateFiles(): CertificateFiles {
  const folder = mkdtempSync(join(tmpdir(), 'rtmpsyc-tls-'))
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  writeFileSync(files.cert, cert)
  writeFileSync(files.key, key)
  return { ...files, remove: () => rmSync(folder, { recursive: true }) }
}
