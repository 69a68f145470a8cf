/**
 * Runs chat.swf in Ruffle. Query: nick, room (application/instance).
 *
 * A SWF in Ruffle that opens a Socket gets a WebSocket; `socketProxy` says which. Host and port have to be, character
 * by character, those that the SWF opens.
 */
const query = new URLSearchParams(location.search)
const host = location.hostname
const port = Number(location.port) || (location.protocol === 'https:' ? 443 : 80)

const options = {
  url: 'chat.swf',
  parameters: {
    host,
    port: String(port),
    app: query.get('room') ?? 'chat/lobby',
    nick: query.get('nick') ?? '',
  },
  socketProxy: [
    { host, port, proxyUrl: `${location.protocol.replace('http', 'ws')}//${location.host}/rtmp` },
  ],
  publicPath: '/ruffle/',
  autoplay: 'on',
  unmuteOverlay: 'hidden',
  splashScreen: false,
  allowScriptAccess: true,
  logLevel: 'warn',
}

function run() {
  const player = globalThis.RufflePlayer.newest().createPlayer()
  document.getElementById('stage').append(player)
  player.ruffle().load(options)
}

globalThis.RufflePlayer = { config: { publicPath: '/ruffle/', polyfills: false } }
const script = document.createElement('script')
script.src = '/ruffle/ruffle.js'
script.addEventListener('load', run)
script.addEventListener('error', () => {
  document.getElementById('notice').textContent =
    'Ruffle is not here: serve the files of the npm package @ruffle-rs/ruffle under /ruffle/ (see README.md).'
})
document.head.append(script)
