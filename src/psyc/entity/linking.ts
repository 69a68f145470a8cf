/**
 * How a native client links to a person and unlinks: psyced's requests, and the subscription to `#_links` of the
 * specification [psyc.md 6.2; psyced.md 7].
 */
import { Packet } from '../wire/packet.js'
import type { Variables } from '../wire/packet.js'
import { inherits } from '../wire/keyword.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import type { Origin } from './node.js'
import { isPlain, isProven, offeredHashes } from './password.js'
import type { PasswordProof } from './password.js'
import type { ClaimRefusal, PersonRegistry } from './person-registry.js'

/** The two ways to say it. */
interface Dialect {
  readonly challenge: string
  readonly linked: string
}

const psyced: Dialect = { challenge: '_query_password', linked: '_notice_link' }
const subscription: Dialect = { challenge: '_request_password', linked: '_notice_context_enter' }

interface Challenge {
  readonly nick: string
  readonly nonce: string
  readonly dialect: Dialect
}

const CHALLENGES = 1_000 // open at a time; more are forgotten, oldest first

/** What a name's refusal is called towards clients. */
const refusals: Readonly<Record<ClaimRefusal, string>> = {
  taken: '_error_status_person_connected',
  registered: '_error_invalid_password',
  full: '_failure_exceeded_limit_persons',
  illegal: '_error_illegal_name_person',
}

export class Linking {
  /** By location: one that a client was sent and has not answered. */
  private readonly challenges = new Map<string, { challenge: Challenge; rootKey: string }>()

  constructor(private readonly registry: PersonRegistry) {}

  /** @returns whether the packet was about linking, and so is done with */
  handle(person: Uniform, packet: Packet, origin: Origin): boolean {
    const { method } = packet
    const isSubscription = person.channel === '_links' || uniformOf(packet.target)?.channel === '_links'
    if (isSubscription && inherits(method, '_request_context_enter'))
      this.link(person, packet, origin, subscription)
    else if (isSubscription && inherits(method, '_request_context_leave')) this.unlink(packet)
    else if (inherits(method, '_request_link')) this.link(person, packet, origin, psyced)
    else if (inherits(method, '_set_password')) this.link(person, packet, origin, undefined)
    else if (unlinks.some((family) => inherits(method, family))) this.unlink(packet)
    else return false
    return true
  }

  /** The circuit is gone: so is what it was asked. */
  forget(rootKey: string): void {
    for (const [location, open] of this.challenges)
      if (open.rootKey === rootKey) this.challenges.delete(location)
  }

  /** @param dialect undefined for an answer: then it is that of the question */
  private link(person: Uniform, packet: Packet, origin: Origin, dialect: Dialect | undefined): void {
    const location = locationOf(packet)
    if (location === undefined || origin.isLocal) return
    const nick = person.name.toLowerCase()
    const open = this.takeChallenge(location, nick)
    const words = dialect ?? open?.dialect ?? psyced
    const registered = this.registry.options.store.find(nick)
    if (registered === undefined) {
      const isAllowed = this.registry.options.allowsUnregistered
      if (isAllowed) this.claim(person, packet, location, words, false)
      else this.answer(person, packet, '_failure_necessary_registration')
      return
    }
    const password = packet.text('_password')
    if (password === undefined) {
      this.challenge(person, packet, location, words)
      return
    }
    const proof: PasswordProof = { method: packet.text('_method'), password, nonce: open?.nonce }
    if (isPlain(proof) && !this.isPrivate(location)) {
      this.answer(person, packet, '_error_necessary_encryption', {}, 'Passwords travel encrypted or hashed.')
      this.challenge(person, packet, location, words)
    } else if (this.mayTry(location) && isProven(registered.password, proof, this.registry.options.hasher)) {
      this.claim(person, packet, location, words, true)
    } else this.wrongPassword(person, packet, location)
  }

