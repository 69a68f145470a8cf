/**
 * The recording of a stream that its publisher asked for, and what that hears of it [rtmp.md 3.4]. It begins before the
 * first message of the stream; what happens until the client knows that it publishes is told after that.
 */
import type { Stream } from '../media/hub.js'
import type { RecordListener, Recorder, Recordings } from '../media/recording.js'
import type { NetStream, StatusInfo } from '../rtmp/session/events.js'
import { statusOf } from '../rtmp/session/status.js'
import type { Log } from '../util/log.js'

export class PublishRecording implements RecordListener {
  private early: StatusInfo[] | undefined = []
  private recorder: Recorder | undefined
  private isRecording = false

  constructor(
    private readonly netStream: NetStream,
    private readonly name: string,
    private readonly log: Log,
  ) {}

  /** @param recordings undefined: nothing is recorded here */
  begin(recordings: Recordings | undefined, stream: Stream, mode: 'record' | 'append'): void {
    if (recordings === undefined) this.failed('noAccess', `This server does not record ${this.name}.`)
    else this.recorder = recordings.record(stream, mode, this)
  }

  /** The client has been told that it publishes. */
  announce(): void {
    const { early = [] } = this
    this.early = undefined
    for (const info of early) this.report(info)
  }

  /** The stream has ended. @param finished called when all is written, or is known not to be */
  end(finished: () => void): void {
    const { recorder } = this
    if (recorder === undefined) finished()
    else void this.stop(recorder).then(finished)
  }

  started(): void {
    this.isRecording = true
    this.report(statusOf('NetStream.Record.Start', this.name))
  }

  failed(reason: 'noAccess' | 'failed', description: string): void {
    this.isRecording = false
    const code = reason === 'noAccess' ? 'NetStream.Record.NoAccess' : 'NetStream.Record.Failed'
    this.report({ ...statusOf(code, this.name), description })
  }

  private async stop(recorder: Recorder): Promise<void> {
    try {
      await recorder.stop()
      if (this.isRecording) this.report(statusOf('NetStream.Record.Stop', this.name))
    } catch (error) {
      this.log.warn({ err: error, name: this.name }, 'a recording could not be finished')
      this.report(statusOf('NetStream.Record.Failed', this.name))
    }
  }

  private report(info: StatusInfo): void {
    if (this.early === undefined) this.netStream.status(info, this.name)
    else this.early.push(info)
  }
}
