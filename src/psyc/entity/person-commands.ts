/**
 * What a linked client can have its person do: a line as typed (`_request_input`), a command (`_request_execute`), or one
 * act (`_request_do_…`), all from one table [psyc.md 6.3].
 */
import { Packet } from '../wire/packet.js'
import { inherits } from '../wire/keyword.js'
import { uniformOf } from '../wire/uniform.js'
import type { Person } from './person.js'
import type { PersonRegistry } from './person-registry.js'

/** Where a command was given. */
interface Setting {
  readonly registry: PersonRegistry
  readonly person: Person
  readonly packet: Packet
  /** The place or person that a line is for: named by the client, or the place entered last. */
  readonly focus: string | undefined
}

type Command = (setting: Setting, argument: string) => void

const families = ['_request_input', '_request_execute', '_request_do'] as const

/** @returns whether the packet was a command, allowed or not */
export function runCommand(registry: PersonRegistry, person: Person, packet: Packet): boolean {
  const family = families.find((name) => inherits(packet.method, name))
  if (family === undefined) return false
  const isOwn = uniformOf(packet.source)?.entityKey === person.uniform.entityKey
  if (!isOwn && !person.isLinkedAt(packet.source)) {
    person.answer(packet, strangers[family], { _method_relay: packet.method })
    return true
  }
  const focus = packet.text('_focus') ?? person.memberships.contexts.at(-1)?.text
  const setting: Setting = { registry, person, packet, focus }
  if (family === '_request_do') runAct(setting)
  else runLine(setting, family === '_request_input' && !packet.bodyText.startsWith('/'))
  return true
}

const strangers: Readonly<Record<(typeof families)[number], string>> = {
  _request_input: '_error_rejected_input_person',
  _request_execute: '_failure_unsupported_execute_person',
  _request_do: '_failure_unsupported_request',
}

/** A line that is no command is talk. What we do not know, the place in focus may. */
function runLine(setting: Setting, isTalk: boolean): void {
  const { packet, person, focus } = setting
  const line = packet.bodyText
  if (isTalk) {
    say(setting, line)
    return
  }
  const [, name = '', argument = ''] = /^\/?(\S*)\s*([^]*)$/.exec(line) ?? []
  const command = commands.get(name.toLowerCase())
  if (command !== undefined) command(setting, argument)
  else if (focus !== undefined)
    person.say(focus, '_request_execute', { _nick: person.nick }, line.replace(/^\//, ''))
  else person.answer(packet, '_failure_unsupported_execute_person', { _command: name })
}

function runAct(setting: Setting): void {
  const { packet, person } = setting
  const act = acts.find(([suffix]) => inherits(packet.method, `_request_do${suffix}`))
  if (act === undefined)
    person.answer(packet, '_failure_unsupported_request', { _method_relay: packet.method })
  else act[1](setting)
}

const acts: readonly (readonly [string, (setting: Setting) => void])[] = [
  ['_enter', (setting) => enter(setting, setting.packet.text('_group') ?? '')],
  ['_subscribe', (setting) => enter(setting, setting.packet.text('_group') ?? '')],
  ['_leave', (setting) => leave(setting, setting.packet.text('_group') ?? '')],
  ['_unsubscribe', (setting) => leave(setting, setting.packet.text('_group') ?? '')],
  ['_message', sayTo],
  ['_presence', changePresence],
  ['_register', (setting) => register(setting, setting.packet.text('_password') ?? '')],
  [
    '_status',
    ({ person, packet }) => person.answer(packet, '_status_person_present', person.presence.variables),
  ],
]

/** By the words that telnet users and psyced's clients type. */
const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ...names(['join', 'enter', 'j', 'subscribe', 'channel'], enter),
  ...names(['part', 'leave', 'p', 'unsubscribe'], leave),
  ...names(['say'], say),
  ...names(['me', 'do'], act),
  ...names(['msg', 'tell', 'm', 'query', 't'], tell),
  ...names(['members', 'who', 'names', 'w'], ask('_request_members')),
  ...names(['history', 'log', 'hist'], ask('_request_history')),
  ...names(['topic'], topic),
  ...names(['status', 'st'], ask('_request_status')),
  ...names(['kick'], kick),
  ...names(['set'], set),
  ...names(['quit', 'exit', 'q'], quit),
])

function names(all: readonly string[], command: Command): [string, Command][] {
  return all.map((name) => [name, command])
}

function enter(setting: Setting, place: string): void {
  const { person } = setting
  toPlace(setting, place, (uniform) => person.say(uniform, '_request_enter_join', { _nick: person.nick }))
}

