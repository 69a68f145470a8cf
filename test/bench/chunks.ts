/**
 * The chunk layer on video messages of 4 KB, one CPU. State: cut with our out-chunk size (one chunk) and with the 128
 * bytes that ffmpeg uses; decode from reads of 64 KiB, as a socket gives them. CPU time, best of 8 rounds of about 60 ms.
 */
import { ChunkDecoder } from '../../src/rtmp/wire/chunk/decoder.js'
import { OUT_CHUNK_SIZE, cut } from '../../src/rtmp/wire/chunk/encoder.js'
import { encodeControl } from '../../src/rtmp/wire/message/index.js'
import { concat } from '../../src/util/bytes.js'
import { defaultLimits } from '../../src/util/limits.js'
import { piecesOf } from '../support/rtmp-chunking.js'
import type { BenchResult } from './result.js'

const ROUNDS = 8
const ROUND_MS = 60
const READ = 65_536
const MESSAGES = 256
const message = {
  chunkStreamId: 6,
  type: 9,
  timestamp: 40,
  messageStreamId: 1,
  payload: new Uint8Array(4096).fill(7),
}

/** The most messages a second that any round reached, when one `run` handles `count`. */
function best(count: number, run: () => void): number {
  let most = 0
  for (let round = 0; round <= ROUNDS; round++) {
    const start = process.cpuUsage()
    let runs = 0
    let spent = 0
    while (spent < ROUND_MS * 1000) {
      run()
      runs++
      const { user, system } = process.cpuUsage(start)
      spent = user + system
    }
    if (round > 0) most = Math.max(most, (runs * count) / (spent / 1e6)) // the first round warms up
  }
  return Math.round(most)
}

function decodeBench(chunkSize: number): () => void {
  const setChunkSize = cut(encodeControl({ kind: 'setChunkSize', chunkSize }), 128)
  const cuts = Array.from({ length: MESSAGES }, () => cut(message, chunkSize))
  const reads = [...piecesOf(concat([setChunkSize, ...cuts]), [READ])]
  return () => {
    const decoder = new ChunkDecoder(() => undefined, defaultLimits)
    for (const read of reads) decoder.receive(read)
  }
}

function cutBench(chunkSize: number): () => void {
  return () => {
    for (let count = 0; count < MESSAGES; count++) cut(message, chunkSize)
  }
}

export function bench(): Promise<BenchResult[]> {
  const subjects = [
    ['chunks cut, 60 000', cutBench(OUT_CHUNK_SIZE)],
    ['chunks cut, 128', cutBench(128)],
    ['chunks decode, 60 000', decodeBench(OUT_CHUNK_SIZE)],
    ['chunks decode, 128', decodeBench(128)],
  ] as const
  const results = subjects.map(([name, run]) => ({
    name,
    value: best(MESSAGES, run),
    unit: 'messages of 4 KB/s',
  }))
  return Promise.resolve(results)
}
