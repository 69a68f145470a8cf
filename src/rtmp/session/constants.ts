/** What we say about ourselves and the numbers of a session [rtmp.md 3.3, 6.1; design 6]. */

/** Players compare "FMS/" and the major number before they use H.264 or dynamic streaming: peer practice. */
export const FMS_VERSION = 'FMS/3,5,7,7009'
export const FMS_DATA_VERSION = '3,5,7,7009'
export const FMS_CAPABILITIES = 31
export const FMS_MODE = 1

/** What our client session says; encoders are told apart from players by "FMLE/". */
export const CLIENT_FLASH_VERSION = 'WIN 32,0,0,465'

/** Bytes after which a client shall acknowledge: ours, small enough to see a slow player in time. */
export const WINDOW_TO_CLIENT = 262_144
/** Bytes a client may send unacknowledged: FMS's value. We acknowledge at half of it at the latest. */
export const PEER_BANDWIDTH = 2_500_000

/** E-RTMP answers, given only to who asked [rtmp.md 6.1]: a relay forwards every codec. */
export const FOURCC_FORWARD = 4
/** capsEx: 1 reconnect, 2 multitrack, 4 ModEx, 8 nanosecond timestamps: all pass through a relay. */
export const CAPS_EX = 15
export const CAPS_EX_RECONNECT = 1

/** What a client wants ahead until it says so by SetBufferLength, ms: ours; Flash says 100, ffmpeg 3000. */
export const DEFAULT_BUFFER_MS = 3_000
