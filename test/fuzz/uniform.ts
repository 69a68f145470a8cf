// Invariant: any text is a uniform or gives a PSYC_UNIFORM error; keys are stable: the key of a key is itself.
import { parseUniform, uniformOf, uniformParts } from '../../src/psyc/wire/uniform.js'
import { PsycError } from '../../src/util/errors.js'
import { latin1 } from '../support/psyc-outcome.js'

export function fuzz(bytes: Uint8Array): void {
  const text = latin1(bytes)
  const known = uniformOf(text)
  try {
    const uniform = parseUniform(text)
    const { key, entityKey, rootKey } = uniform
    uniformParts(uniform)
    if (text.length <= 1000 && known?.key !== key) throw new Error('uniformOf differs from parseUniform')
    if (!entityKey.startsWith(rootKey) || !key.startsWith(entityKey)) throw new Error('a key is no prefix')
    for (const stable of [key, entityKey, rootKey])
      if (parseUniform(stable).key !== stable) throw new Error(`${stable} is not its own key`)
  } catch (error) {
    if (!(error instanceof PsycError) || !error.code.startsWith('PSYC_UNIFORM_')) throw error
    if (known !== undefined) throw new Error('uniformOf takes what parseUniform refuses', { cause: error })
  }
}
