/** What expressions may name, by where they stand in a profile. Whoever evaluates them provides exactly these. */
import type { Vocabulary } from './expression.js'

/** `html(text)`: Flash's HTML as text in `calls`, text as HTML in `on`; `html(nick, text)` makes a chat line of it. */
const html = { html: [1, 1] } as const
const htmlLine = { html: [1, 2] } as const

export const vocabularies = {
  /** `nick`, `password`: `arg` what `connect` passed after the URL, `query` that of the URL. */
  connect: { roots: ['arg', 'query'], functions: {}, variables: false },

  /**
   * `calls`: `arg` the call's arguments, `nick` the caller's display name, `component` what the first `*` of the
   * call's name stands for.
   */
  call: { roots: ['arg', 'query', 'nick', 'component'], functions: html, variables: false },

  /**
   * `on`: `nick` display name of who did it, `uniform` his address, `id` short text that is his alone in this place,
   * `body` the text, `time` ms since 1970 (of a remembered packet when it was said, else now), `method` of the packet,
   * `component` what the first `*` of the object's name stands for; `members` [{nick, uniform, id}] and `nicks`
   * [nick] of all who are there. In `self` all of them are the person's own. `_topic`: a variable of the packet.
   */
  callback: {
    roots: ['nick', 'uniform', 'id', 'body', 'time', 'method', 'component', 'members', 'nicks'],
    functions: htmlLine,
    variables: true,
  },

  /** `objects.….members`: one member of the place. */
  member: { roots: ['nick', 'uniform', 'id'], functions: {}, variables: false },
} as const satisfies Record<string, Vocabulary>
