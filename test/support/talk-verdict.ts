/** What is wrong with a life of a room: whether each heard what was promised, and knows who is there. */
import type { Guest, Line, TalkLife } from './talk-life.js'

const HEARD = /^call receive(Message|Private|History) .*"(line \d+)"/

/** What was said to it, in that order. @param kinds of callbacks */
function heardBy(guest: Guest, ...kinds: string[]): string[] {
  return guest.flash.lines.flatMap((line) => {
    const [, kind = '', text = ''] = HEARD.exec(line) ?? []
    return kinds.includes(kind) ? [text] : []
  })
}

export function complaints(life: TalkLife): string[] {
  const byText = new Map(life.lines.map((line) => [line.text, line]))
  const heard = new Map(life.guests.map((guest) => [guest, heardBy(guest, 'Message', 'Private')]))
  return [
    ...life.errors.map((error) => `error ${error}`),
    ...life.guests.flatMap((guest) => [
      ...twice(guest, heard.get(guest) ?? []),
      ...twiceWithHistory(guest),
      ...outOfOrder(guest, heard.get(guest) ?? [], byText),
    ]),
    ...life.present.flatMap((guest) => missing(guest, heard.get(guest) ?? [], life)),
    ...sameOrder(life, heard),
    ...life.present.flatMap((guest) => whoIsThere(guest, life)),
  ]
}

function twice(guest: Guest, heard: readonly string[]): string[] {
  const again = heard.filter((text, at) => heard.indexOf(text) < at)
  return again.map((text) => `${name(guest)} heard ${text} twice`)
}

function twiceWithHistory(guest: Guest): string[] {
  const live = new Set(heardBy(guest, 'Message'))
  return heardBy(guest, 'History')
    .filter((text) => live.has(text))
    .map((text) => `${name(guest)} was told ${text} as history, and heard it`)
}

function outOfOrder(guest: Guest, heard: readonly string[], byText: ReadonlyMap<string, Line>): string[] {
  const last = new Map<string, number>()
  return heard.flatMap((text) => {
    const line = byText.get(text)
    if (line === undefined) return [`${name(guest)} heard ${text}, which nobody said`]
    const of = `${line.by.uniform} ${line.to === undefined ? '' : 'private'}`
    const before = last.get(of) ?? -1
    last.set(of, Math.max(before, line.number))
    return line.number < before ? [`${name(guest)} heard ${text} after line ${before}`] : []
  })
}

/** The room's own order is one for all. */
function sameOrder(life: TalkLife, heard: ReadonlyMap<Guest, readonly string[]>): string[] {
  const isPublic = new Set(life.lines.flatMap(({ text, to }) => (to === undefined ? [text] : [])))
  const [first, ...others] = life.present
  const place = new Map(publicLines(first).map((text, at) => [text, at]))
  return others.flatMap((guest) => {
    const common = publicLines(guest).filter((text) => place.has(text))
    const at = common.findIndex(
      (text, index) => (place.get(text) ?? 0) < (place.get(common[index - 1] ?? text) ?? 0),
    )
    return at < 0
      ? []
      : [
          `${name(guest)} heard ${common[at - 1]}, ${common[at]}, but not ${first === undefined ? '' : name(first)}`,
        ]
  })

  function publicLines(guest: Guest | undefined): string[] {
    return (guest === undefined ? [] : (heard.get(guest) ?? [])).filter((text) => isPublic.has(text))
  }
}

function missing(guest: Guest, heard: readonly string[], life: TalkLife): string[] {
  const had = new Set(heard)
  return life.lines.flatMap(({ text, to, number, takenIn, by }) => {
    if (takenIn === undefined || had.has(text) || (guest.inSince ?? 0) > number) return []
    if (to === undefined ? takenIn < life.homeRun : to !== guest) return []
    return [`${name(guest)} missed ${text} of ${name(by)}`]
  })
}

/** By what it was told and by what it asks. */
function whoIsThere(guest: Guest, life: TalkLife): string[] {
  const truth = life.present
    .map(({ uniform }) => uniform)
    .sort()
    .join(' ')
  const asked = uniforms(guest.flash.call('members')).sort().join(' ')
  const wrong = asked === truth ? [] : [`${name(guest)} is answered ${asked} instead of ${truth}`]
  const there = new Set<string>()
  for (const line of guest.flash.lines) {
    if (line.startsWith('call userList')) for (const uniform of uniforms(line)) there.add(uniform)
    const [, what, , uniform = ''] = /^call (userJoined|userLeft) ("[^"]*") "([^"]*)"/.exec(line) ?? []
    if (what === undefined) continue
    const isKnown = there.has(uniform)
    if (isKnown === (what === 'userJoined')) wrong.push(`${name(guest)} was told ${what} ${uniform} twice`)
    if (what === 'userJoined') there.add(uniform)
    else there.delete(uniform)
  }
  const told = [...there].sort().join(' ')
  if (told !== truth) wrong.push(`${name(guest)} was told of ${told} instead of ${truth}`)
  return wrong
}

function uniforms(text: string): string[] {
  return [...text.matchAll(/uniform:"([^"]*)"/g)].map(([, uniform = '']) => uniform)
}

function name(guest: Guest): string {
  return guest.uniform.replace('psyc://', '')
}
