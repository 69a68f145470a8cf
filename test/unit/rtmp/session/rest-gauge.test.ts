import { RestGauge } from '../../../../src/rtmp/session/rest-gauge.js'
import { FakeClock } from '../../../support/fake-clock.js'

/** After so many ms, with so many bytes more: may it rest for 44 ms? */
type Step = readonly [afterMs: number, bytes: number, allows: boolean]

test.each<[string, readonly Step[]]>([
  ['little comes', [[44, 32_767, true], [44, 32_767, true]]], // prettier-ignore
  ['much comes, and then little', [[44, 32_768, false], [44, 100, true]]], // prettier-ignore
  ['much has come at once', [[1, 32_768, false]]],
  ['nothing has come since, because another stream asked just now', [[44, 40_000, false], [0, 0, false], [1, 100, false]]], // prettier-ignore
  ['little has come since somebody asked', [[44, 100, true], [0, 0, true], [10, 9_000, true]]], // prettier-ignore
  ['ten streams ask in turn while much comes', [[44, 275_000, false], ...Array.from({ length: 20 }, () => [4.4, 27_500, false] as const)]], // prettier-ignore
  ['nobody asked for long', [[10_000, 5_000_000, true], [10_000, 8_000_000, false]]], // prettier-ignore
])('%s', (_what, steps) => {
  const clock = new FakeClock()
  const gauge = new RestGauge(clock)
  let received = 0
  const allowed = steps.map(([afterMs, bytes]) => {
    clock.set(clock.now() + afterMs)
    received += bytes
    return gauge.allows(44, received)
  })
  expect(allowed).toEqual(steps.map(([, , allows]) => allows))
})
