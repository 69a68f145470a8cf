/** The SWFs that are shipped are those that their sources make. */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { describeWith, run } from './support/program.js'

/** Debian's; others make other bytes of the same sources. */
const HAXE_VERSION = '4.2.5'

const HEADER_BYTES = 8

describeWith(['haxe'], 'an example SWF', () => {
  it.each(['chat', 'player'])('%s.swf is built from the sources beside it', async (name) => {
    const folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-haxe-'))
    await cp(`examples/${name}/haxe`, join(folder, 'haxe'), { recursive: true })
    await run('haxe', ['build.hxml'], { cwd: join(folder, 'haxe') })
    const { stdout } = await run('haxe', ['--version'])
    if (stdout().trim() === HAXE_VERSION)
      expect(await content(join(folder, `${name}.swf`))).toEqual(
        await content(`examples/${name}/${name}.swf`),
      )
    await rm(folder, { recursive: true })
  })
})

/** All but the header, unpacked ("CWS": zlib). */
async function content(file: string): Promise<string> {
  const bytes = await readFile(file)
  return inflateSync(bytes.subarray(HEADER_BYTES)).toString('latin1')
}
