/** A person of the double, as telnet or IRC shows it the world [psyced.md 4.5, 4.6, 4.7]. */
import { hostOf, render, rootOf } from './psyced-double.js'
import type { Incoming, PsycedDouble, Vars } from './psyced-double.js'

export class DoubleUser {
  /** Lines on the screen, since last taken. */
  private readonly lines: string[] = []
  /** Foreign places that have let this user in. */
  readonly contexts = new Set<string>()
  private readonly asked = new Map<string, string>()

  constructor(
    private readonly double: PsycedDouble,
    readonly nick: string,
  ) {}

  get uniform(): string {
    return this.double.uniform(`~${this.nick}`)
  }

  take(): string[] {
    return this.lines.splice(0)
  }

  /** /join, of a place here or of another node. */
  join(place: string): void {
    if (!place.startsWith('psyc://') || hostOf(place) === this.double.host) {
      const name = place.replace(/^.*@/, '')
      this.double.place(name, name).join(this.uniform, this.nick)
      return
    }
    const tag = this.double.newTag()
    this.asked.set(tag, place)
    this.send(place, '_request_enter_join', tag)
  }

  part(place: string): void {
    if (!place.startsWith('psyc://')) {
      const found = this.double.places.get(place)
      const member = found?.members.find(({ uniform }) => uniform === this.uniform)
      if (found !== undefined && member !== undefined) found.remove(member, '')
    } else this.send(place, '_request_leave', this.double.newTag())
  }

  /** The person goes offline. */
  quit(): void {
    for (const place of this.double.places.values()) {
      const member = place.members.find(({ uniform }) => uniform === this.uniform)
      if (member !== undefined) place.remove(member, '_logout')
    }
  }

  say(place: string, text: string): void {
    if (place.startsWith('psyc://')) this.send(place, '_message_public', undefined, text)
    else this.double.places.get(place)?.say(this.uniform, this.nick, latin(text))
  }

  /** /me */
  act(place: string, action: string): void {
    this.double.places.get(place)?.say(this.uniform, this.nick, '', { _action: latin(action) })
  }

  tell(person: string, text: string): void {
    this.send(person, '_message_private', undefined, text, { _nick_target: person })
  }

  /** /examine, or WHOIS by IRC. */
  whois(person: string): void {
    this.send(
      person,
      '_request_description',
      `0 ${this.double.newTag()}`,
      '[_nick] looks up your description.',
    )
  }

  befriend(person: string): void {
    this.send(person, '_request_friendship', undefined, '[_nick] kindly asks for your friendship.')
  }

  /** The person is told, and so is the place. */
  invite(person: string, place: string): void {
    const vars = { _place: place, _nick_place: place, _nick_target: person }
    this.send(person, '_notice_invitation', undefined, '[_nick] invites you into [_nick_place].', vars)
    if (hostOf(place) === this.double.host) return
    const body = '[_nick] invites [_nick_target] into [_nick_place].'
    this.send(place, '_request_invitation', undefined, body, { ...vars, _invitation: person })
  }

  /** Any other request that psyced makes of a command. */
  request(target: string, method: string, body = ''): void {
    this.send(target, method, undefined, body)
  }

  /** A command that psyced does not know goes to the place. */
  execute(place: string, command: string): void {
    this.send(place, '_request_execute', undefined, command)
  }

  private send(target: string, method: string, tag?: string, body = '', vars: Vars = {}): void {
    const routing = { _target: target, _source: this.uniform, _tag: tag }
    const text = render({ routing, vars: { _nick: this.nick, ...vars }, method, body: latin(body) })
    this.double.toNode(rootOf(target), text, target.toLowerCase())
  }

  /** For this person alone. */
  told(said: Incoming): void {
    const { method, body, source, vars } = said
    if (/^_(echo|notice)_place_leave/.test(method)) this.contexts.delete(source) // of the place itself
    if (method.startsWith('_echo_place_leave')) this.lines.push(`${source} leaves.`) // by IRC: PART of the place
    if (method.startsWith('_echo_place_enter') || method.startsWith('_echo_context_enter')) {
      // An echo without the tag of the question is not believed.
      if (this.asked.get(said.tagReply ?? '') === source) this.entered(source)
    } else if (method === '_message_private') {
      this.show(vars['_nick']?.[0], `tells you: ${body}`)
      said.circuit.answer(said, this.uniform, '_message_echo_private', { ...vars }, body)
    } else if (method === '_status_description_person') this.described(said)
    else if (body !== '') this.lines.push(utf8(fill(body, vars)))
  }

  /** Without the tag of the question it is for nobody here. */
  private described({ vars, tagReply }: Incoming): void {
    if (tagReply?.startsWith('0 ') !== true) return
    this.lines.push(`${String(vars['_nick'])} is * :${String(vars['_description_motto'] ?? '')}`)
    const hidden = new Set(['_nick', '_description_motto'])
    for (const [name, value] of Object.entries(vars).sort())
      if (!hidden.has(name)) this.lines.push(utf8(`${name}: ${String(value)}`))
  }

  private entered(place: string): void {
    this.contexts.add(place)
    this.lines.push(`You enter ${place}.`)
  }

  /** A cast of a context that this user is in. */
  heard(context: string, relay: string | undefined, method: string, vars: Vars, body: string): void {
    const isLocal = hostOf(context) === this.double.host
    if (!isLocal && !this.contexts.has(context)) return
    const nick = String(vars['_nick'] ?? '')
    if (/^_notice_(place|context)_leave/.test(method) && relay === this.uniform) {
      this.contexts.delete(context)
      this.lines.push(`You leave ${context}.`) // by IRC: PART of one's own
    } else if (method.startsWith('_message')) {
      const action = vars['_action']
      this.show(nick, action !== undefined && body === '' ? `${String(action)}.` : `says: ${body}`)
    } else if (body !== '')
      this.lines.push(utf8(fill(body, { ...vars, _nick_place: context.replace(/^.*@/, '') })))
  }

  private show(nick: string | undefined, text: string): void {
    this.lines.push(utf8(`${nick ?? ''} ${text}`))
  }
}

function fill(template: string, vars: Vars): string {
  return template.replace(/\[(_\w+)\]/g, (_, name: string) => String(vars[name] ?? ''))
}

function latin(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function utf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8')
}
