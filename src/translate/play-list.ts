/**
 * What one NetStream plays, one after the other [rtmp.md 3.7].
 *
 *   asked ── allowed ──▶ looked for ── found ──▶ plays ── its end ──▶ the next is asked, or all is complete
 *     └── refused ─────────┴── not there ──▶ status, and the next
 *
 * Where a name leads to: start -1 to the live stream, published or not; -2 to the live stream if it is published, else
 * to the recording, else to the live stream, which is waited for; an offset to the recording, else to the live stream if
 * it is published (curl asks so), else nowhere.
 */
import type { Recording, Recordings } from '../media/recording.js'
import type { StreamAddress } from '../media/stream-address.js'
import type { NetStream, Played, PlayRequest, StatusInfo } from '../rtmp/session/events.js'
import { statusOf } from '../rtmp/session/status.js'
import { LivePlay } from './live-play.js'
import type { PlayItem, PlayItemEvents } from './play-item.js'
import { RecordedItem } from './recorded-item.js'
import { statusInfo } from './status.js'
import { addressOf, shortened } from './stream-owner.js'
import type { StreamOwner } from './stream-owner.js'

const LIVE_MS = -1000

/** One entry on its way from the request to what plays. */
interface Entry {
  readonly request: PlayRequest
  /** Where to begin in a recording. */
  readonly fromMs: number
  /** What is 0 to the client there. */
  readonly originMs: number
  /** It has ended and is sought: it begins by the statuses of a seek. */
  readonly isSought: boolean
}

export class PlayList implements PlayItemEvents {
  private readonly waiting: PlayRequest[] = []
  /** What is asked or looked for; whatever comes for another is thrown away. */
  private entry: Entry | undefined
  /** One recording at a time is looked for, however often the client thinks of another. */
  private isLooking = false
  private nextLook: (() => void) | undefined
  private item: PlayItem | undefined
  /** The recording that ended last: it can be sought. */
  private ended_: Entry | undefined
  private last: Entry | undefined
  /** What ended, while the next is being found. */
  private before: Played | undefined
  private hasPlayed = false

  /** @param onRefused nothing of it plays: the session does not call `stop` any more */
  constructor(
    private readonly owner: StreamOwner,
    private readonly netStream: NetStream,
    private readonly onRefused: () => void,
  ) {}

  /** `reset` is `stop` before it. */
  add(request: PlayRequest): void {
    if (request.how === 'switch') this.replace(request)
    else if (this.item === undefined && this.entry === undefined) this.find(entryOf(request))
    else if (this.waiting.length >= this.owner.limits.playListItems) {
      const description = `Failed to play ${shortened(request.name)}; too many streams wait.`
      this.netStream.status({ ...statusOf('NetStream.Play.Failed'), description }, request.name)
    } else {
      this.waiting.push(request)
      this.item?.queued()
    }
  }

  pause(isPaused: boolean, atMs: number | undefined): void {
    this.item?.pause(isPaused, atMs)
  }

  seek(toMs: number): void {
    const { item, ended_: ended } = this
    if (item !== undefined) item.seek(toMs)
    else if (ended !== undefined && this.entry === undefined)
      this.find({ ...ended, fromMs: toMs + ended.originMs, isSought: true })
    else this.netStream.status(statusOf('NetStream.Seek.Failed', this.netStream.name))
  }

  receive(kind: 'audio' | 'video', wanted: boolean): void {
    this.item?.receive(kind, wanted)
  }

  bufferChanged(): void {
    this.item?.bufferChanged()
  }

  stop(): void {
    this.waiting.length = 0
    this.entry = undefined
    this.ended_ = undefined
    this.last = undefined
    this.before = undefined
    this.hasPlayed = false
    this.item?.stop()
    this.item = undefined
  }

  // PlayItemEvents

  get hasNext(): boolean {
    return this.waiting.length > 0
  }

  ended(): void {
    const { item } = this
    if (item === undefined) return
    this.before = item.played
    this.leave(item)
    this.goOn()
  }

  failed(error: unknown): void {
    const { item, netStream, owner } = this
    if (item === undefined) return
    owner.log.warn({ err: error, name: netStream.name }, 'a recording could not be read')
    netStream.status(statusOf('NetStream.Play.Failed', netStream.name))
    this.leave(item)
    this.goOn()
  }

  // Inside

  private leave(item: PlayItem): void {
    this.ended_ = item.positionMs === undefined ? undefined : this.last
    this.item = undefined
    item.stop()
  }

  private goOn(): void {
    const next = this.waiting.shift()
    if (next !== undefined) {
      this.find(entryOf(next))
      return
    }
    const { before } = this
    this.before = undefined
    if (before !== undefined) this.netStream.playCompleted(before)
  }

