/** `watch --json`: one object a line, with `time` and `event`. */
import type { Writable } from 'node:stream'
import type { Packet } from '../psyc/wire/packet.js'
import { displayText } from '../translate/text.js'
import { terminalJson } from './terminal-json.js'
import type { DataLine, Makeup, Tally } from './watch-media.js'
import { changesOf, jsonOf, variablesOf } from './watch-values.js'
import type { Named } from './watch-values.js'
import type { Arrival, WatchView } from './watch-view.js'

export class JsonView implements WatchView {
  /** @param now ms since 1970 */
  constructor(
    private readonly output: Writable,
    private readonly now: () => number,
  ) {}

  connected(arrival: Arrival): void {
    this.line('connected', { ...arrival })
  }

  entered(context: string, nick: string, answer: Packet): void {
    this.line('entered', { context, nick, variables: named(variablesOf(answer)) })
  }

  state(state: readonly Named[], counter: number | undefined, isAgain: boolean): void {
    this.line('state', { counter, again: isAgain, state: named(state) })
  }

  cast(packet: Packet, counter: number | undefined): void {
    this.line('packet', { counter, ...packetFields(packet) })
  }

  history(packet: Packet): void {
    this.line('history', packetFields(packet))
  }

  aside(packet: Packet): void {
    this.line('aside', packetFields(packet))
  }

  makeup(makeup: Makeup): void {
    this.line('stream', { ...makeup })
  }

  tally(tally: Tally, counter: number): void {
    this.line('media', { counter, ...tally })
  }

  data({ handler, args }: DataLine, counter: number | undefined): void {
    this.line('data', { counter, handler, args: args.map(jsonOf) })
  }

  note(text: string): void {
    this.line('note', { text })
  }

  lost(reason: string): void {
    this.line('lost', { reason })
  }

  left(): void {
    this.line('left', {})
  }

  private line(event: string, fields: Readonly<Record<string, unknown>>): void {
    const time = new Date(this.now()).toISOString()
    this.output.write(`${terminalJson({ time, event, ...fields })}\n`)
  }
}

function packetFields(packet: Packet): Record<string, unknown> {
  const changes = changesOf(packet).map(({ operator, name, index, value }) => ({
    operator,
    name,
    ...(index === undefined ? {} : { index }),
    ...(value === undefined ? {} : { value: jsonOf(value) }),
  }))
  return {
    method: packet.method,
    source: packet.sourceRelay ?? packet.source,
    variables: named(variablesOf(packet)),
    ...(packet.stateOperation === undefined ? {} : { operation: packet.stateOperation }),
    ...(changes.length === 0 ? {} : { changes }),
    text: displayText(packet),
  }
}

function named(values: readonly Named[]): Record<string, unknown> {
  return Object.fromEntries(values.map(({ name, value }) => [name, jsonOf(value)]))
}
