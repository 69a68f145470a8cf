/** Commands of the program, run in this process. */
import { Readable, Writable } from 'node:stream'
import { decode } from '../../src/cli/decode.js'
import { probe } from '../../src/cli/probe.js'

export interface Ran {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

/** Keeps what is written. */
export class TextSink extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

/** `rtmpsyc decode …` with those bytes, in those pieces, on standard input. */
export async function runDecode(args: readonly string[], ...pieces: readonly Uint8Array[]): Promise<Ran> {
  const output = new TextSink()
  const errors = new TextSink()
  const exit = await decode(args, { input: Readable.from(pieces, { objectMode: true }), output, errors })
  return { exit, stdout: output.text, stderr: errors.text }
}

/** `rtmpsyc probe …`; times in its output are replaced by "N ms", columns are one blank apart. */
export async function runProbe(...args: readonly string[]): Promise<Ran> {
  const output = new TextSink()
  const errors = new TextSink()
  const exit = await probe(args, output, errors)
  const stdout = output.text.replace(/ +/g, ' ').replace(/\d+ ms (?=\w)/g, 'N ms ')
  return { exit, stdout, stderr: errors.text }
}
