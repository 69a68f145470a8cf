/** A client's messages to who deals with them: the protocol's own commands, its streams, or the application. */
import type { GatewayError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import type { Clock } from '../../util/timers.js'
import { unpackAggregate } from '../wire/message/index.js'
import { MessageType } from '../wire/message.js'
import type { Message } from '../wire/message.js'
import { decodeSharedObject } from '../wire/shared-object.js'
import { CommandRate } from './command-rate.js'
import { connectionCommands, streamCommands } from './commands.js'
import type { CommandTarget } from './commands.js'
import type { CallAnswer, IncomingCall } from './events.js'
import { answerOf, readCommand, readUserControl } from './incoming.js'
import type { Command } from './incoming.js'
import { callFailure } from './pending-calls.js'

/** The connection as its incoming messages see it. */
export interface DispatchTarget extends CommandTarget {
  readonly id: string
  readonly limits: Limits
  /** Has a connect command come? Before it nothing else counts. */
  readonly isRequested: boolean
  connect(command: Command): void
  /** The client's answer to a call of ours. @returns whether it was waited for */
  settle(transactionId: number, answer: CallAnswer): boolean
  answerPing(timestamp: number): void
  /** Give up on the client. */
  lose(reason: string): void
}

export class Dispatcher {
  private readonly rate: CommandRate
  /** Calls with a transaction ID that the application has not answered. */
  private readonly unanswered = new Set<IncomingCall>()

  constructor(
    private readonly target: DispatchTarget,
    clock: Clock,
    private readonly log: Log,
  ) {
    this.rate = new CommandRate(clock, target.limits.commandsPerSecond)
  }

  /** @throws RtmpError, AmfError, LimitError  the message breaks the protocol: close the connection */
  dispatch(message: Message): void {
    const { streams, isRequested } = this.target
    switch (message.type) {
      case MessageType.Command:
      case MessageType.CommandAmf3:
        this.receiveCommand(readCommand(message, this.target.limits))
        break
      case MessageType.UserControl:
        this.receiveUserControl(message)
        break
      case MessageType.SharedObject:
      case MessageType.SharedObjectAmf3:
        if (isRequested) this.receiveSharedObject(message)
        break
      case MessageType.Audio:
      case MessageType.Video:
      case MessageType.Data:
      case MessageType.DataAmf3:
        streams.find(message.messageStreamId)?.media(message)
        break
      case MessageType.Aggregate:
        unpackAggregate(message, (part) => streams.find(part.messageStreamId)?.media(part))
        break
      default: // nobody knows it: ignored [rtmp.md 2.7]
    }
  }

  /** The application answers a call. @returns false when it needs none, or none any more */
  answered(call: IncomingCall): boolean {
    return this.unanswered.delete(call)
  }

  private receiveCommand(command: Command): void {
    const { target } = this
    const { name, transactionId } = command
    const answer = answerOf(command)
    // What we asked for costs a client nothing: others could use up his commands by calling him.
    if (answer !== undefined && target.isRequested && target.settle(transactionId, answer)) return
    const verdict = this.rate.take()
    if (verdict === 'close') target.lose('too many commands in a second')
    else if (name === 'connect') target.connect(command)
    else if (!target.isRequested)
      this.log.debug({ connection: target.id, command: name }, 'command before connect')
    else if (answer !== undefined) return
    else if (verdict === 'refuse') target.refuse(command, callFailure(name, 'too many commands in a second'))
    else this.run(command)
  }

  private run(command: Command): void {
    const { target } = this
    const { name, messageStreamId, args } = command
    const connectionCommand = connectionCommands.get(name)
    const streamCommand = streamCommands.get(name)
    if (connectionCommand !== undefined) connectionCommand(target, command)
    else if (streamCommand === undefined) this.receiveCall(command, command.unreadable)
    else {
      const stream = target.streams.find(messageStreamId)
      if (stream !== undefined) streamCommand(stream, args)
      else target.refuse(command, callFailure(name, 'there is no such stream'))
    }
  }

  private receiveCall(call: IncomingCall, unreadable: GatewayError | undefined): void {
    const { target } = this
    const wantsAnswer = call.transactionId > 0
    if (unreadable !== undefined) target.refuse(call, callFailure(call.name, unreadable.message))
    else if (wantsAnswer && this.unanswered.size >= target.limits.pendingCalls)
      target.refuse(call, callFailure(call.name, 'too many calls wait for an answer'))
    else {
      if (wantsAnswer) this.unanswered.add(call)
      target.handler.call(call)
    }
  }

  private receiveUserControl(message: Message): void {
    const control = readUserControl(message)
    if (control?.event === 'PingRequest') this.target.answerPing(control.timestamp)
    else if (control?.event === 'SetBufferLength' && control.messageStreamId !== 0)
      this.target.streams.find(control.messageStreamId)?.setBufferLength(control.bufferLength)
  }

  private receiveSharedObject(message: Message): void {
    const { target } = this
    if (this.rate.take() === 'close') target.lose('too many shared object messages in a second')
    else target.handler.sharedObject(decodeSharedObject(message, target.limits))
  }
}