  private claim(
    person: Uniform,
    packet: Packet,
    location: Uniform,
    words: Dialect,
    isAuthenticated: boolean,
  ): void {
    const { store } = this.registry.options
    const nick = person.name.toLowerCase()
    const displayName = store.find(nick)?.displayName ?? spelled(nick, packet.text('_nick')) ?? person.name
    const linked = this.registry.claimNative(nick, location, { displayName, isAuthenticated })
    if (typeof linked === 'string') {
      this.answer(person, packet, refusals[linked])
      return
    }
    const variables = { _nick: linked.nick, _location: location.text, _identification: linked.uniform.text }
    this.answer(person, packet, words.linked, variables, '[_location] linked to [_identification].')
  }

  private challenge(person: Uniform, packet: Packet, location: Uniform, dialect: Dialect): void {
    const nonce = this.registry.node.token()
    const challenge = { nick: person.name.toLowerCase(), nonce, dialect }
    this.challenges.set(location.entityKey, { challenge, rootKey: location.rootKey })
    const oldest = this.challenges.size > CHALLENGES ? this.challenges.keys().next().value : undefined
    if (oldest !== undefined) this.challenges.delete(oldest)
    const hashes = this.registry.options.hasher === undefined ? undefined : offeredHashes
    const variables = { _nonce: nonce, _available_hashes: hashes }
    this.answer(person, packet, dialect.challenge, variables, "Do you know [_nick]'s password?")
  }

  /** A nonce serves once. */
  private takeChallenge(location: Uniform, nick: string): Challenge | undefined {
    const open = this.challenges.get(location.entityKey)?.challenge
    if (open?.nick !== nick) return undefined
    this.challenges.delete(location.entityKey)
    return open
  }

  private isPrivate(location: Uniform): boolean {
    return this.registry.node.circuit(location.rootKey)?.isPrivate === true
  }

  private mayTry(location: Uniform): boolean {
    const { node } = this.registry
    return (node.circuit(location.rootKey)?.wrongPasswords ?? 0) < node.limits.psycPasswordTries
  }

  /** The last try of a client closes its circuit; a node's stays, for its other users, but proves nothing any more. */
  private wrongPassword(person: Uniform, packet: Packet, location: Uniform): void {
    this.answer(person, packet, '_error_invalid_password', {}, 'Invalid password for [_nick].')
    const { node } = this.registry
    const circuit = node.circuit(location.rootKey)
    if (circuit === undefined) return
    circuit.wrongPasswords++
    node.log.warn(
      { person: person.text, location: location.text, tries: circuit.wrongPasswords },
      'wrong password',
    )
    const isLast = circuit.wrongPasswords >= node.limits.psycPasswordTries
    if (isLast && circuit.root === undefined) circuit.closeLater()
  }

  private unlink(packet: Packet): void {
    const native = this.registry.nativeAt(locationOf(packet)?.text)
    if (native === undefined) return
    const { person, location } = native
    const variables = { _location: location.text, _identification: person.uniform.text }
    this.answer(
      person.uniform,
      packet,
      '_notice_unlink',
      variables,
      '[_location] unlinked from [_identification].',
    )
    this.registry.removeNative(native, 'finished')
  }

  private answer(
    person: Uniform,
    packet: Packet,
    method: string,
    variables: Variables = {},
    body = '',
  ): void {
    const source = person.text.split('#', 1)[0]
    const routing = { _source: source, _target: packet.source, _tag_relay: packet.tag }
    this.registry.node.send(Packet.of(routing, method, { _nick: person.name, ...variables }, body))
  }
}

/** The nick in the client's spelling; a name of its own would be somebody else's. */
function spelled(nick: string, text: string | undefined): string | undefined {
  return text?.toLowerCase() === nick ? text : undefined
}

const unlinks = ['_request_unlink', '_request_exit', '_request_do_quit']

/** Where the client is: the sender, or another address of the same circuit that it names. */
function locationOf(packet: Packet): Uniform | undefined {
  const source = uniformOf(packet.source)
  const named = uniformOf(packet.text('_location'))
  return named !== undefined && named.rootKey === source?.rootKey ? named : source
}
