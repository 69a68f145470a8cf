/** How available a person is [psyc.md 6.5]. */
import type { Packet, Variables } from '../wire/packet.js'
import { decodeUtf8 } from '../../util/utf8.js'

const HERE = 7
const DESCRIPTION_BYTES = 1_000 // ours

/** Suffix of `_status_presence` and `_notice_presence` by `_degree_availability`. */
const suffixes = [
  ...['_absent', '_absent', '_absent_vacation', '_away', '_here_busy'],
  ...['_here_busy', '_here_busy', '_here', '_here_talkative', '_here'],
]

export class Presence {
  private availability = HERE
  private mood = 0
  private description = ''

  get suffix(): string {
    return suffixes[this.availability] ?? '_here'
  }

  get variables(): Variables {
    return {
      _degree_availability: this.availability,
      _degree_mood: this.mood,
      _description_presence: this.description === '' ? undefined : this.description,
    }
  }

  /** What the packet says about it; the rest stays. */
  change(packet: Packet): void {
    this.availability = degree(packet, '_degree_availability') ?? this.availability
    this.mood = degree(packet, '_degree_mood') ?? this.mood
    this.description = description(packet) ?? this.description
  }
}

/** The beginning of what it says. Cut before it is text: a part of a text holds the whole. */
function description(packet: Packet): string | undefined {
  const bytes = packet.bytes('_description_presence')
  if (bytes === undefined) return undefined
  const isCut = bytes.length > DESCRIPTION_BYTES
  const text = decodeUtf8(bytes.subarray(0, DESCRIPTION_BYTES))
  return isCut ? text.replace(/\ufffd$/, '') : text
}

function degree(packet: Packet, name: string): number | undefined {
  const value = packet.integer(name)
  return value !== undefined && value >= 0 && value <= 9 ? value : undefined
}
