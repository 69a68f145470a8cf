/** ffmpeg as publisher, player and judge. Its tests compare packets, not pictures. */
import { run, start } from './program.js'
import type { Program } from './program.js'

const quiet = ['-nostdin', '-hide_banner', '-loglevel', 'error', '-y']

/** Seconds of a test picture and a tone, H.264 and AAC in FLV, a key frame every second. */
export async function makeSource(file: string, seconds: number): Promise<void> {
  const picture = ['-f', 'lavfi', '-i', `testsrc=size=320x180:rate=25:duration=${seconds}`]
  const tone = ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`]
  const codecs = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-g',
    '25',
    '-sc_threshold',
    '0',
    '-pix_fmt',
    'yuv420p',
    '-c:a',
    'aac',
  ]
  await run('ffmpeg', [...quiet, ...picture, ...tone, ...codecs, file])
}

/** Publish a file once at its own speed, or over and over. */
export function publish(file: string, url: string, isEndless = false): Program {
  const loop = isEndless ? ['-stream_loop', '-1'] : []
  return start('ffmpeg', [...quiet, '-re', ...loop, '-i', file, '-c', 'copy', '-f', 'flv', url])
}

/**
 * Play to the end of the stream, or for some seconds.
 * @param file gets one line per packet: see `packets`
 */
export function play(url: string, file: string, seconds?: number): Program {
  const limit = seconds === undefined ? [] : ['-t', String(seconds)]
  const log = ['-nostdin', '-hide_banner', '-loglevel', 'debug', '-y']
  return start('ffmpeg', [...log, '-i', url, ...limit, '-map', '0:v', '-map', '0:a', ...copyHashes, file])
}

const copyHashes = ['-c', 'copy', '-f', 'framemd5']

/** Line of the player's log once it has asked for the stream. */
export const playIsSent = /Sending play command/

export async function hashFile(flv: string, file: string): Promise<void> {
  await run('ffmpeg', [...quiet, '-i', flv, '-map', '0:v', '-map', '0:a', ...copyHashes, file])
}

/** "0 1234 hash": stream, bytes and MD5 of each packet of a framemd5 file, in the order of each stream. */
export function packets(framemd5: string): { video: string[]; audio: string[] } {
  const rows = framemd5
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').map((field) => field.trim()))
  const of = (stream: string): string[] =>
    rows.filter(([index]) => index === stream).map((fields) => `${fields[4] ?? ''} ${fields[5] ?? ''}`)
  return { video: of('0'), audio: of('1') }
}
