/** Where the place of an application instance lives: at the gateway that its app names, by default this one [design 3]. */
import { uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { TranslateError } from '../util/errors.js'
import { checkedUniform, placeResource } from './name.js'
import type { NameLimits } from './name.js'

/**
 * @param root uniform of that gateway, "psyc://gw.example/"
 * @returns undefined for a name that no place can have
 */
export function homePlace(
  root: string,
  app: string,
  instance: string,
  limits?: NameLimits,
): Uniform | undefined {
  try {
    return uniformOf(checkedUniform(root.replace(/\/?$/, '/') + placeResource(app, instance, limits), limits))
  } catch (error) {
    if (error instanceof TranslateError) return undefined
    throw error
  }
}
