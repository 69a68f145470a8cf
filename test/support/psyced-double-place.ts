/** A place of the double: what a place of psyced does with what it is sent [psyced.md 4]. */
import { render, rootOf } from './psyced-double.js'
import type { Incoming, PsycedDouble, Vars } from './psyced-double.js'

interface DoubleMember {
  readonly uniform: string
  nick: string
  /** Circuits without an origin are a route per member. */
  readonly origin: string | undefined
}

interface Line {
  readonly method: string
  readonly speaker: string
  readonly vars: Vars
  readonly body: string
  readonly time: number
}

const ENTERS = '[_nick] enters [_nick_place].'
const LEAVES = '[_nick] leaves [_nick_place].'
const HISTORY_MOST = 3

export class DoublePlace {
  /** Newest first, as it lists them. */
  members: DoubleMember[] = []
  topic: { text: string; nick: string; time: number } | undefined
  isSilent = false
  /** Uniforms of those who are not let in. */
  readonly banned = new Set<string>()
  private readonly history: Line[] = []

  constructor(
    private readonly double: PsycedDouble,
    /** Lower case, without "@". */
    readonly key: string,
    private readonly spelling: string,
  ) {}

  get uniform(): string {
    return this.double.uniform(`@${this.key}`)
  }

  take(said: Incoming): void {
    const { method } = said
    const family = /^_[^_]*/.exec(method)?.[0] ?? ''
    if (/^_request_(context_)?enter|^_notice_(place|context)_enter/.test(method)) this.enter(said)
    else if (/^_request_(context_)?leave|^_notice_(place|context)_leave/.test(method)) this.leave(said)
    else if (method === '_request_description') this.describe(said)
    else if (method === '_request_list_feature') this.features(said)
    else if (family === '_status' || family === '_warning') return
    else if (this.memberOf(said) === undefined) this.stranger(said, family)
    else if (family === '_error' || family === '_failure') this.burp(rootOf(said.source))
    else if (method === '_query_topic') this.tellTopic(said)
    else if (family === '_request') this.request(said)
    else this.relay(said, method === '_message_private' ? '_message_public' : method)
  }

  private memberOf(said: { source: string }): DoubleMember | undefined {
    return this.members.find(({ uniform }) => uniform === said.source)
  }

  private stranger(said: Incoming, family: string): void {
    if (family === '_error' || family === '_failure') return
    this.answer(said, '_error_necessary_membership', {}, 'You need to enter [_nick_place] first.')
  }

  private enter(said: Incoming): void {
    const nick = said.vars['_nick']?.[0] ?? said.source
    if (!/^[A-Za-z_+][A-Za-z0-9_=+-]*$/.test(nick)) {
      const text = "Sorry, '[_nick]' is not a valid name in [_nick_place]."
      this.answer(said, '_error_illegal_name_person_place', { _nick: nick }, text)
      return
    }
    if (this.banned.has(said.source)) {
      this.answer(said, '_error_place_enter_necessary_invitation', { _nick: nick }, '')
      return
    }
    const suffix = /_enter(_automatic|_join|_login)?/.exec(said.method)?.[1] ?? ''
    const known = this.memberOf(said)
    if (known === undefined) {
      this.cast(`_notice_place_enter${suffix}`, said.source, { ...said.vars, ...this.topicVars }, ENTERS)
      this.members.unshift({
        uniform: said.source,
        nick: said.vars['_nick_local']?.[0] ?? nick,
        origin: said.circuit.origin,
      })
    } else known.nick = said.vars['_nick_local']?.[0] ?? nick
    const routing = {
      _target: said.source,
      _source: this.uniform,
      ...(said.tag !== undefined && { _tag: said.tag, _tag_reply: said.tag }),
    }
    const vars = {
      _duty: 'member',
      ...this.lists,
      ...this.topicVars,
      _nick_place: this.spelling,
      ...said.vars,
    }
    said.circuit.write(render({ routing, vars, method: `_echo_place_enter${suffix}`, body: ENTERS }))
    const asked = Number(said.vars['_amount_history']?.[0] ?? 0)
    if (known === undefined || asked > 0) this.replay(said, asked)
    const isTold = (known === undefined || asked > 0) && suffix !== '_automatic'
    if (this.topic !== undefined && isTold) this.tellTopic({ ...said, tag: undefined })
  }

