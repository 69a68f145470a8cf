/** Where the talk of a bridged app is, and who has to be there [design 3, Bridge]. */
import type { CompiledProfile } from '../profile/profile.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { TranslateError } from '../util/errors.js'
import { placeFromTemplate } from './name.js'
import type { NameLimits } from './name.js'

/**
 * @param template "psyc://psyced.example/@{instance}"
 * @returns undefined for a name that no place can have
 */
export function bridgedPlace(
  template: string,
  app: string,
  instance: string,
  limits?: NameLimits,
): Uniform | undefined {
  try {
    return uniformOf(placeFromTemplate(template, app, instance, limits))
  } catch (error) {
    if (error instanceof TranslateError) return undefined
    throw error
  }
}

/**
 * psyced knows no silent members. A client whose app does something with what the room says must be in it to hear it, and
 * is seen there from the start; one that has nothing to hear comes with its first act, or never.
 */
export function mustHear(profile: CompiledProfile): boolean {
  if (profile.presence !== 'act') return profile.presence === 'connect'
  return profile.psyc || roomsWords.some((method) => profile.callbacks(method).length > 0)
}

const roomsWords = ['_message_public', '_notice_place_enter', '_notice_place_topic']