  /** Another rendition of what plays: a recording goes on where it is. */
  private replace(request: PlayRequest): void {
    const positionMs = this.item?.positionMs ?? 0
    const originMs = this.last?.originMs ?? 0
    this.waiting.length = 0
    this.item?.stop()
    this.item = undefined
    if (request.startMs < 0) this.find({ request, fromMs: positionMs, originMs, isSought: false })
    else this.find(entryOf(request))
  }

  private find(entry: Entry): void {
    const { name, query } = entry.request
    const address = addressOf(this.owner, name)
    this.entry = entry
    if (address === undefined) this.missing(entry, notFound(name))
    else
      this.owner.mayDo('play', name, query, (decision) => {
        if (this.entry !== entry) return
        if (decision.allowed) this.look(entry, address)
        else this.missing(entry, statusInfo('play', decision.method, name, decision.message))
      })
  }

  private look(entry: Entry, address: StreamAddress): void {
    const { recordings } = this.owner
    const { startMs } = entry.request
    const isLive = startMs === LIVE_MS || (startMs < 0 && this.isPublished(address) && !entry.isSought)
    if (isLive || recordings === undefined) this.found(entry, address, undefined)
    else this.lookIn(entry, address, recordings)
  }

  private lookIn(entry: Entry, address: StreamAddress, recordings: Recordings): void {
    if (this.isLooking) this.nextLook = () => this.lookIn(entry, address, recordings)
    else if (this.entry === entry) {
      this.isLooking = true
      void recordings
        .find(address)
        .then((recording) => {
          if (this.entry === entry) this.found(entry, address, recording)
          else recording?.close()
        })
        .catch((error: unknown) => {
          const { name } = entry.request
          this.owner.log.warn({ err: error, name }, 'a recording could not be played')
          if (this.entry === entry) this.missing(entry, statusOf('NetStream.Play.Failed', name))
        })
        .finally(() => this.looked())
    }
  }

  private looked(): void {
    const { nextLook } = this
    this.isLooking = false
    this.nextLook = undefined
    nextLook?.()
  }

  private found(entry: Entry, address: StreamAddress, recording: Recording | undefined): void {
    const { request, isSought } = entry
    if (recording !== undefined) this.playRecording(entry, recording)
    else if (!isSought && (request.startMs < 0 || this.isPublished(address))) this.playLive(entry, address)
    else this.missing(entry, notFound(request.name))
  }

  private playLive(entry: Entry, address: StreamAddress): void {
    const what = this.isPublished(address) ? 'play' : 'play: nobody publishes that stream yet'
    if (!entry.isSought) this.owner.tell(what, shortened(entry.request.name))
    if (!this.announce(entry, false)) return
    const item = new LivePlay(this.netStream, this.owner, entry.request, this)
    this.item = item
    item.begin(this.owner.hub.open(address))
  }

  private playRecording(entry: Entry, recording: Recording): void {
    const { request, fromMs, originMs, isSought } = entry
    const { netStream, owner } = this
    if (isSought && fromMs > recording.durationMs) {
      recording.close()
      this.entry = undefined
      netStream.status(statusOf('NetStream.Seek.InvalidTime', request.name))
      return
    }
    if (!isSought) owner.tell('play a recording', shortened(request.name))
    if (!this.announce(entry, true)) {
      recording.close()
      return
    }
    const part = { fromMs, originMs, durationMs: isSought ? -1 : request.durationMs }
    const item = new RecordedItem(netStream, owner, recording, part, this)
    this.item = item
    item.begin()
  }

  /** @returns false when the connection broke meanwhile: there is nobody to play for */
  private announce(entry: Entry, isRecorded: boolean): boolean {
    const { before, netStream } = this
    this.entry = undefined
    this.last = entry
    this.before = undefined
    this.hasPlayed = true
    if (before !== undefined) netStream.playSwitched(before.atMs)
    if (entry.isSought) netStream.seekStarted(entry.fromMs - entry.originMs)
    else netStream.playStarted(entry.request, isRecorded)
    return this.last === entry
  }

  private missing({ request, isSought }: Entry, info: StatusInfo): void {
    const { netStream } = this
    this.entry = undefined
    if (!isSought) this.owner.tell('play refused', shortened(request.name), { code: info.code })
    if (isSought) netStream.status(statusOf('NetStream.Seek.Failed', request.name))
    else if (this.hasPlayed || this.hasNext) {
      netStream.status(info, request.name)
      this.goOn()
    } else {
      this.onRefused()
      netStream.playRefused(info, request.name)
    }
  }

  private isPublished({ key }: StreamAddress): boolean {
    return this.owner.hub.find(key)?.isPublished === true
  }
}

function entryOf(request: PlayRequest): Entry {
  const fromMs = Math.max(0, request.startMs)
  return { request, fromMs, originMs: fromMs, isSought: false }
}

function notFound(name: string): StatusInfo {
  return statusOf('NetStream.Play.StreamNotFound', shortened(name))
}