  /** A person of psyced itself comes, or comes again. */
  join(uniform: string, nick: string): void {
    if (this.memberOf({ source: uniform }) !== undefined) return
    this.cast('_notice_place_enter_join', uniform, { _nick: nick, ...this.topicVars }, ENTERS)
    this.members.unshift({ uniform, nick, origin: this.double.uniform('') })
  }

  private leave(said: Incoming): void {
    const suffix = /_leave(_\w+)?/.exec(said.method)?.[1] ?? ''
    const member = this.memberOf(said)
    if (member === undefined) {
      this.answer(said, '_echo_place_leave_invalid', {}, 'You are not in [_nick_place].')
      return
    }
    this.remove(member, suffix, said.vars)
  }

  remove(member: DoubleMember, suffix: string, vars: Vars = {}): void {
    this.cast(
      `_notice_place_leave${suffix}`,
      member.uniform,
      { _nick: member.nick, ...vars, ...this.topicVars },
      LEAVES,
    )
    this.members = this.members.filter((other) => other !== member)
  }

  /** One error from a node, or a route that is lost: all of its members are out. */
  burp(root: string): void {
    const gone = this.members.filter(({ uniform }) => rootOf(uniform) === root)
    this.members = this.members.filter((member) => !gone.includes(member))
    for (const { uniform, nick } of gone)
      this.cast('_notice_place_leave_netburp', uniform, { _nick: nick }, 'Lost route to [_nick].')
  }

  private relay(said: Incoming, method: string): void {
    if (this.isSilent && method.startsWith('_message')) {
      this.answer(said, '_error_place_silent_configuration', {}, '[_nick_place] is in silence mode.')
      return
    }
    const vars = said.vars
    if (method.startsWith('_message'))
      this.history.push({ method, speaker: said.source, vars, body: said.body, time: this.double.now() })
    this.cast(method, said.source, vars, said.body)
    if (/^_message_(?!public(_|$)|audio|video|echo)/.test(method)) this.echoForged(said)
  }

  /** Users of psyced take it for a word to them alone, and say so [psyced.md 4.4]. */
  private echoForged(said: Incoming): void {
    const locals = this.members.filter(({ origin }) => origin === this.double.uniform(''))
    const routing = { _source_relay: said.source, _context: this.uniform }
    const vars = { ...said.vars, _nick_place: this.spelling }
    const echo = render({ routing, vars, method: '_message_echo_private', body: said.body })
    locals.forEach(() => said.circuit.write(echo))
  }

  say(uniform: string, nick: string, body: string, vars: Vars = {}): void {
    this.history.push({
      method: '_message_public',
      speaker: uniform,
      vars: { _nick: nick, ...vars },
      body,
      time: this.double.now(),
    })
    this.cast('_message_public', uniform, { _nick: nick, ...vars }, body)
  }

  /** One copy for each origin, or for each member of a circuit that has none [psyced.md 3.2]. */
  cast(method: string, relay: string, vars: Vars, body: string): void {
    const routing = { _source_relay: relay, _context: this.uniform }
    const text = render({ routing, vars: { ...vars, _nick_place: this.spelling }, method, body })
    const own = this.double.uniform('')
    const remote = this.members.filter(({ origin }) => origin !== own)
    const withOrigin = new Set(remote.flatMap(({ origin }) => origin ?? []))
    for (const origin of withOrigin) this.double.toNode(origin, text)
    for (const member of remote)
      if (member.origin === undefined) this.double.toNode(rootOf(member.uniform), text)
    for (const user of this.double.users.values())
      if (this.memberOf({ source: user.uniform }) !== undefined)
        user.heard(this.uniform, relay, method, vars, body)
  }

