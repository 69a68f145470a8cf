// Any text has no mapped name but the one that leads back to it; what an inverse yields maps to the text again.
import {
  exactName,
  foldName,
  parseChannel,
  parsePlaceResource,
  placeResource,
  objectChannel,
  streamChannel,
  unexactName,
  unfoldName,
} from '../../src/translate/name.js'
import { GatewayError } from '../../src/util/errors.js'
import { decodeUtf8 } from '../../src/util/utf8.js'

export function fuzz(bytes: Uint8Array): void {
  const text = decodeUtf8(bytes)
  try {
    same(unexactName(exactName(text)), text)
    same(unfoldName(foldName(text)), text.toLowerCase())
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
  }
  const place = parsePlaceResource(text)
  if (place !== undefined) same(placeResource(place.app, place.instance, unlimited), text.toLowerCase())
  const channel = parseChannel(text)
  if (channel?.kind === 'object')
    same(objectChannel(channel.name, channel.persistent, unlimited), text.toLowerCase())
  if (channel?.kind === 'stream') same(streamChannel(channel.name, unlimited), text.toLowerCase())
}

const unlimited = { nickBytes: Infinity, nameBytes: Infinity, uniformBytes: Infinity }

function same(a: string | undefined, b: string): void {
  if (a !== b) throw new Error(`${JSON.stringify(a)} is not ${JSON.stringify(b)}`)
}
