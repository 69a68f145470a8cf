import fc from 'fast-check'
import { basename, dirname, relative } from 'node:path'
import { recordingFile, recordingNameOf } from '../../../../src/server/recordings/paths.js'
import { defaultLimits } from '../../../../src/util/limits.js'

const fileOf = (app: string, instance: string, name: string): string | undefined =>
  recordingFile('/data', { app, instance, name }, defaultLimits)

test.each([
  ['vod', '', 'cam', '/data/vod/_definst_/cam.flv'],
  ['VOD', '_definst_', 'cam', '/data/vod/_definst_/cam.flv'],
  ['vod', 'Lobby 1', 'Cam', '/data/vod/lobby=201/_=43am.flv'],
  ['vod', '', '../../etc/passwd', '/data/vod/_definst_/_=2e=2e=2f=2e=2e=2fetc=2fpasswd.flv'],
  ['vod', '', '..', '/data/vod/_definst_/_=2e=2e.flv'],
  ['vod', '', '/etc/passwd', '/data/vod/_definst_/_=2fetc=2fpasswd.flv'],
  ['vod', '', 'a\0b', '/data/vod/_definst_/a=00b.flv'],
  ['vod', '', 'a\\..\\b', '/data/vod/_definst_/a=5c=2e=2e=5cb.flv'],
  ['..', '..', '..', '/data/_=2e=2e/_=2e=2e/_=2e=2e.flv'],
  ['vod', '', 'flv:cam', '/data/vod/_definst_/cam.flv'],
  ['vod', '', 'mp4:film.mp4', undefined],
  ['vod', '', 'mp3:song', undefined],
  ['vod', '', 'a:b', '/data/vod/_definst_/a=3ab.flv'],
  ['vod', '', '', undefined],
  ['vod', '', 'ö'.repeat(100), undefined], // longer than a file name
  ['vod', '', 'a'.repeat(10_000), undefined],
])('%j / %j / %j', (app, instance, name, file) => {
  expect(fileOf(app, instance, name)).toBe(file)
})

test('no name leaves its folder, no two share a file in any case, and the file says the name', () => {
  const names = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 })
  const known = new Map<string, string>()
  fc.assert(
    fc.property(names, (name) => {
      const file = fileOf('vod', '', name)
      if (file === undefined) return
      expect(dirname(relative('/data/vod', file))).toBe('_definst_')
      expect(basename(file)).toMatch(/^[a-z0-9_+=-]+\.flv$/)
      const plain = name.replace(/^flv:/i, '')
      expect(recordingNameOf(basename(file))).toBe(plain)
      expect(known.get(file.toLowerCase()) ?? plain).toBe(plain)
      known.set(file.toLowerCase(), plain)
    }),
  )
})
