// Any configuration text is a ConfigError that names a path, or a configuration; any expression a ConfigError or an expression.
import { compileExpression } from '../../src/profile/expression.js'
import { vocabularies } from '../../src/profile/vocabulary.js'
import { configFrom } from '../../src/server/config-file.js'
import { ConfigError } from '../../src/util/errors.js'
import { decodeUtf8 } from '../../src/util/utf8.js'

export function fuzz(bytes: Uint8Array): void {
  const text = decodeUtf8(bytes)
  check(() => compileExpression(text.slice(0, 2000), vocabularies.callback).text)
  check(() => configFrom(text).app('chat')?.profile.matchCall('FCChat.a.sendMessage')?.value.method)
}

function check(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
  }
}
