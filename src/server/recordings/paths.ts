/**
 * Names of recordings as files: `<folder>/<app>/<instance, or _definst_>/<name>.flv`, each part mapped as in uniforms.
 * What comes out holds neither dots nor slashes nor capitals, so no name leaves its folder and no two share a file,
 * whatever the file system thinks of case.
 */
import { join } from 'node:path'
import type { StreamAddress } from '../../media/stream-address.js'
import { exactName, foldApp, foldName, unexactName } from '../../translate/name.js'
import { TranslateError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'

/** What `foldName` never yields. */
const NO_INSTANCE = '_definst_'
const EXTENSION = '.flv'
/** Ours: file systems take 255 bytes, and a file that is begun has a longer name. */
const FILE_NAME_MOST = 240

/** File types that Flash writes before a name. We have FLV. */
const typePrefix = /^([a-z0-9]+):/i

export type RecordingName = Pick<StreamAddress, 'app' | 'instance' | 'name'>

/** The folder of an application instance; undefined for names that make none. */
export function recordingFolder(
  root: string,
  { app, instance }: Pick<RecordingName, 'app' | 'instance'>,
  limits: Limits,
): string | undefined {
  return named(() => {
    const isNone = instance === '' || instance.toLowerCase() === NO_INSTANCE
    const parts = [foldApp(app, limits), isNone ? NO_INSTANCE : foldName(instance, limits)]
    return parts.every((part) => part.length <= FILE_NAME_MOST) ? join(root, ...parts) : undefined
  })
}

/** The file of a recording; undefined for a name that makes none, or asks for another type than FLV. */
export function recordingFile(root: string, address: RecordingName, limits: Limits): string | undefined {
  const folder = recordingFolder(root, address, limits)
  const name = withoutType(address.name)
  if (folder === undefined || name === undefined) return undefined
  return named(() => {
    const file = `${exactName(name, limits)}${EXTENSION}`
    return file.length <= FILE_NAME_MOST ? join(folder, file) : undefined
  })
}

/** The name of the recording in a file of that name; undefined for files that are none. */
export function recordingNameOf(file: string): string | undefined {
  return file.endsWith(EXTENSION) ? unexactName(file.slice(0, -EXTENSION.length)) : undefined
}

function withoutType(name: string): string | undefined {
  const type = typePrefix.exec(name)?.[1]?.toLowerCase()
  if (type === undefined || !knownTypes.has(type)) return name
  return type === 'flv' ? name.slice('flv:'.length) : undefined
}

const knownTypes: ReadonlySet<string> = new Set(['flv', 'mp4', 'mp3', 'f4v', 'raw', 'id3'])

function named(make: () => string | undefined): string | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof TranslateError) return undefined
    throw error
  }
}
