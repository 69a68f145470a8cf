/** What the configuration says of one app [design 2.3, 3, 7, 9]. */
import * as z from 'zod'
import type { CompiledProfile } from '../profile/profile.js'
import { oneOf, someText, strict, wholeNumber } from '../profile/schema-error.js'
import { parseUniform, type EntityKind } from '../psyc/wire/uniform.js'
import { placeFromTemplate } from '../translate/name.js'
import { GatewayError } from '../util/errors.js'

/** One app, or what holds for one that the configuration does not name. */
export interface AppConfig {
  readonly profile: CompiledProfile
  /** Uniform of the entity that answers calls which the profile does not map. */
  readonly handler?: string | undefined
  /** Template of the places on a psyced where the talk is, "psyc://psyced.example/@{instance}"; undefined: at home. */
  readonly place?: string | undefined
  /** Uniform of the gateway where the app's places live; this node by default. */
  readonly home?: string | undefined
  /** Uniforms or local nicks of the persons who may kick and ban in the app's places. */
  readonly owners: readonly string[]
  /** The longest that media may wait to leave in one write with more, ms. */
  readonly gatherMs: number
  /** The longest that media waits to go to other nodes in one packet with more, ms. */
  readonly batchMs: number
  /** Who may record streams. */
  readonly record: RecordRule
}

/** Who may record: nobody, publishers that ask for it, or everything that is published. */
export const recordRules = ['none', 'request', 'all'] as const
export type RecordRule = (typeof recordRules)[number]

export const GATHER_MS = 44
export const BATCH_MS = 25

export const appSchema = strict({
  profile: someText('the name of a profile').optional(),
  place: uniform('the place on a psyced, such as "psyc://psyced.example/@{instance}"', ['place']).optional(),
  home: uniform('the uniform of the gateway where the app lives, such as "psyc://gw.example/"', [
    'root',
  ]).optional(),
  handler: uniform('the uniform of an entity, such as "psyc://gw.example/$game"', [
    'service',
    'person',
    'place',
    'other',
  ]).optional(),
  owners: z.array(someText('a nick or the uniform of a person'), 'expected a list').default([]),
  gatherMs: wholeNumber('ms', 0, 2000).default(GATHER_MS),
  batchMs: wholeNumber('ms', 0, 1000).default(BATCH_MS),
  record: oneOf(recordRules).default('none'),
  script: z.undefined('scripts of apps are reserved for a later version').optional(),
})

function uniform(what: string, kinds: readonly EntityKind[]): z.ZodString {
  return z.string(`expected ${what}`).superRefine((text, context) => {
    const problem = uniformProblem(text, kinds)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: `expected ${what}: ${problem}` })
  })
}

function uniformProblem(text: string, kinds: readonly EntityKind[]): string | undefined {
  try {
    const { kind, channel } = parseUniform(placeFromTemplate(text, 'app', 'instance'))
    return kinds.includes(kind) && channel === ''
      ? undefined
      : `"${text}" is a ${kind}${channel && ' with a channel'}`
  } catch (error) {
    if (error instanceof GatewayError) return error.message
    throw error
  }
}
