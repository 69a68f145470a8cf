/** The files under recordings: all that touches the disk goes through here, so that a test can make it fail. */
import { mkdir, open, readdir, rename, stat, statfs, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { ByteSource } from './tag-cursor.js'

/** An open file. */
export interface RecordingHandle extends ByteSource {
  write(parts: readonly Uint8Array[], position: number): Promise<void>
  truncate(length: number): Promise<void>
  /** Resolves once the bytes are on the disk, not only with the system. */
  sync(): Promise<void>
  stat(): Promise<FileFacts>
  /** Waits for what is under way. */
  close(): Promise<void>
}

export interface FileFacts {
  readonly size: number
  readonly modifiedMs: number
}

export interface FileLayer {
  /** "r": to read, "r+": to read and write what is there, "w+": empty. */
  open(file: string, flags: 'r' | 'r+' | 'w+'): Promise<RecordingHandle>
  makeFolder(folder: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  remove(file: string): Promise<void>
  /** Names, in no order; none for a folder that is not there. */
  list(folder: string): Promise<string[]>
  stat(file: string): Promise<FileFacts>
  /** Bytes that we may still write to the disk of this folder. */
  freeBytes(folder: string): Promise<number>
}

export const nodeFiles: FileLayer = {
  open: async (file, flags) => new NodeHandle(await open(file, flags)),
  makeFolder: async (folder) => {
    await mkdir(folder, { recursive: true })
  },
  rename,
  remove: unlink,
  list: async (folder) => {
    try {
      return await readdir(folder)
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  },
  stat: async (file) => {
    const facts = await stat(file)
    if (!facts.isFile()) throw Object.assign(new Error(`${file} is no file`), { code: 'ENOENT' })
    return { size: facts.size, modifiedMs: Math.floor(facts.mtimeMs) }
  },
  freeBytes: async (folder) => {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  },
}

/** Whether there is no such file, or it cannot be one. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR'
}

export function errorCode(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : ''
}

class NodeHandle implements RecordingHandle {
  constructor(private readonly handle: FileHandle) {}

  async read(into: Uint8Array, position: number): Promise<number> {
    let length = 0
    while (length < into.length) {
      const { bytesRead } = await this.handle.read(into, length, into.length - length, position + length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return length
  }

  async write(parts: readonly Uint8Array[], position: number): Promise<void> {
    let at = position
    let left = parts.filter(({ length }) => length > 0)
    while (left.length > 0) {
      const { bytesWritten } = await this.handle.writev(left, at)
      at += bytesWritten
      left = behind(left, bytesWritten)
    }
  }

  async truncate(length: number): Promise<void> {
    await this.handle.truncate(length)
  }

  async sync(): Promise<void> {
    await this.handle.datasync()
  }

  async stat(): Promise<FileFacts> {
    const { size, mtimeMs } = await this.handle.stat()
    return { size, modifiedMs: Math.floor(mtimeMs) }
  }

  async close(): Promise<void> {
    await this.handle.close()
  }
}

/** What is left of the parts behind their first bytes. */
function behind(parts: readonly Uint8Array[], length: number): Uint8Array[] {
  let skip = length
  const left: Uint8Array[] = []
  for (const part of parts) {
    if (skip < part.length) left.push(skip === 0 ? part : part.subarray(skip))
    skip = Math.max(0, skip - part.length)
  }
  return left
}
