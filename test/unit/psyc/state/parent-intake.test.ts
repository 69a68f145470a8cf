import { fullStatePackets } from '../../../../src/psyc/state/full-state.js'
import { ParentIntake } from '../../../../src/psyc/state/parent-intake.js'
import { RUN } from '../../../../src/psyc/state/route-packets.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'
import { limitsWith } from '../../../../src/util/limits.js'

const CONTEXT = 'psyc://a.example/@room'
const TARGET = 'psyc://b.example/'
const OLD = '0'.repeat(16)
const NEW = '1'.repeat(16)

const marker = (run: string): Packet =>
  Packet.of({ _context: CONTEXT, _target: TARGET }, RUN, { _token_run: run })

function stateOf(run: string, counter: number): readonly Packet[] {
  const modifiers = [
    { operator: '=' as const, name: '_token_run', value: run },
    { operator: '=' as const, name: '_topic', value: 'x'.repeat(40) },
  ]
  return fullStatePackets({ context: CONTEXT, target: TARGET, counter, modifiers, packetBytes: 20 })
}

test('casts are of no run before the parent has said of which', () => {
  const intake = new ParentIntake(limitsWith())
  expect(intake.run).toBeUndefined()
  expect(intake.take(marker(OLD))).toBeUndefined()
  expect(intake.run).toBe(OLD)
  intake.take(marker('no run'))
  expect(intake.run).toBeUndefined()
})

test('a state counts when all of it is there, and says its run', () => {
  const intake = new ParentIntake(limitsWith())
  intake.take(marker(OLD))
  const [first, last] = stateOf(NEW, 7)
  expect(first && intake.take(first)).toBeUndefined()
  expect(intake.run).toBe(OLD)
  const state = last && intake.take(last)
  expect([state?.counter, state?.variables.text('_token_run'), intake.run]).toEqual([7, NEW, NEW])
})

test('half a state of a former parent is void', () => {
  const intake = new ParentIntake(limitsWith())
  const [first, last] = stateOf(NEW, 7)
  if (first !== undefined) intake.take(first)
  intake.begin()
  expect(last && intake.take(last)).toBeUndefined()
  expect(intake.run).toBeUndefined()
})

test('a state that is too big is none', () => {
  const intake = new ParentIntake(limitsWith({ stateBytes: 20 }))
  expect(() => stateOf(NEW, 7).map((packet) => intake.take(packet))).toThrow(/stateBytes/)
})
