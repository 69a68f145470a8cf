/** Recordings, written and read by real programs: what was published is what is played, while it grows and after a crash. */
import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashFile, makeSource, packets, publish } from './support/ffmpeg.js'
import { describeWith, run, start, stopPrograms } from './support/program.js'
import { startServer } from './support/server.js'
import type { Server } from './support/server.js'

jest.setTimeout(120_000)

const SECONDS = 6
type Packets = ReturnType<typeof packets>

describeWith(['ffmpeg', 'ffprobe', 'rtmpdump', 'curl'], 'a recording', () => {
  let server: Server
  let folder: string
  let source: Packets
  const file = (name: string): string => join(folder, name)
  const recorded = (name: string): string => file(`recordings/vod/_definst_/${name}.flv`)
  const settings = (): Record<string, unknown> => ({
    apps: { vod: { record: 'all' } },
    recordings: { folder: file('recordings'), list: true },
    limits: { recordingFreeBytes: 0 },
  })
  const packetsOf = async (flv: string): Promise<Packets> => {
    await hashFile(flv, `${flv}.txt`)
    return packets(await readFile(`${flv}.txt`, 'utf8'))
  }
  /** Of the pictures: times and sizes. */
  const picturesOf = async (name: string): Promise<string[]> => {
    const what = ['-select_streams', 'v', '-show_entries', 'packet=dts,size', '-of', 'csv=p=0']
    return (await run('ffprobe', ['-v', 'error', ...what, file(name)])).lines.all
  }
  const dumpArgs = (name: string, options: readonly string[]): string[] => [
    ...['-q', ...options, '-r', server.rtmpUrl(`vod/${name}`)],
    ...['-o', file(`${name}.dump.flv`)],
  ]
  const dump = (name: string, ...options: string[]): Promise<unknown> =>
    run('rtmpdump', dumpArgs(name, options))
  const publishWhole = async (name: string): Promise<void> => {
    expect((await publish(file('source.flv'), server.rtmpUrl(`vod/${name}`)).exit).code).toBe(0)
    await until(async () => !(await list()).some((each) => each.name === name && each.isRecording))
  }
  const list = async (): Promise<{ name: string; bytes: number; isRecording: boolean }[]> =>
    (await (await fetch(server.httpUrl('recordings/vod/'))).json()) as never

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-recording-'))
    server = await startServer(settings())
    await makeSource(file('source.flv'), SECONDS)
    source = await packetsOf(file('source.flv'))
    await publishWhole('cam')
  })

  afterAll(async () => {
    await stopPrograms()
    await server.stop()
    await rm(folder, { recursive: true })
  })

  it('holds every packet that was published, and says how long it is', async () => {
    expect(await packetsOf(recorded('cam'))).toEqual(source)
    const said = await run('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'format=duration',
      '-of',
      'csv=p=0',
      recorded('cam'),
    ])
    expect(said.lines.all).toHaveLength(1) // and nothing to complain of
    expect(Number(said.stdout())).toBeCloseTo(SECONDS, 0)
  })

  it('is played over RTMP, whole and from a time on, from the keyframe before it', async () => {
    await dump('cam')
    expect(await packetsOf(file('cam.dump.flv'))).toEqual(source)
    await dump('cam', '--start', '3.5')
    const { video, audio } = await packetsOf(file('cam.dump.flv'))
    expect(video).toEqual(source.video.slice(3 * 25))
    expect(source.audio.join()).toContain(audio.join())
  })

  it('is gone on with by rtmpdump where that was cut off, at the times that it has', async () => {
    await dump('cam')
    const whole = await picturesOf('cam.dump.flv')
    await dump('cam', '--start', '3.023') // a keyframe
    expect(await picturesOf('cam.dump.flv')).toEqual(whole.slice(3 * 25))
    expect(await start('rtmpdump', dumpArgs('cam', ['--stop', '3'])).exit).toMatchObject({ code: 2 }) // not all
    expect((await picturesOf('cam.dump.flv')).length).toBeLessThan(whole.length)
    await dump('cam', '--resume')
    expect(await picturesOf('cam.dump.flv')).toEqual(whole)
  })

  it('is fetched over HTTP, whole and in ranges, by programs that seek', async () => {
    const url = server.httpUrl('recordings/vod/cam.flv')
    await run('curl', ['-sf', url, '-o', file('whole.flv')])
    expect(await readFile(file('whole.flv'))).toEqual(await readFile(recorded('cam')))
    await run('curl', ['-sf', '-r', '1000-1999', url, '-o', file('part')])
    expect(await readFile(file('part'))).toEqual((await readFile(recorded('cam'))).subarray(1_000, 2_000))
    const at = ['-ss', '4', '-i', url, '-c', 'copy', '-y', file('sought.flv')]
    await run('ffmpeg', ['-v', 'error', '-nostdin', ...at])
    expect((await packetsOf(file('sought.flv'))).video).toEqual(source.video.slice(4 * 25))
  })

  it('can be played while it is made, and goes on with it to its end', async () => {
    const publisher = publish(file('source.flv'), server.rtmpUrl('vod/growing'))
    await until(
      async () => existsSync(recorded('growing')) && (await list()).some(({ isRecording }) => isRecording),
    )
    await run('ffprobe', ['-v', 'error', recorded('growing')])
    // ffmpeg asks for what is live, and for the recording where it says so
    const player = dump('growing', '--start', '0')
    expect((await publisher.exit).code).toBe(0)
    await player
    expect(await packetsOf(recorded('growing'))).toEqual(source)
  })

  it('survives the death of the server, and the next one goes on behind it', async () => {
    const publisher = publish(file('source.flv'), server.rtmpUrl('vod/killed'), true)
    await until(() => existsSync(recorded('killed')) && statSync(recorded('killed')).size > 120_000)
    await server.program.stop('SIGKILL')
    await publisher.stop()
    const before = await packetsOf(recorded('killed'))
    expect(before.video.length).toBeGreaterThan(25)
    expect(before.video).toEqual([...source.video, ...source.video].slice(0, before.video.length))

    server = await startServer(settings())
    await publishWhole('killed')
    const { video } = await packetsOf(recorded('killed'))
    expect(video).toEqual([...before.video, ...source.video])
    await dump('killed', '--start', String(before.video.length / 25 + 3.5))
    expect((await packetsOf(file('killed.dump.flv'))).video).toEqual(source.video.slice(3 * 25))
  })

  it('ends whole when the disk is full, and the stream goes on', async () => {
    await mkdir(file('small'), { recursive: true })
    if (!mounted(file('small'))) return
    const small = await startServer({ ...settings(), recordings: { folder: file('small') } })
    try {
      const url = small.rtmpUrl('vod/full')
      const publisher = publish(file('source.flv'), url, true)
      await small.program.lines.wait(/The disk for recordings is full/)
      const player = start('ffmpeg', [
        '-v',
        'error',
        '-nostdin',
        '-i',
        url,
        '-t',
        '1',
        '-c',
        'copy',
        '-f',
        'null',
        '-',
      ])
      expect((await player.exit).code).toBe(0)
      await publisher.stop()
      const { video } = await packetsOf(file('small/vod/_definst_/full.flv'))
      expect(video.length).toBeGreaterThan(25)
      expect([...source.video, ...source.video].slice(0, video.length)).toEqual(video)
    } finally {
      await small.stop()
      execFileSync('umount', [file('small')])
    }
  })

  /** A disk of 200 KB, where we may mount one. */
  function mounted(where: string): boolean {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', where], { stdio: 'ignore' })
      return true
    } catch {
      process.stderr.write('\n*** SKIPPED: a full disk: no right to mount one\n\n')
      return false
    }
  }
})

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`it never came true: ${String(isSo)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
