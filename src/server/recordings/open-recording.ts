/** Open the file of a recording to write it, for a new one or behind what is there. */
import { dirname } from 'node:path'
import { FLV_HEADER_LENGTH, FLV_PREVIOUS_SIZE_LENGTH } from '../../media/flv-writer.js'
import { KeyframeIndex } from '../../media/keyframe-index.js'
import { GatewayError, LimitError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import { errorCode, isMissing } from './file-source.js'
import type { FileLayer, RecordingHandle } from './file-source.js'
import { HEAD_TAG_LENGTH } from './head.js'
import type { Properties } from './head.js'
import { indexRest, inspect } from './inspection.js'

export type RecordMode = 'record' | 'append'

/** Why nothing can be recorded, as a publisher is told. */
export class RecordError extends Error {
  constructor(
    readonly reason: 'noAccess' | 'failed',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

export interface OpenedFile {
  readonly handle: RecordingHandle
  /** The name it has until the first media: then it replaces what is there. Undefined for one that is in place. */
  readonly temporary: string | undefined
  /** Where the next tag goes. */
  readonly end: number
  /** What is there is kept, and known. */
  readonly index: KeyframeIndex
  readonly metadata: Properties | undefined
  /** Its head is ours and may be written again. */
  readonly hasHead: boolean
  readonly hasAudio: boolean
}

const HEAD_POSITION = FLV_HEADER_LENGTH + FLV_PREVIOUS_SIZE_LENGTH
const APPEND_GAP_MS = 40 // ours: one frame, between what was there and what comes

/** The time of the first media in the file, ms. */
export function continuesAt({ index, temporary }: OpenedFile): number {
  return temporary === undefined ? index.lastMs + APPEND_GAP_MS : 0
}

export const TEMPORARY = '.part'

/** @throws RecordError */
export async function openRecording(
  file: string,
  mode: RecordMode,
  files: FileLayer,
  limits: Limits,
): Promise<OpenedFile> {
  try {
    const folder = dirname(file)
    await files.makeFolder(folder)
    await checkSpace(folder, files, limits)
    if (mode === 'append') {
      const opened = await openBehind(file, files, limits)
      if (opened !== undefined) return opened
    }
    await checkCount(folder, files, limits)
    return await openNew(file, files)
  } catch (error) {
    throw recordError(error)
  }
}

async function openNew(file: string, files: FileLayer): Promise<OpenedFile> {
  const temporary = `${file}${TEMPORARY}`
  const index = new KeyframeIndex()
  const end = HEAD_POSITION + HEAD_TAG_LENGTH
  const handle = await files.open(temporary, 'w+')
  return { handle, temporary, end, index, metadata: undefined, hasHead: true, hasAudio: false }
}

/** Undefined when there is no such file. What a crash left of a tag at its end is cut off. */
async function openBehind(file: string, files: FileLayer, limits: Limits): Promise<OpenedFile | undefined> {
  let handle: RecordingHandle
  try {
    handle = await files.open(file, 'r+')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  try {
    const { size } = await handle.stat()
    const found = await inspect(handle, size, limits)
    await indexRest(handle, found, size, limits)
    const { indexedTo: end } = found
    if (end < size) await handle.truncate(end)
    const { index, head, headPosition, contents } = found
    const hasHead = head?.isOurs === true && headPosition === HEAD_POSITION
    const metadata = head?.properties
    return { handle, temporary: undefined, end, index, metadata, hasHead, hasAudio: contents.audio }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** @throws RecordError when less is free than `recordingFreeBytes` */
export async function checkSpace(folder: string, files: FileLayer, limits: Limits): Promise<void> {
  if ((await files.freeBytes(folder)) >= limits.recordingFreeBytes) return
  throw new RecordError('failed', 'The disk for recordings is nearly full.')
}

/** Strangers who record under ever new names. */
async function checkCount(folder: string, files: FileLayer, limits: Limits): Promise<void> {
  for (const each of [folder, dirname(folder)]) {
    const { length } = await files.list(each)
    if (length >= limits.recordingFiles)
      throw new LimitError('recordingFiles', limits.recordingFiles, length + 1)
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk for recordings is full.',
  EDQUOT: 'The disk quota for recordings is used up.',
  EFBIG: 'The file has become too large for the disk.',
  EIO: 'The disk for recordings has failed.',
}
const noAccess: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'ELOOP'])

/** Any failure, as a publisher is told. Never a path of ours. */
export function recordError(error: unknown): RecordError {
  if (error instanceof RecordError) return error
  const options = { cause: error }
  if (error instanceof LimitError)
    return new RecordError('failed', `There are too many recordings (${error.limitName}).`, options)
  if (error instanceof GatewayError)
    return new RecordError('failed', `What is there is damaged: ${error.message}.`, options)
  const code = errorCode(error)
  if (noAccess.has(code)) return new RecordError('noAccess', 'The file cannot be written.', options)
  return new RecordError('failed', reasons[code] ?? 'The file cannot be written.', options)
}