function leave(setting: Setting, place: string): void {
  const { person, focus } = setting
  toPlace(setting, place === '' ? (focus ?? '') : place, (uniform) =>
    person.say(uniform, '_request_leave', { _nick: person.nick }),
  )
}

function say(setting: Setting, text: string): void {
  const { person, focus } = setting
  const isPerson = uniformOf(focus)?.kind === 'person'
  const method = isPerson ? '_message_private' : '_message_public'
  if (focus === undefined) noFocus(setting)
  else if (text !== '') person.say(focus, method, { _nick: person.nick }, text)
}

function act(setting: Setting, action: string): void {
  const { person, focus } = setting
  if (focus === undefined) noFocus(setting)
  else if (action !== '') person.say(focus, '_message_public', { _nick: person.nick, _action: action })
}

/** `/msg bob hello` */
function tell(setting: Setting, argument: string): void {
  const [, who = '', text = ''] = /^(\S+)\s+([^]*)$/.exec(argument) ?? []
  const target = entityText(setting, who, '~')
  if (target === undefined) unknown(setting, who)
  else setting.person.say(target, '_message_private', { _nick: setting.person.nick }, text)
}

function sayTo(setting: Setting): void {
  const { packet } = setting
  const nick = packet.text('_person')
  const target = nick === undefined ? packet.text('_group') : entityText(setting, nick, '~')
  const place = nick === undefined ? entityText(setting, target ?? '', '@') : undefined
  const focus = place ?? target
  if (focus === undefined) unknown(setting, nick ?? '')
  else say({ ...setting, focus }, packet.bodyText)
}

function ask(method: string): Command {
  return (setting, argument) => {
    const { person, focus } = setting
    const amount = /^\d{1,4}$/.test(argument) ? Number(argument) : undefined
    const match = amount === undefined && argument !== '' ? argument : undefined
    if (focus === undefined) noFocus(setting)
    else person.say(focus, method, { _nick: person.nick, _amount: amount, _match: match })
  }
}

function topic(setting: Setting, text: string): void {
  const { person, focus } = setting
  if (focus === undefined) noFocus(setting)
  else if (text === '') person.say(focus, '_query_topic', { _nick: person.nick })
  else person.say(focus, '_request_set_topic', { _nick: person.nick, _topic: text })
}

function kick(setting: Setting, nick: string): void {
  const { person, focus } = setting
  if (focus === undefined) noFocus(setting)
  else person.say(focus, '_request_kick', { _nick: person.nick, _person: nick })
}

/** `/set password secret` registers the nick. */
function set(setting: Setting, argument: string): void {
  const [, key = '', value = ''] = /^(\S*)\s*([^]*)$/.exec(argument) ?? []
  if (key === 'password') register(setting, value)
  else setting.person.answer(setting.packet, '_failure_unsupported_request', { _key: key })
}

function register({ registry, person, packet }: Setting, password: string): void {
  const isGood = password !== '' && !password.toLowerCase().includes(person.nick)
  const { store } = registry.options
  const isSaved = isGood && store.save(person.nick, { displayName: person.displayName, password })
  if (isSaved) person.isRegistered = true
  const refusal = isGood ? '_failure_unsupported_registration' : '_error_illegal_password'
  person.answer(packet, isSaved ? '_echo_set_password' : refusal)
}

function quit({ registry, packet, person }: Setting): void {
  const { node } = registry
  const routing = { _source: packet.source, _target: person.uniform.text, _tag: packet.tag }
  const origin = { rootKey: '', isLocal: false, understandsState: false, syntax: '1.0' } as const
  registry.handle(
    person,
    Packet.of(routing, '_request_exit'),
    node.memberOrigin(packet.source ?? '') ?? origin,
  )
}

function changePresence({ person, packet }: Setting): void {
  person.presence.change(packet)
  person.answer(packet, `_status_presence${person.presence.suffix}`, person.presence.variables)
}

function toPlace(setting: Setting, place: string, send: (uniform: string) => void): void {
  const uniform = entityText(setting, place, '@')
  if (uniform === undefined) unknown(setting, place)
  else send(uniform)
}

/** A uniform as given, or the entity of ours that the name stands for: "@dev" or "dev". */
function entityText({ registry }: Setting, name: string, kind: '@' | '~'): string | undefined {
  if (name === '') return undefined
  if (name.includes(':')) return uniformOf(name)?.text
  return uniformOf(registry.node.uniformText(name.startsWith(kind) ? name : kind + name))?.text
}

function noFocus({ person, packet }: Setting): void {
  person.answer(packet, '_error_necessary_focus', {}, 'You are in no place: /join one first.')
}

function unknown({ person, packet }: Setting, name: string): void {
  person.answer(packet, '_error_illegal_uniform', { _uniform: name }, '[_uniform] is no name.')
}
