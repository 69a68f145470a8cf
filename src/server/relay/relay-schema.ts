/** `relay:` of the configuration. URLs and passwords never appear in what is said about them. */
import * as z from 'zod'
import { choose, oneOf, someText, strict, untold } from '../../profile/schema-error.js'
import { parsePattern } from './relay-entry.js'
import type { RelayEntry, RelayPattern } from './relay-entry.js'
import { parseRelayUrl } from './relay-url.js'
import type { RelayTarget } from './relay-url.js'

const wrong = (message: string): z.ZodType<never> => untold<never>(() => message)

const URL_FORM = 'expected a URL such as rtmp://host/app/stream'
const target = untold<RelayTarget>((value) => (typeof value === 'string' ? parseRelayUrl(value) : URL_FORM))
const pattern = untold<RelayPattern>((value) =>
  typeof value === 'string' ? parsePattern(value) : 'expected app[/instance]/stream',
)
const secret = untold<{ readonly text: string }>((value) =>
  typeof value === 'string' && value !== '' ? { text: value } : 'expected text',
)
const optionalSecret = secret.optional()
const text = someText('text')

const common = {
  user: optionalSecret,
  password: optionalSecret,
  tls: strict({
    ca: text.optional(),
    rejectUnauthorized: z.boolean('expected true or false').default(true),
    servername: text.optional(),
  }).prefault({}),
}

const pull = strict({
  pull: target,
  to: pattern,
  when: oneOf(['wanted', 'always']).default('wanted'),
  ...common,
})
const push = strict({
  push: target,
  from: pattern,
  when: oneOf(['published', 'always']).default('published'),
  ...common,
})

type Source = z.output<typeof pull> | z.output<typeof push>

function entryOf(source: Source): RelayEntry {
  const { user, password, tls } = source
  const isPull = 'pull' in source
  const there = isPull ? source.pull : source.push
  return {
    way: isPull ? 'pull' : 'push',
    target: { ...there, user: user?.text ?? there.user, password: password?.text ?? there.password },
    local: isPull ? source.to : source.from,
    isAlways: source.when === 'always',
    tls,
  }
}

/** @returns what does not fit together */
function problemOf({ way, target: there, local, isAlways, tls }: RelayEntry): [string, string] | undefined {
  const [here, far] = way === 'pull' ? ['to', 'pull'] : ['from', 'push']
  if (local.name === '*' && there.name !== '*')
    return [far, `expected * for the name of the stream: ${here} stands for many streams`]
  if (local.name === '*' && isAlways)
    return ['when', `expected the name of one stream in ${here}: nobody knows all names that * stands for`]
  if (there.name === '*' && local.name !== '*') return [here, `expected * here too, as in ${far}`]
  const isTlsSet = tls.ca !== undefined || tls.servername !== undefined || !tls.rejectUnauthorized
  if (isTlsSet && !there.isEncrypted) return ['tls', `expected rtmps:// in ${far}`]
  if (there.password !== '' && there.user === '') return ['user', 'expected a user with the password']
  return undefined
}

const checked = (schema: typeof pull | typeof push): z.ZodType<RelayEntry> =>
  (schema as z.ZodType<Source>).transform((source, context) => {
    const entry = entryOf(source)
    const problem = problemOf(entry)
    if (problem === undefined) return entry
    context.addIssue({ code: 'custom', path: [problem[0]], message: problem[1] })
    return z.NEVER
  })

const entrySchema = choose<RelayEntry, unknown>((value) => {
  if (typeof value !== 'object' || value === null) return wrong('expected an object with pull or push')
  if ('pull' in value && 'push' in value) return wrong('expected pull or push, not both: make two entries')
  if (!('pull' in value) && !('push' in value)) return wrong('expected an entry pull or push')
  return checked('pull' in value ? pull : push)
})

export const relaySchema: z.ZodType<RelayEntry[]> = choose<RelayEntry[], unknown>((value) =>
  Array.isArray(value) ? z.array(entrySchema) : wrong('expected a list'),
)
