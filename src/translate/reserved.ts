/** Names that nobody may call in a client: the player or the protocol gives them a meaning [design 2]. */

export const reservedNames = [
  '_result',
  '_error',
  '_checkbw',
  'onStatus',
  'onBWDone',
  'onBWCheck',
  'onFCPublish',
  'onFCUnpublish',
  'onFCSubscribe',
  'onFCUnsubscribe',
  'onMetaData',
  'close',
  'connect',
  'call',
  'createStream',
  'deleteStream',
  'closeStream',
  'initStream',
  'releaseStream',
  'FCPublish',
  'FCUnpublish',
  'publish',
  'play',
  'play2',
  'pause',
  'pauseRaw',
  'seek',
  'receiveAudio',
  'receiveVideo',
  'setBufferTime',
  'psyc',
  'onPsyc',
] as const

const reserved: ReadonlySet<string> = new Set(reservedNames)

/** Callbacks of the player: SWF 6 and older finds them in any case. */
const callbacks: ReadonlySet<string> = new Set(
  reservedNames.filter((name) => /^(?:_|on)/.test(name)).map((name) => name.toLowerCase()),
)

/** Whether a call of `name` must be answered `_error_illegal_invoke`. A player may read a name up to a NUL only. */
export function isReservedName(name: string): boolean {
  const nul = name.indexOf('\0')
  const read = nul < 0 ? name : name.slice(0, nul)
  return reserved.has(read) || callbacks.has(read.toLowerCase())
}
