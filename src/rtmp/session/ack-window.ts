/** Byte counts of both directions and their acknowledgements [RTMP §5.4.3-§5.4.5; rtmp.md 2.4]. */
import { difference32 } from '../../util/serial32.js'
import { PEER_BANDWIDTH } from './constants.js'

/** What we received, and when to say so. */
export class ReceiveWindow {
  /** All bytes since the first of the connection. */
  receivedBytes = 0
  private acknowledgedBytes = 0
  private ackEvery = PEER_BANDWIDTH / 2

  /**
   * The peer's Window Acknowledgement Size. We acknowledge at half of the smaller of it and of what we allow the peer
   * to send, so that a publisher that stops at the full window never stalls.
   * @param bytes 0 is no window: ignored
   */
  setPeerWindow(bytes: number): void {
    if (bytes > 0) this.ackEvery = Math.max(1, Math.floor(Math.min(bytes, PEER_BANDWIDTH) / 2))
  }

  /** @returns the sequence number to acknowledge now (u32, wraps), or undefined */
  receive(length: number): number | undefined {
    this.receivedBytes += length
    if (this.receivedBytes - this.acknowledgedBytes < this.ackEvery) return undefined
    this.acknowledgedBytes = this.receivedBytes
    return this.receivedBytes >>> 0
  }
}

/** What we wrote, and what the peer says it got. Acknowledgements are a hint: many peers send few or none. */
export class SendWindow {
  writtenBytes = 0
  acknowledgedBytes = 0
  /** The largest distance between two acknowledgements seen; librtmp's is 1.25 MB whatever we ask. */
  private interval = 0

  written(length: number): void {
    this.writtenBytes += length
  }

  /** @param sequenceNumber u32, wraps; one that goes back is ignored, one beyond what was written is capped */
  acknowledge(sequenceNumber: number): void {
    const more = difference32(sequenceNumber, this.acknowledgedBytes >>> 0)
    if (more <= 0) return
    const acknowledged = Math.min(this.acknowledgedBytes + more, this.writtenBytes)
    this.interval = Math.max(this.interval, acknowledged - this.acknowledgedBytes)
    this.acknowledgedBytes = acknowledged
  }

  /**
   * Bytes that the peer would have acknowledged, had it received them: a lower bound of what is still on the way.
   * 0 for a peer that never acknowledged.
   * @param window bytes after which we asked it to acknowledge
   */
  overdueBytes(window: number): number {
    if (this.interval === 0) return 0
    const unacknowledged = this.writtenBytes - this.acknowledgedBytes
    return Math.max(0, unacknowledged - Math.max(window, this.interval))
  }
}
