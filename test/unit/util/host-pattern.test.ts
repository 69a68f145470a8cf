import { hostPattern, hostsLike } from '../../../src/util/host-pattern.js'

test.each([
  [['gw.example'], 'gw.example', true],
  [['gw.example'], 'GW.Example', true],
  [['GW.example'], 'gw.example', true],
  [['gw.example'], 'a.gw.example', false],
  [['gw.example'], 'gw.example.org', false],
  [['*.example'], 'gw.example', true],
  [['*.example'], 'a.gw.example', true],
  [['*.example'], 'example', false],
  [['*.example'], 'badexample', false],
  [['*'], 'whoever.example', true],
  [['*'], '10.1.2.3', true],
  [['a.example', '10.1.2.3'], '10.1.2.3', true],
  [[], 'gw.example', false],
])('%j takes %s: %s', (patterns, host, isTaken) => {
  expect(hostsLike(patterns)(host)).toBe(isTaken)
})

test.each([
  ['gw.example', true],
  ['*.gw.example', true],
  ['*', true],
  ['10.1.2.3', true],
  ['', false],
  ['gw.*', false],
  ['*gw.example', false],
  ['.example', false],
  ['a b', false],
])('%j is a pattern: %s', (text, isPattern) => {
  expect(hostPattern.test(text)).toBe(isPattern)
})
