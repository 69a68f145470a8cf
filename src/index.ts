/** The public API: a whole node to embed, and the codecs for tools. */
export { Gateway } from './server/gateway.js'
export type { GatewayOptions, Ports } from './server/gateway.js'
export { configOf } from './server/config.js'
export { configFrom, loadConfig } from './server/config-file.js'
export type { Log, LogFields } from './util/log.js'
export type { Config, ConfigSource, Flags } from './server/config.js'

export * from './amf/value.js'
export { decodeAmf0, encodeAmf0 } from './amf/amf0.js'
export { decodeAmf3, encodeAmf3 } from './amf/amf3.js'

export { Packet } from './psyc/wire/packet.js'
export { PacketParser } from './psyc/wire/parser.js'
export { renderPacket } from './psyc/wire/renderer.js'
export { parseUniform } from './psyc/wire/uniform.js'

export { GatewayError } from './util/errors.js'
export { errorCodes } from './util/error-codes.js'
export { limitTable } from './util/limits.js'
