/** `rtmpsyc decode KIND`: what bytes say, as JSON. Exit 0 complete, 2 malformed, 3 incomplete, 64 asked wrongly. */
import type { Readable, Writable } from 'node:stream'
import { nearestName } from '../profile/nearest-name.js'
import { MessageType } from '../rtmp/wire/message.js'
import { invalid, parseArguments, requestOf } from './arguments.js'
import { decodeAmf } from './decode-amf.js'
import { decodeChunks } from './decode-chunks.js'
import { Exit } from './decode-document.js'
import type { Document, Outcome } from './decode-document.js'
import { InputError, bytesOfHex, readAll } from './decode-input.js'
import { decodeLegacyPsyc, decodePsyc } from './decode-psyc.js'
import { decodeSharedObjectBody } from './decode-shared-object.js'
import { decodeUniform } from './decode-uniform.js'
import { printable } from './probe-report.js'

/** Bytes borrowed until the document is at its end. */
type Decoder = (bytes: Uint8Array) => Document

const kinds: Readonly<Record<string, Decoder>> = {
  amf0: (bytes) => decodeAmf('amf0', bytes),
  amf3: (bytes) => decodeAmf('amf3', bytes),
  'shared-object': (bytes) => decodeSharedObjectBody(MessageType.SharedObject, bytes),
  'shared-object-amf3': (bytes) => decodeSharedObjectBody(MessageType.SharedObjectAmf3, bytes),
  chunks: decodeChunks,
  psyc: decodePsyc,
  psyc09: decodeLegacyPsyc,
  uniform: decodeUniform,
}

const EXIT_PIPE = 141 // what a shell shows for a program that SIGPIPE ended

const usage = `Usage: rtmpsyc decode KIND [--hex] < FILE
  KIND: ${Object.keys(kinds).join(' ')}
  --hex: standard input is hex text; blanks and line ends do not matter
  exit code: 0 complete, 2 malformed, 3 incomplete
`

/** Where the bytes come from and the text goes. */
export interface Streams {
  readonly input: Readable
  readonly output: Writable
  readonly errors: Writable
}

export async function decode(args: readonly string[], streams: Streams = standardStreams()): Promise<number> {
  const { output, errors } = streams
  const request = requestOf({ name: 'decode', usage, read: readRequest }, args, output, errors)
  if (typeof request === 'number') return request
  const { kind, decoder, isHex } = request
  try {
    const input = await readAll(streams.input)
    const document = decoder(isHex ? bytesOfHex(input) : input)
    const outcome = await print(document, streams.output)
    if (outcome === undefined) return EXIT_PIPE
    const { exit, reason } = outcome
    const names = { [Exit.Malformed]: 'malformed', [Exit.Incomplete]: 'incomplete', [Exit.Complete]: '' }
    if (exit !== Exit.Complete) errors.write(`rtmpsyc decode ${kind}: ${names[exit]}: ${printable(reason)}\n`)
    return exit
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    errors.write(`rtmpsyc decode ${kind}: ${error.message}\n`)
    return Exit.Malformed
  }
}

function standardStreams(): Streams {
  return { input: process.stdin, output: process.stdout, errors: process.stderr }
}

const options = { hex: { type: 'boolean' } } as const

interface Request {
  readonly kind: string
  readonly decoder: Decoder
  readonly isHex: boolean
}

/** @throws ConfigError for what is wrong */
function readRequest(args: readonly string[]): Request {
  const { positionals, values } = parseArguments(args, options)
  const [kind, ...more] = positionals
  if (kind === undefined) throw invalid('of which KIND are the bytes?')
  if (more.length > 0)
    throw invalid(`one KIND at a time, and the bytes on standard input; got "${more.join(' ')}" too`)
  const decoder = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  if (decoder === undefined) {
    const nearest = nearestName(kind, Object.keys(kinds))
    const meant = nearest === undefined ? '' : `; did you mean "${nearest}"?`
    throw invalid(`there is no kind "${kind}"${meant}`)
  }
  return { kind, decoder, isHex: values.hex ?? false }
}

/** Written at once, in characters: items are small and calls are not. */
const GATHERED = 65_536

/** Write no faster than it is taken. @returns undefined when the reader went away, as `head` does */
async function print(document: Document, output: Writable): Promise<Outcome | undefined> {
  output.on('error', () => undefined) // told by the write that fails
  let text = ''
  for (;;) {
    const next = document.next()
    if (next.done !== true) text += next.value
    if (next.done === true || text.length >= GATHERED) {
      if (!(await isTaken(output, text))) return undefined
      text = ''
    }
    if (next.done === true) return next.value
  }
}

function isTaken(output: Writable, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    output.write(text, (error) => resolve(error === undefined || error === null))
  })
}
