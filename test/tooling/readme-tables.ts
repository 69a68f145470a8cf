/**
 * The tables of the README that are made of the program's own: `npm run readme` writes them, a test compares them.
 * Each stands between `<!-- NAME -->` and `<!-- /NAME -->`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { configTable } from '../../src/server/config-table.js'
import { errorCodes } from '../../src/util/error-codes.js'
import { limitTable } from '../../src/util/limits.js'

const tables: Readonly<Record<string, () => string>> = {
  configuration: () =>
    table(
      ['entry', 'expects', 'default', 'meaning'],
      configTable.map(({ path, flag, expects, byDefault, meaning }) => [
        flag === undefined ? code(path) : `${code(path)} ${code(flag)}`,
        expects,
        byDefault,
        meaning,
      ]),
    ),
  limits: () =>
    table(
      ['limit', 'default', 'bounds'],
      Object.entries(limitTable).map(([name, { value, bounds }]) => [code(name), String(value), bounds]),
    ),
  errors: () =>
    table(
      ['code', 'meaning'],
      Object.entries(errorCodes).map(([name, meaning]) => [code(name), meaning]),
    ),
}

/** The README as it is and as it should be. */
export function readme(): { found: string; expected: string } {
  const found = readFileSync('README.md', 'utf8')
  let expected = found
  for (const [name, make] of Object.entries(tables)) {
    const place = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`)
    if (!place.test(found)) throw new Error(`README.md has no place for the table "${name}"`)
    expected = expected.replace(place, (_all, start: string, end: string) => `${start}${make()}${end}`)
  }
  return { found, expected }
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
  return line(head) + `|${'---|'.repeat(head.length)}\n` + rows.map(line).join('')
}

function code(text: string): string {
  return `\`${text}\``
}

if (process.argv[2] === '--write') writeFileSync('README.md', readme().expected)
