/** examples/federation, run as its README says: every command of it, and what one is told to see. */
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ChatPage } from './support/chat-page.js'
import { chromiumPath, launchChromium } from './support/chromium.js'
import type { Chromium } from './support/chromium.js'
import { describeWith, start, stopPrograms } from './support/program.js'
import type { Program } from './support/program.js'

jest.setTimeout(60_000)

/** Programs that show pictures find a screen that shows nothing. */
const withoutScreen = { SDL_VIDEODRIVER: 'dummy', SDL_AUDIODRIVER: 'dummy' }

describeWith([chromiumPath, 'ffmpeg', 'ffplay'], 'the example of two nodes', () => {
  let folder: string
  let readme: string
  /** Not run yet. */
  let commands: string[]
  let chromium: Chromium
  let anna: ChatPage
  let bert: ChatPage

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rtmpsyc-example-'))
    for (const name of ['dist', 'examples']) await symlink(resolve(name), join(folder, name))
    readme = await readFile('examples/federation/README.md', 'utf8')
    commands = [...readme.matchAll(/^```sh\n([^`]+?)\n```$/gm)].map(([, command = '']) => command)
    chromium = await launchChromium()
  })

  afterAll(async () => {
    await chromium.close()
    await stopPrograms()
    await rm(folder, { recursive: true })
  })

  /** The next command of the README. @param wanted part of it: the README and this test go side by side */
  function run(wanted: string): Program {
    const command = commands.shift() ?? 'nothing'
    if (!command.includes(wanted)) throw new Error(`expected a command with ${wanted}, not ${command}`)
    return start('sh', ['-c', `exec ${command}`], { cwd: folder, env: withoutScreen })
  }

  async function open(address: string, nick: string): Promise<ChatPage> {
    const base = `http://${address}:8080/`
    expect(readme).toContain(`<${base}examples/chat/>`)
    return ChatPage.enter(chromium, { httpUrl: (path) => base + path }, nick, 'chat/lobby')
  }

  it('starts', async () => {
    for (const file of ['a.yaml', 'b.yaml']) await run(file).lines.wait(/is up/)
  })

  it('carries chat', async () => {
    anna = await open('127.0.0.2', 'anna')
    bert = await open('127.0.0.3', 'bert')
    await anna.say('hello from A')
    await bert.seesLine('anna: hello from A')
    await bert.say('hello from B')
    await anna.seesLine('bert: hello from B')
    await bert.seesMember('anna')
    await anna.seesMember('bert')
  })

  it('carries an object', async () => {
    const ball = await bert.page.$('#ball')
    const box = await ball!.boundingBox()
    const [x, y] = [box!.x + box!.width / 2, box!.y + box!.height / 2]
    await bert.page.mouse.move(x, y)
    await bert.page.mouse.down()
    await bert.page.mouse.move(x + 60, y + 20)
    await bert.page.mouse.up()
    // The pages follow the mouse in their own time: both come to rest at one place.
    let styles: string[] = []
    const isAtRest = (): boolean => new Set(styles).size === 1 && /left: \d+px/.test(styles[0] ?? '')
    const end = Date.now() + 10_000
    while (!isAtRest() && Date.now() < end) styles = await Promise.all([ballOf(anna), ballOf(bert)])
    expect(styles[0]).toMatch(/left: \d+px/)
    expect(styles[0]).toBe(styles[1])
  })

  it('carries a stream', async () => {
    const publisher = run('rtmp://127.0.0.2/chat/lobby/cam')
    const player = run('ffplay rtmp://127.0.0.3/chat/lobby/cam')
    await player.lines.wait(/Video: h264.*320x180/, 0, 20_000)
    expect(publisher.hasEnded()).toBe(false)
    await player.stop()
  })

  it('tells what it is made of', async () => {
    const probe = run('probe psyc://127.0.0.3/')
    expect((await probe.exit).code).toBe(0)
    expect(probe.stdout()).toMatch(/greeting +PSYC 1\.0, rtmpsyc/)
  })

  it('can be watched', async () => {
    const place = run("watch 'psyc://127.0.0.2/@chat-lobby'")
    await place.lines.wait(/^ *cam: "psyc:\/\/127\.0\.0\.2\/@chat-lobby#_stream_cam"$/)
    await bert.say('who watches?')
    await place.lines.wait(/"who watches\?"/)
    const object = run('#_so_ball')
    await object.lines.wait(/^ *x: \d/)
    const stream = run('#_stream_cam')
    await stream.lines.wait(/stream +video AVC \(H\.264\).*320x180/)
    await stream.lines.wait(/media +\d+ pictures/)
    for (const watching of [place, object, stream]) {
      expect((await watching.stop('SIGINT')).code).toBe(0)
      expect(watching.lines.all.at(-1)).toMatch(/ left$/)
    }
    expect(await anna.talk()).not.toContainEqual(expect.stringMatching(/^watch-/))
  })

  it('can be bridged to a psyced', async () => {
    expect((await run('check').exit).code).toBe(0)
    await run('start --config examples/federation/bridge.yaml').lines.wait(/is up/)
    expect(commands).toEqual([])
  })
})

const styleOfBall = `document.getElementById('ball').getAttribute('style')`

async function ballOf(page: ChatPage): Promise<string> {
  return String(await page.page.evaluate(styleOfBall))
}
