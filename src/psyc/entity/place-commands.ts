/**
 * Commands as people type them in a place. psyced passes on to the place what it does not know itself, and what the clients
 * linked to it have it do there [psyced.md 4.5]. Each is another way to say what a packet says.
 */
import { Packet } from '../wire/packet.js'
import type { Variables } from '../wire/packet.js'

interface Meaning {
  readonly method: string
  readonly variables?: Variables
  readonly body?: string
}

const commands: ReadonlyMap<string, (argument: string) => Meaning> = new Map<
  string,
  (argument: string) => Meaning
>([
  ['say', (body) => ({ method: '_message_public', body })],
  ['me', (action) => ({ method: '_message_public', variables: { _action: action } })],
  ['topic', topic],
  ...['members', 'names', 'who', 'w'].map((name) => [name, () => ({ method: '_request_members' })] as const),
  ['history', () => ({ method: '_request_history' })],
  ...['leave', 'part'].map((name) => [name, () => ({ method: '_request_leave' })] as const),
  ...['kick', 'ban'].map((name) => [name, (who: string) => about(who, '_request_kick')] as const),
  ['unban', (who) => about(who, '_request_unban')],
])

function topic(text: string): Meaning {
  return text === ''
    ? { method: '_query_topic' }
    : { method: '_request_set_topic', variables: { _topic: text } }
}

/** IRC has the place first and a reason last: "#psyc://gw.example/@chat ann bye". */
function about(argument: string, method: string): Meaning {
  const [, who = ''] = /^(?:#\S*\s+)?(\S*)/.exec(argument) ?? []
  return { method, variables: { _person: who } }
}

/** @returns what is meant; undefined for a command that places do not know */
export function commandOf(packet: Packet): Packet | undefined {
  const [, name = '', argument = ''] = /^\/?(\S*)\s*([^]*)$/.exec(packet.bodyText) ?? []
  const meaning = commands.get(name.toLowerCase())?.(argument)
  if (meaning === undefined) return undefined
  const meant = new Packet(packet.routing, packet.entity, meaning.method, meaning.body ?? '')
  return meant.withVariables(meaning.variables ?? {})
}
