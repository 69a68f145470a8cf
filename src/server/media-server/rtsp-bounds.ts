/**
 * In the thread: what node-media-server's RTSP client lacks. It waits for ever for a camera that says nothing, gathers
 * a header, a body or a frame without end, and lets an error of its parsers out of the socket's event [4.4.3:
 * src/protocol/rtsp_client.js handleData, isTimedOut (which nobody calls); src/protocol/rtp_depayloader.js fuBuffers].
 * It also makes a picture of every slice: here the slices of one picture become one message again.
 */
import RtspClient from 'node-media-server/src/protocol/rtsp_client.js'
import type { Client } from 'node-media-server/src/protocol/rtsp_client.js'
import RtpDepayloader from 'node-media-server/src/protocol/rtp_depayloader.js'
import type { AvPacket, Depayloader, RtpPacket } from 'node-media-server/src/protocol/rtp_depayloader.js'
import { joinSlices } from './slices.js'

export interface RtspBounds {
  /** Of one frame, and of what is not yet parsed. */
  readonly messageBytes: number
  readonly silenceMs: number
}

/** Slices of one picture, and how much came since the last whole one. */
interface Unfinished {
  slices: AvPacket[]
  bytes: number
}

/** Whose bytes are being read, and when media last came from each. */
let reading: Client | undefined
const mediaAt = new WeakMap<Client, number>()

function readFrom(client: Client, read: () => void): void {
  reading = client
  try {
    read()
  } finally {
    reading = undefined
  }
}

/** Call once, before the first camera. */
export function boundRtsp({ messageBytes, silenceMs }: RtspBounds): void {
  const { connect } = RtspClient.prototype
  RtspClient.prototype.connect = function (this: Client, url: string): Promise<void> {
    const handle = this.handleData
    const end = (why: string): void => void this.socket?.destroy(new Error(why))
    this.handleData = (data) => {
      try {
        readFrom(this, () => handle(data))
      } catch (error) {
        end(`it sent what cannot be read: ${String(error)}`)
      }
      if (this.recvBuffer.length > messageBytes || this.responseContentLength > messageBytes)
        end(`it sent more than ${messageBytes} bytes at once`)
    }
    const connecting = connect.call(this, url)
    mediaAt.set(this, performance.now())
    const watch = setInterval(() => {
      if (performance.now() - (mediaAt.get(this) ?? 0) > silenceMs) end(`no media for ${silenceMs} ms`)
    }, silenceMs / 2)
    this.socket?.once('close', () => clearInterval(watch))
    return connecting
  }

  const { feed } = RtpDepayloader.prototype
  const unfinished = new WeakMap<Depayloader, Unfinished>()
  RtpDepayloader.prototype.feed = function (this: Depayloader, packet: RtpPacket): AvPacket[] {
    const state = unfinished.get(this) ?? { slices: [], bytes: 0 }
    unfinished.set(this, state)
    state.bytes += packet.payload.length
    if (state.bytes > messageBytes) throw new Error(`a frame of more than ${messageBytes} bytes`)
    const { whole, open } = joinSlices(state.slices, feed.call(this, packet), Boolean(packet.marker))
    state.slices = open
    if (whole.length > 0) {
      state.bytes = 0
      if (reading !== undefined) mediaAt.set(reading, performance.now())
    }
    return whole
  }
}
