/** What the arguments ask for: help, the version, or a command and its own arguments. */
import { asksForHelp } from './arguments.js'

export type Asked =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'command'; readonly name: string; readonly args: readonly string[] }

/** Commands that have no help of their own: all of their options are in the one of the program. */
const withoutHelp: ReadonlySet<string> = new Set(['start', 'check'])

/** No command is the command `start`, so its options may stand alone. */
export function askedFor(args: readonly string[]): Asked {
  const [first = 'start', ...rest] = args
  if (asksForHelp([first]) || first === 'help') return { kind: 'help' }
  if (first === '--version' || first === 'version') return { kind: 'version' }
  const isOption = first.startsWith('-')
  const name = isOption ? 'start' : first
  const own = isOption ? args : rest
  return withoutHelp.has(name) && asksForHelp(own) ? { kind: 'help' } : { kind: 'command', name, args: own }
}
