/**
 * How many files and sockets the system lets this process open. Once there are no more, connections are closed before
 * the process hears of them, recordings cannot be opened and nodes not called, and no log says why: so connections get
 * only their part of it, and the one who starts us is told.
 */
import { readFileSync } from 'node:fs'
import type { Log } from '../util/log.js'

/** Of all open files: what connections may be. The others are recordings, pages, circuits to nodes, the libraries. */
const SHARE = 0.75 // ours

/** @returns what `connections` can be: less than configured where the system does not allow so many */
export function connectionsPossible(connections: number, openFiles: number, log: Log): number {
  const possible = Math.floor(openFiles * SHARE)
  if (connections <= possible) return connections
  log.warn(
    { openFiles, connections: possible, configured: connections },
    'the system allows fewer open files than limits.connections needs: raise it, with ulimit -n or LimitNOFILE=',
  )
  return possible
}

/** Infinity where it cannot be known. */
export function openFilesAllowed(read = (): string => readFileSync('/proc/self/limits', 'utf8')): number {
  try {
    const [, most = ''] = /^Max open files +(\d+)/m.exec(read()) ?? []
    return most === '' ? Infinity : Number(most)
  } catch {
    return Infinity // not Linux
  }
}
