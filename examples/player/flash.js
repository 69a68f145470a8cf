/** Runs player.swf in Ruffle. Query: stream ("live/cam"). */
const query = new URLSearchParams(location.search)
const stream = (query.get('stream') ?? 'live/cam').split('/').map(encodeURIComponent).join('/')

const options = {
  url: 'player.swf',
  // Ruffle plays from time 0 on, and would wait as long as the stream has been running: "rebase" has it begin there.
  parameters: { url: `${location.origin}/${stream}.flv?rebase` },
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
  document.getElementById('status').textContent =
    'Ruffle is not here: npm install @ruffle-rs/ruffle where the server is installed (see README.md).'
})
document.head.append(script)
