/** The servers that relay the same media in the same run: ours, and the peers that are installed. */
import { readFileSync, readdirSync } from 'node:fs'
import { isInstalled } from '../../e2e/support/program.js'
import { nginxRtmp, startNginx, startNodeMediaServer } from '../../e2e/support/relay-peers.js'
import { startServer } from '../../e2e/support/server.js'
import type { BenchResult } from '../result.js'

export interface MediaServer {
  readonly name: string
  readonly port: number
  readonly pid: number
  /** User and system time of the process and its children since they started, in steps of 10 ms. */
  cpuSeconds(): number
  stop(): Promise<unknown>
}

/** Apps of ours by how they gather. */
export const ourApps = { gathered: 'live', ungathered: 'live-now', 'gathered 350 ms': 'live-merged' } as const

const config = {
  logLevel: 'warn',
  limits: { commandsPerSecond: 1_000_000_000 },
  apps: { [ourApps.ungathered]: { gatherMs: 0 }, [ourApps['gathered 350 ms']]: { gatherMs: 350 } },
}

const LIFETIME_MS = 1_800_000
/** One chunk a message, as ours. */
const NGINX_CHUNK = 60_000

export async function startOurs(overrides: Readonly<Record<string, unknown>> = {}): Promise<MediaServer> {
  const server = await startServer({ ...config, ...overrides }, 0, { timeoutMs: LIFETIME_MS })
  return measured('ours', server.ports.rtmp, server.program.pid, () => server.stop())
}

/** Those that are there. @param missing gets a row for each that is not */
export async function startPeers(bench: string, missing: BenchResult[]): Promise<MediaServer[]> {
  const peers: MediaServer[] = []
  if (nginxRtmp.every(isInstalled)) {
    const nginx = await startNginx([], NGINX_CHUNK)
    peers.push(measured('nginx-rtmp', nginx.port, nginx.program.pid, () => nginx.stop()))
  } else {
    const note = 'not installed, not measured: apt-get install nginx libnginx-mod-rtmp'
    missing.push({ name: `${bench}, nginx-rtmp`, value: 0, unit: 'runs', note })
  }
  const nms = await startNodeMediaServer()
  peers.push(measured('node-media-server', nms.port, nms.program.pid, () => nms.stop()))
  return peers
}

function measured(name: string, port: number, pid: number, stop: () => Promise<unknown>): MediaServer {
  return { name, port, pid, stop, cpuSeconds: () => cpuOfServer(pid) }
}

/** User and system time of a process and its children since they started, in steps of 10 ms. */
export function cpuOfServer(pid: number): number {
  return family(pid).reduce((sum, each) => sum + cpuOf(each), 0)
}

const TICKS_PER_SECOND = 100 // USER_HZ, the same on every Linux

/** Fields of /proc/PID/stat behind the name, which may hold anything; [] when it has ended. */
function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

function cpuOf(pid: number): number {
  const fields = statOf(pid)
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND
}

/** A process and its children. */
function family(pid: number): number[] {
  const all = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))
  return [pid, ...all.map(Number).filter((each) => Number(statOf(each)[1]) === pid)]
}