  private request(said: Incoming): void {
    const { method } = said
    if (method === '_request_members') this.tellMembers(said)
    else if (method === '_request_status') this.status(said)
    else if (method === '_request_history') {
      this.replay(said, Number(said.vars['_amount']?.[0] ?? HISTORY_MOST))
      const routing = { _target: said.source, _source: this.uniform, _tag_reply: said.tag }
      said.circuit.write(render({ routing, vars: {}, method: '_echo_history', body: '' }))
    } else if (method === '_request_set_topic')
      this.setTopic(said.vars['_nick']?.[0] ?? '', said.vars['_topic']?.[0] ?? '')
    // any other request: not a word [psyced.md 4.3]
  }

  setTopic(nick: string, text: string): void {
    this.topic = { text, nick, time: this.double.now() }
    this.cast(
      '_notice_place_topic',
      this.uniform,
      { _nick: nick, _topic: text },
      'New topic in [_nick_place] by [_nick]: [_topic]',
    )
  }

  private get topicVars(): Vars {
    return this.topic === undefined ? {} : { _topic: this.topic.text }
  }

  private get lists(): Vars {
    return {
      _list_members: this.members.map(({ uniform }) => uniform),
      _list_members_nicks: this.members.map(({ nick }) => nick),
    }
  }

  private tellMembers(said: Incoming): void {
    this.answer(said, '_status_place_members', this.lists, 'In [_nick_place]: [_list_members_nicks].')
  }

  private tellTopic(said: Incoming): void {
    if (this.topic === undefined) {
      this.answer(said, '_status_place_topic_none', {}, '')
      return
    }
    const { text, nick, time } = this.topic
    const vars = { _time_place: String(time), _nick: nick, _topic: text }
    this.answer(said, '_status_place_topic', vars, 'Topic by [_nick]: [_topic]')
  }

  private status(said: Incoming): void {
    this.tellMembers(said)
    const http = `http://${this.double.host}:43333/@${this.spelling}`
    this.answer(
      said,
      '_status_place_identification_aliases',
      {
        _identification_scheme_XMPP: `*${this.key}@${this.double.host}`,
        _identification_alias: `${http} xmpp:*${this.key}@${this.double.host} irc://${this.double.host}/${this.spelling}`,
        _identification: this.uniform,
      },
      'PSYC Identification of [_nick_place]: [_identification]\nAliases: [_identification_alias]',
    )
    const text = 'Masquerading in [_nick_place] is permitted. Try out the /nick command.'
    this.answer(said, '_status_place_masquerade', {}, text)
  }

  private describe(said: Incoming): void {
    const vars = { _nick: this.spelling, _topic: this.topic?.text ?? '' }
    this.answer(said, '_status_description_place', vars, 'Description data of [_nick_place] received.')
  }

  private features(said: Incoming): void {
    const list = ['list_feature', 'jabber-gc-1.0', 'jabber-muc', 'nonanonymous', 'private', 'persistent']
    const vars = { _identity: 'place', _list_feature: list, _name: this.spelling }
    const text = '[_nick] is a [_identity] called [_name] offering features [_list_feature].'
    this.answer(said, '_notice_list_feature_place', vars, text)
  }

  private replay(said: Incoming, asked: number): void {
    const most = Math.min(asked, HISTORY_MOST)
    if (most <= 0) return
    for (const { method, speaker, vars, body, time } of this.history.slice(-most)) {
      const routing = { _target: said.source, _context: this.uniform, _source_relay: speaker }
      const all = { ...vars, _nick_place: this.spelling, _time_place: String(time) }
      said.circuit.write(render({ routing, vars: all, method, body }))
    }
  }

  private answer(said: Incoming, method: string, vars: Vars, body: string): void {
    said.circuit.answer(said, this.uniform, method, { ...vars, _nick_place: this.spelling }, body)
  }
}
