/**
 * Runs every fuzz target of this folder: first its corpus as it lies there, then mutations of it.
 * A target is a module with `fuzz(bytes)`, which throws only when its invariant (its first line) is violated.
 *
 *   npm run fuzz                       60 s over all targets
 *   SECONDS=600 npm run fuzz -- amf0   one target, longer
 *   SEED=1234 npm run fuzz             the same mutations again
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'

interface Target {
  readonly name: string
  readonly fuzz: (bytes: Uint8Array) => void
  readonly corpus: readonly Uint8Array[]
}

const folder = join(process.cwd(), 'test/fuzz')
const MAX_BYTES = 64 * 1024

async function loadTargets(only: readonly string[]): Promise<Target[]> {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
    .map((file) => basename(file, '.ts'))
    .filter((name) => only.length === 0 || only.includes(name))
  const targets: Target[] = []
  for (const name of names) {
    const module = (await import(pathToFileURL(join(folder, `${name}.ts`)).href)) as Partial<Target>
    if (module.fuzz === undefined) continue
    targets.push({ name, fuzz: module.fuzz, corpus: readCorpus(name) })
  }
  return targets
}

function readCorpus(name: string): Uint8Array[] {
  const path = join(folder, 'corpus', name)
  const files = readdirSync(path).sort()
  if (files.length === 0) throw new Error(`${path} is empty: a fuzz target needs a corpus`)
  return files.map((file) => new Uint8Array(readFileSync(join(path, file))))
}

/** Mulberry32: small, seeded, good enough to mutate with. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const interesting = [0, 1, 2, 3, 9, 0x0a, 0x11, 0x2e, 0x7c, 0x7f, 0x80, 0xff]

function mutate(corpus: readonly Uint8Array[], random: (below: number) => number): Uint8Array {
  const pick = (): Uint8Array => corpus[random(corpus.length)] ?? new Uint8Array()
  let bytes: Uint8Array = Uint8Array.from(pick())
  for (let round = random(6) + 1; round > 0; round--) {
    const at = random(bytes.length + 1)
    switch (random(6)) {
      case 0: // flip a bit
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8))
        break
      case 1: // an interesting byte
        if (at < bytes.length) bytes[at] = interesting[random(interesting.length)] ?? 0
        break
      case 2: // cut off
        bytes = bytes.slice(0, at)
        break
      case 3: // splice with another
        bytes = join2(bytes.subarray(0, at), pick().subarray(random(pick().length + 1)))
        break
      case 4: // repeat a part
        bytes = join2(bytes.subarray(0, at), bytes.subarray(random(at + 1)))
        break
      default: // insert noise
        bytes = join2(bytes.subarray(0, at), Uint8Array.of(random(256), random(256)), bytes.subarray(at))
    }
    if (bytes.length > MAX_BYTES) bytes = bytes.slice(0, MAX_BYTES)
  }
  return bytes
}

function join2(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

function run(target: Target, bytes: Uint8Array, seed: number): void {
  try {
    target.fuzz(bytes)
  } catch (error) {
    const file = join(folder, 'corpus', target.name, `found-${seed}.bin`)
    mkdirSync(join(folder, 'corpus', target.name), { recursive: true })
    writeFileSync(file, bytes)
    console.error(`${target.name}: invariant violated, seed ${seed}, input saved as ${file}`)
    throw error
  }
}

async function main(): Promise<void> {
  const seconds = Number(process.env['SECONDS'] ?? 60)
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
  const targets = await loadTargets(process.argv.slice(2))
  if (targets.length === 0) throw new Error('no such target')
  console.log(`seed ${seed}, ${targets.length} targets, ${seconds} s`)
  for (const target of targets) {
    for (const bytes of target.corpus) run(target, bytes, 0)
    const random = randomFrom(seed)
    const end = Date.now() + (seconds * 1000) / targets.length
    let runs = 0
    for (; Date.now() < end; runs++) run(target, mutate(target.corpus, random), seed)
    console.log(`${target.name}: ${target.corpus.length} in the corpus, ${runs} mutations`)
  }
}

await main()
