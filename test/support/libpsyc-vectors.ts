/**
 * libpsyc's own packets (AGPL) are test data beside the checkout, never part of it. Where they are absent their tests
 * are skipped and say so; on a CI machine that is a failure.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The folders of libpsyc's vectors; empty when they are not there. */
export function libpsycFolders(): string[] {
  const root = join(process.cwd(), '..', 'shared', 'conformance', 'psyc')
  const folders = ['packets', 'bench'].map((name) => join(root, name))
  if (folders.every((folder) => existsSync(folder))) return folders
  if (process.env['CI'] === 'true') throw new Error(`libpsyc's vectors are missing: ${root}`)
  console.warn(`SKIPPED: libpsyc's packets are not at ${root}`)
  return []
}
