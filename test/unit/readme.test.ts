import { readFileSync } from 'node:fs'
import { usage } from '../../src/cli/usage.js'
import { readme } from '../tooling/readme-tables.js'

test('the tables of the README are those of the program (npm run readme)', () => {
  const { found, expected } = readme()
  expect(found).toBe(expected)
})

test('every option of the command line is in the README', () => {
  const text = readFileSync('README.md', 'utf8')
  const options = [...usage.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option]) => option ?? '')
  expect(options.filter((option) => !text.includes(option))).toEqual([])
})
