/**
 * `npm run bench -- [--quick] [--json FILE] [NAME…]`: the figures of the README with machine, versions and, beside them,
 * the peer or floor measured in the same run. Never fails on a missed target; fails when a bench does.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Bench } from './result.js'
import { endChildrenWithThis } from './support/children.js'
import { thisMachine } from './support/machine.js'
import { figuresOf, machineText, tableText } from './support/report.js'
import type { Figure } from './support/report.js'

const benches: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  amf: () => import('./amf.js'),
  chunks: () => import('./chunks.js'),
  psyc: () => import('./psyc.js'),
  'shared-object': () => import('./shared-object.js'),
  'object-sockets': () => import('./object-sockets.js'),
  echo: () => import('./echo.js'),
  setup: () => import('./setup.js'),
  start: () => import('./start.js'),
  fanout: () => import('./fanout.js'),
  publishers: () => import('./publishers.js'),
  'media-visits': () => import('./media-visits.js'),
  'slow-players': () => import('./slow-players.js'),
  tree: () => import('./tree.js'),
  'chat-between-nodes': () => import('./chat-between-nodes.js'),
  'streams-between-nodes': () => import('./streams-between-nodes.js'),
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'string' }, quick: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const unknown = positionals.find((name) => !Object.hasOwn(benches, name))
  if (unknown !== undefined)
    throw new Error(`there is no bench "${unknown}"; there are: ${Object.keys(benches).join(' ')}`)
  const machine = thisMachine()
  process.stdout.write(machineText(machine))
  const figures: Figure[] = []
  for (const [name, load] of Object.entries(benches)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    const { bench } = await load()
    const results = figuresOf(name, await bench({ isQuick: values.quick }))
    process.stdout.write(tableText(name, results))
    figures.push(...results)
  }
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ machine, figures }, undefined, 2)}\n`)
}

endChildrenWithThis()
await main()
