/** How the garbage collector is to treat a process that passes media on. */
import { setFlagsFromString } from 'node:v8'

/** Ours: the heap may become three times what was left of it before all of it is collected again. */
const HEAP_GROWING_PERCENT = 200

/**
 * V8 counts the buffers of sockets as heap, and of those a relay fills and drops tens of MB a second: left to itself it
 * collects all of a small heap every 20 MB, which takes a third of the CPU that many small streams cost.
 */
export function letHeapGrow(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`)
}
