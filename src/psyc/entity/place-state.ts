/**
 * The state of a place, as nodes that keep it are given it, and how it changes [design 4, 5; psyc.md 4.3].
 *
 *   _topic          the topic
 *   _dict_members   uniform of each announced member → name for display
 *   _dict_streams   name of each published stream → uniform of its context
 *
 * The changes ride on the casts that say the same in words, so whoever keeps no state misses nothing. Nodes that enter
 * without keeping state are told once, in plain variables.
 */
import { PsycDict } from '../wire/dict.js'
import type { DictItem } from '../wire/dict.js'
import { PsycList } from '../wire/list.js'
import { modifiers } from '../wire/packet.js'
import type { Modifier, Variables } from '../wire/packet.js'
import { renderUpdate, updateOfKey } from '../wire/update.js'
import type { StateChange } from '../state/cast.js'
import type { ContextState } from '../state/context-master.js'
import type { Member } from './place-members.js'
import type { PublishedStream } from './stream-registry.js'

export const MEMBERS = '_dict_members'
export const STREAMS = '_dict_streams'
/** Tells a node that it has been told all that it missed of the casts so far. */
export const MISSED = '_status_place_missed'

/** Items of a dict in one modifier: a packet of the state is cut between modifiers. */
const ITEMS_PER_PART = 500
/** psyced takes lists of at most 404 elements [psyc.md 2.10]. */
const PLAIN_MOST = 400

/** What the state is made of. */
export interface StatefulPlace {
  readonly topic: { readonly text: string } | undefined
  readonly members: { readonly listed: readonly Member[] }
  readonly streams: { all(): Iterable<PublishedStream> }
}

export function placeState(place: StatefulPlace): ContextState {
  return {
    *modifiers() {
      if (place.topic !== undefined) yield assignTopic(place.topic.text)
      yield* assignDict(MEMBERS, place.members.listed.map(memberItem))
      yield* assignDict(STREAMS, [...place.streams.all()].map(streamItem))
    },
    plain: () => {
      const streams = [...place.streams.all()].slice(0, PLAIN_MOST)
      return modifiers({
        _topic: place.topic?.text,
        ...memberLists(place.members, PLAIN_MOST),
        _list_streams:
          streams.length > 0 ? PsycList.ofTexts(streams.map(({ uniform }) => uniform.text)) : undefined,
      })
    },
  }
}

/** `_list_members` and nicks, or only their number when there are more than `most`. */
export function memberLists({ listed }: StatefulPlace['members'], most: number): Variables {
  if (listed.length > most) return { _amount_members: listed.length }
  return {
    _list_members: PsycList.ofTexts(listed.map(({ person }) => person.text)),
    _list_members_nicks: PsycList.ofTexts(listed.map(({ nick }) => nick)),
  }
}

/** An empty value deletes it [psyc.md 4.2]. */
export function assignTopic(text: string): Modifier {
  return { operator: '=', name: '_topic', value: text }
}

export function memberCame(member: Member): StateChange {
  const { key, value } = memberItem(member)
  return update(MEMBERS, renderUpdate(updateOfKey(key, '=', '_text', value)))
}

export function memberWent({ person }: Member): StateChange {
  return update(MEMBERS, renderUpdate(updateOfKey(person.text, '-')))
}

export function streamCame(stream: PublishedStream): StateChange {
  const { key, value } = streamItem(stream)
  return update(STREAMS, renderUpdate(updateOfKey(key, '=', '_uniform', value)))
}

export function streamWent({ name }: PublishedStream): StateChange {
  return update(STREAMS, renderUpdate(updateOfKey(name, '-')))
}

function update(name: string, value: Uint8Array): StateChange {
  return { modifiers: [{ operator: '@', name, value }], plain: () => [] }
}

function memberItem({ person, nick, displayName }: Member): DictItem {
  return { key: person.text, type: '_text', value: displayName ?? nick }
}

function streamItem({ name, uniform }: PublishedStream): DictItem {
  return { key: name, type: '_uniform', value: uniform.text }
}

/** Assigned also when it is empty: what is not there cannot be updated. */
function* assignDict(name: string, items: readonly DictItem[]): Generator<Modifier> {
  yield { operator: '=', name, value: new PsycDict(items.slice(0, ITEMS_PER_PART)) }
  for (let at = ITEMS_PER_PART; at < items.length; at += ITEMS_PER_PART) {
    yield { operator: '+', name, value: new PsycDict(items.slice(at, at + ITEMS_PER_PART)) }
  }
}
