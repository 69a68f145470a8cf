/** Programs that publish and play, all to be asked the same way. What they get ends up as an FLV file. */
import { run, start } from './program.js'
import type { Program } from './program.js'

const quiet = ['-nostdin', '-hide_banner', '-loglevel', 'error', '-y']

const picture = 'testsrc=size=320x180:rate=25'
const tone = 'sine=frequency=440'

/** What ffmpeg can make; a keyframe every second. Names are those of FLV 10.1. */
export const codecs = {
  'AVC and AAC': '-c:v libx264 -preset ultrafast -sc_threshold 0 -pix_fmt yuv420p -c:a aac',
  'AVC with frames out of order and G.711':
    '-c:v libx264 -bf 2 -pix_fmt yuv420p -c:a pcm_alaw -ar 8000 -ac 1',
  'Sorenson H.263 and MP3': '-c:v flv1 -c:a libmp3lame -ar 44100',
  'Screen video and ADPCM': '-c:v flashsv -c:a adpcm_swf -ar 22050',
  'Screen video 2 and Nellymoser': '-c:v flashsv2 -c:a nellymoser -ar 22050 -ac 1',
  'Sorenson H.263 and Speex': '-c:v flv1 -c:a libspeex -ar 16000 -ac 1',
} as const
export type Codecs = keyof typeof codecs

/** A test picture, in which every frame differs, and a tone. */
export async function makeFlv(file: string, kind: Codecs, seconds: number): Promise<void> {
  const input = (source: string): string[] => ['-f', 'lavfi', '-i', `${source}:duration=${seconds}`]
  const args = [...input(picture), ...input(tone), '-g', '25', ...codecs[kind].split(' ')]
  await run('ffmpeg', [...quiet, ...args, file])
}

/** Publish a file once, in its own time. */
export type Publish = (file: string, url: string) => Program

export const publishers = {
  ffmpeg: (file, url) => start('ffmpeg', [...quiet, '-re', '-i', file, '-c', 'copy', '-f', 'flv', url]),
  'GStreamer rtmp2sink': (file, url) => gstPublish(file, ['rtmp2sink', `location=${url}`]),
  'librtmp (GStreamer rtmpsink)': (file, url) => gstPublish(file, ['rtmpsink', `location=${url}`]),
} as const satisfies Record<string, Publish>

/** AVC and AAC only: the muxer wants to know what it is given. */
function gstPublish(file: string, [sink, ...properties]: readonly [string, ...string[]]): Program {
  const mux = 'flvmux name=mux streamable=true'
  const demux = 'flvdemux name=demux'
  const tracks = 'demux.video ! queue ! h264parse ! mux.video demux.audio ! queue ! aacparse ! mux.audio'
  const pipeline = `${demux} ${mux} ! ${sink} sync=true`.split(' ')
  const source = ['filesrc', `location=${file}`, '!']
  return start('gst-launch-1.0', ['-q', ...source, ...pipeline, ...properties, ...tracks.split(' ')])
}

/** A program that plays until the stream ends or it is stopped, and writes what it gets as it gets it. */
export interface Player {
  readonly program: Program
  /** Resolves when it has asked for the stream, as far as it tells. */
  readonly asked: Promise<unknown>
  /** Whether it ends when the stream does. */
  readonly endsByItself: boolean
}

export type Play = (url: string, file: string) => Player

export const players = {
  ffmpeg: (url, file) => {
    const log = ['-nostdin', '-hide_banner', '-loglevel', 'debug', '-y']
    const all = ['-copypriorss', '1', '-copyinkf']
    const program = start('ffmpeg', [...log, '-i', url, '-c', 'copy', ...all, '-f', 'flv', file])
    return { program, asked: program.lines.wait(/Sending play command/), endsByItself: true }
  },
  rtmpdump: (url, file) => {
    const program = start('rtmpdump', ['--live', '--verbose', '--rtmp', url, '--flv', file])
    return { program, asked: program.lines.wait(/sending play/i), endsByItself: true }
  },
  'GStreamer rtmp2src': (url, file) => gstPlay('rtmp2src', url, file),
} as const satisfies Record<string, Play>

function gstPlay(source: string, url: string, file: string): Player {
  const sink = ['!', 'filesink', `location=${file}`, 'buffer-mode=unbuffered']
  const debug = { GST_DEBUG: 'rtmp2src:6,rtmpclient:6', GST_DEBUG_NO_COLOR: '1' }
  const program = start('gst-launch-1.0', [source, `location=${url}`, ...sink], { env: debug })
  return { program, asked: program.lines.wait(/play/i), endsByItself: false }
}
