/** What a place says to those whom it refuses something: people at psyced see the text and nothing else [psyced.md 4.6]. */

export const NO_MEMBER = 'You need to enter [_nick_place] first.'

/** By the method of the refusal of an enter. */
export const enterRefusals: Readonly<Record<string, string>> = {
  _error_illegal_uniform: 'Who has no address cannot enter [_nick_place].',
  _error_place_enter_necessary_nick: 'Who has no name cannot enter [_nick_place].',
  _error_illegal_name_person_place: 'The name is too long for [_nick_place].',
  _error_place_enter_necessary_invitation: 'You are banned from [_nick_place].',
  _failure_exceeded_limit_place: 'There is no room for one more in [_nick_place].',
}
