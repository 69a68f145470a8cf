/** What is wrong with a life of streams: who had which name when, who saw what, and what the home says in the end. */
import { NAMES } from './stream-life.js'
import type { Publisher, StreamLife, StreamName, Viewer } from './stream-life.js'

export function complaints(life: StreamLife): string[] {
  return [
    ...life.errors.map((error) => `error ${error}`),
    ...life.viewers.flatMap((viewer) => outOfOrder(viewer, life.homeDied.length === 0)),
    ...(life.homeDied.length === 0 ? NAMES.flatMap((name) => together(life, name)) : []),
    ...NAMES.flatMap((name) => inTheEnd(life, name)),
    ...directory(life),
    ...NAMES.flatMap((name) => whoeverComes(life, name)),
  ]
}

/**
 * Each frame once, in the order of its publisher; and no publisher comes back after another.
 * @param isKnown the home knew all the time who had which name: else two may have had it for a moment
 */
function outOfOrder(viewer: Viewer, isKnown: boolean): string[] {
  const last = new Map<number, number>()
  let by = -1
  return viewer.seen.flatMap((seen) => {
    const wrong: string[] = []
    const before = last.get(seen.by) ?? -1
    if (seen.frame <= before) wrong.push(`${show(viewer)} saw ${seen.by}:${seen.frame} after ${before}`)
    if (isKnown && seen.by !== by && last.has(seen.by))
      wrong.push(`${show(viewer)} saw ${seen.by} again, after ${by}`)
    if (seen.header !== seen.wanted)
      wrong.push(`${show(viewer)} saw ${seen.by}:${seen.frame} by header ${seen.header}`)
    if (seen.frame !== before + 1 && !seen.isKey)
      wrong.push(`${show(viewer)} saw ${seen.by}:${seen.frame} after ${before}, which is no keyframe`)
    last.set(seen.by, seen.frame)
    by = seen.by
    return wrong
  })
}

/** A home that began anew knows nobody's names, and who is faster has them; else nobody has what another has. */
function together(life: StreamLife, name: StreamName): string[] {
  const all = life.publishers.filter((one) => one.name === name && one.liveSince !== undefined)
  all.sort((a, b) => (a.liveSince ?? 0) - (b.liveSince ?? 0))
  return all.flatMap((one, at) => {
    const next = all[at + 1]
    const until = one.liveUntil ?? Infinity
    return next === undefined || until <= (next.liveSince ?? 0)
      ? []
      : [`${show(one)} had it until ${until}, ${show(next)} since ${next.liveSince}`]
  })
}

/** One has it, and all who play it see him. */
function inTheEnd(life: StreamLife, name: StreamName): string[] {
  const [one, ...others] = life.live(name)
  const wrong = others.map(
    (other) => `${show(other)} has it, and so has ${one === undefined ? '' : show(one)}`,
  )
  if (one === undefined) return wrong
  for (const viewer of life.viewers) {
    if (viewer.isOver || viewer.name !== name) continue
    const last = viewer.seen.at(-1)
    if (last?.by !== one.number || last.frame < one.sent - 20)
      wrong.push(`${show(viewer)} saw ${last?.by}:${last?.frame} last, not ${show(one)} ${one.sent}`)
  }
  return wrong
}

function directory(life: StreamLife): string[] {
  const truth = NAMES.flatMap((name) => life.live(name).map(({ at }) => `${name} ${at.host}`)).sort()
  const said = life.directory
  return said.join() === truth.join() ? [] : [`the home says ${said.join()} instead of ${truth.join()}`]
}

/** A name that nobody has is given to who asks; one that somebody has is not. */
function whoeverComes(life: StreamLife, name: StreamName): string[] {
  const holder = life.live(name)[0]
  const node = life.nodes.find((other) => other !== holder?.at)
  if (node === undefined) return []
  const wanted = life.want(name, node)
  if (holder !== undefined) return wanted.isRefused ? [] : [`${show(wanted)} is not refused`]
  return wanted.isLive ? [] : [`${show(wanted)} does not get it`]
}

function show(client: Publisher | Viewer): string {
  const what = 'number' in client ? `publisher ${client.number}` : 'viewer'
  return `${what} of ${client.name}@${client.at.host}`
}
