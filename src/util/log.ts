/** Where the core reports to: structured fields first, then one sentence. `pino` has this shape. */
export type LogFields = Readonly<Record<string, unknown>>

export interface Log {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

const ignore = (): void => undefined
export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
