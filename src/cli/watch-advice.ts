/** Why we were not let into a context, and what to do about it. */
import { inherits } from '../psyc/wire/keyword.js'
import type { Packet } from '../psyc/wire/packet.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { parseChannel } from '../translate/name.js'
import { displayText } from '../translate/text.js'
import { ProbeFailure } from './probe-report.js'
import { variableLines } from './probe-values.js'

/** We are not wanted there: to ask again would only be a bother. */
export class Exclusion extends ProbeFailure {}

function isExclusion({ method }: Packet): boolean {
  const isNotThere = inherits(method, '_error_necessary_privilege_create')
  const isForbidden = inherits(method, '_error_necessary_privilege') && !isNotThere
  return isForbidden || inherits(method, '_error_place_enter_necessary_invitation')
}

/** The first family that the answer inherits from decides; `PLACE` and `ROOT` stand for uniforms. */
const advice: readonly (readonly [string, problem: string, advice: string])[] = [
  [
    '_error_necessary_privilege_create',
    'nobody uses that object now',
    'an object is there while somebody uses it; persistent ones begin with #_sop_, others with #_so_',
  ],
  ['_error_unknown_name_shared', 'there is no such channel', 'channels are #_so_…, #_sop_… and #_stream_…'],
  [
    '_error_unknown_stream',
    'nobody publishes that stream there',
    'rtmpsyc watch PLACE tells the streams of a place, and at which node each is',
  ],
  [
    '_error_illegal_uniform',
    'there is nothing by that name',
    'check the name; rtmpsyc probe ROOT tells which places there are',
  ],
  [
    '_failure_unsupported_relay',
    'the server goes by another name',
    'rtmpsyc probe ROOT tells how it calls itself: use that name',
  ],
  [
    '_error_place_enter_necessary_invitation',
    'we are banned there',
    'the owner of the place decides who is let in',
  ],
  ['_error_necessary_privilege', 'we may not', 'the owner of the place decides who is let in'],
  ['_failure_exceeded_limit', 'it is full', 'limits of that server decide; try again when others have left'],
  ['_failure_unsupported', 'the server does not do that', 'is it a place, an object or a stream?'],
]

export function enterFailure(answer: Packet, context: Uniform): ProbeFailure {
  const found = advice.find(([family]) => inherits(answer.method, family))
  const text = displayText(answer)
  const said = `${answer.method}${text === '' ? '' : `: ${text}`}`
  const Failure = isExclusion(answer) ? Exclusion : ProbeFailure
  if (found === undefined) return new Failure(`not let in: ${said}`, '', variableLines(answer))
  const [, problem, what] = found
  const place = context.entityKey
  const told = what.replace('PLACE', `"${place}"`).replace('ROOT', context.rootKey)
  return new Failure(`${problem} (${said})`, told)
}

/** "the stream cam", "the place": what kind of thing that uniform names; undefined for one that cannot be entered. */
export function kindOf(context: Uniform): string | undefined {
  if (context.kind !== 'place') return undefined
  if (context.channel === '') return 'the place'
  const channel = parseChannel(context.channel)
  if (channel === undefined) return `the channel ${context.channel}`
  if (channel.kind === 'stream') return `the stream ${channel.name}`
  return `the ${channel.persistent ? 'persistent' : 'volatile'} object ${channel.name}`
}
