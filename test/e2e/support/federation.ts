/** Nodes of their own processes and addresses, so that each can prove its name: hosts are IP literals [design 3]. */
import { readFile } from 'node:fs/promises'
import { freePort, startServer } from './server.js'
import type { Server } from './server.js'

/** 127.0.46.1, 127.0.46.2, …: away from where other tests and people listen. */
const NETWORK = '127.0.46'

/** Of a node that can be started again under the same name. */
export interface Site {
  readonly address: string
  readonly psycPort: number
  /** "psyc://127.0.46.1:PORT/" */
  readonly root: string
}

/** @param number of the node, from 1 on */
export async function newSite(number: number): Promise<Site> {
  const address = `${NETWORK}.${number}`
  const psycPort = await freePort(address)
  return { address, psycPort, root: `psyc://${address}:${psycPort}/` }
}

/** @param config besides name and address */
export function startNode(site: Site, config: Readonly<Record<string, unknown>> = {}): Promise<Server> {
  return startServer({ ...config, bind: site.address, host: site.address }, site.psycPort)
}

/** Apps whose rooms are at that node. */
export function appsAt(home: Site, ...names: readonly string[]): Record<string, { home: string }> {
  return Object.fromEntries(names.map((name) => [name, { home: home.root }]))
}

/**
 * A node `home` with its own apps, and so many more whose apps `chat`, `plain` and `live` have their home there.
 * @param firstNumber of the nodes, so that tests keep out of each other's way
 */
export async function startNetwork(
  others: number,
  config: Readonly<Record<string, unknown>> = {},
  firstNumber = 1,
): Promise<{ home: Server; others: Server[]; sites: Site[] }> {
  const sites: Site[] = []
  for (let number = 0; number <= others; number++) sites.push(await newSite(firstNumber + number))
  const [first, ...rest] = sites
  if (first === undefined) throw new Error('a network has a node')
  const apps = appsAt(first, 'chat', 'plain', 'live')
  const home = await startNode(first, config)
  return { home, others: await Promise.all(rest.map((site) => startNode(site, { apps, ...config }))), sites }
}

const ESTABLISHED = '01'

/** Connections that the one node has opened to the PSYC port of the other, as the kernel says [proc(5)]. */
export async function circuitsBetween(from: Site, to: Site): Promise<number> {
  const hex = (value: number, width: number): string => value.toString(16).toUpperCase().padStart(width, '0')
  const hostOf = ({ address }: Site): string => {
    const bytes = address.split('.').map((part) => hex(Number(part), 2))
    return bytes.reverse().join('')
  }
  const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/ +/))
  return rows.filter(
    ([, local = '', remote, state]) =>
      state === ESTABLISHED &&
      local.startsWith(`${hostOf(from)}:`) &&
      remote === `${hostOf(to)}:${hex(to.psycPort, 4)}`,
  ).length
}
