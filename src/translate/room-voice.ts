/**
 * What a packet is to the Flash clients that hear it: worked out once, for a line of chat goes to hundreds of them. A person
 * is sent much by others: anybody can write to it, and by the tunnel it may be in other places. An app knows one room, so
 * it is told only what that room says, and what somebody says to the person alone [design 2].
 */
import { inherits } from '../psyc/wire/keyword.js'
import type { Packet } from '../psyc/wire/packet.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'

/** Families that only a place has reason to use. */
const placesOwn = ['_message_public', '_notice_place', '_status_place']
const EXPULSION = /^_notice_place_leave_(banned|netburp|temporary)/

export class Voice {
  /** By which profiles know it. */
  readonly method: string
  readonly isCast: boolean
  /** To a request with a tag. */
  readonly isAnswer: boolean
  /** Somebody says it to the person alone. */
  readonly isPersonal: boolean
  /** `question`: a call that wants its result; `call`: one that does not; `movement`: somebody comes or goes. */
  readonly kind: 'question' | 'call' | 'movement' | 'word'
  private readonly speaker: Uniform | undefined
  private readonly subject: Uniform | undefined

  constructor(readonly packet: Packet) {
    const { context, source, target, sourceRelay } = packet
    const method = canonicalMethod(packet.method)
    this.method = method
    this.speaker = uniformOf(context ?? source)
    this.subject = uniformOf(sourceRelay ?? target)
    this.isCast = context !== undefined
    this.isAnswer = packet.tagRelay !== undefined
    this.isPersonal =
      !this.isCast &&
      packet.text('_time_place') === undefined &&
      !placesOwn.some((family) => inherits(method, family))
    this.kind = kindOf(method)
  }

  isOf(room: Uniform): boolean {
    return this.speaker?.entityKey === room.entityKey
  }

  /** Whether that person is the one who comes or goes. */
  isAbout({ key }: Uniform): boolean {
    return this.subject?.key === key
  }

  /** Kicked, banned, or the place has ended. */
  isExpulsionOf(person: Uniform): boolean {
    return this.kind === 'movement' && EXPULSION.test(this.method) && this.isAbout(person)
  }
}

let last: Voice | undefined

export function voiceOf(packet: Packet): Voice {
  if (last?.packet !== packet) last = new Voice(packet)
  return last
}

/** Places speak of enter and leave by old names or new; profiles know the old ones [psyc.md 5.1]. */
function canonicalMethod(method: string): string {
  return method.replace(/^_notice_context_(enter|leave)(?=_|$)/, '_notice_place_$1')
}

function kindOf(method: string): Voice['kind'] {
  if (inherits(method, '_request_invoke')) return 'question'
  if (inherits(method, '_notice_invoke')) return 'call'
  const isMovement = inherits(method, '_notice_place_enter') || inherits(method, '_notice_place_leave')
  return isMovement ? 'movement' : 'word'
}
