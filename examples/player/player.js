/**
 * Plays a live stream of the server that served this page. Query: stream ("live/cam": application, perhaps an instance, name),
 * by ("http" or "ws"); with a stream it begins at once.
 */
const query = new URLSearchParams(location.search)
const form = document.getElementById('choice')
const screen = document.getElementById('screen')
const status = document.getElementById('status')

let player

/** "live/cam" → where this server has it as FLV. */
function flvUrl(stream, by) {
  const scheme = by === 'ws' ? location.protocol.replace('http', 'ws') : location.protocol
  const path = stream.split('/').map(encodeURIComponent).join('/')
  return `${scheme}//${location.host}/${path}.flv`
}

function play(stream, by) {
  player?.destroy()
  const url = flvUrl(stream, by)
  // The buffer is kept short: what is late is skipped, as a live stream wants it.
  player = globalThis.mpegts.createPlayer(
    { type: 'flv', isLive: true, url },
    { liveBufferLatencyChasing: true, autoCleanupSourceBuffer: true },
  )
  player.on('error', (kind, detail) => show(`${kind}: ${detail}`))
  player.on('media_info', ({ videoCodec, audioCodec }) =>
    show([videoCodec, audioCodec].filter(Boolean).join(', ')),
  )
  player.on('loading_complete', () => show('The stream has ended.'))
  player.attachMediaElement(screen)
  player.load()
  player.play()?.catch(() => show('Press play.')) // a browser may want a gesture first
  show(`Waiting for ${url}`)
}

function show(text) {
  status.textContent = text
}

function showHowToPublish(stream) {
  // One port answers every protocol, so the page's own does for RTMP too.
  const url = `rtmp://${location.hostname}:${location.port || 80}/${stream}`
  document.getElementById('publish').textContent = `ffmpeg -re -i film.mp4 -c copy -f flv ${url}`
  document.getElementById('flash').href = `flash.html?${new URLSearchParams({ stream })}`
}

function begin() {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    play(form.stream.value, form.by.value)
  })
  if (query.has('stream')) play(form.stream.value, form.by.value)
}

form.stream.value = query.get('stream') ?? form.stream.value
form.by.value = query.get('by') ?? form.by.value
form.stream.addEventListener('input', () => showHowToPublish(form.stream.value))
showHowToPublish(form.stream.value)

const script = document.createElement('script')
script.src = '/mpegts/mpegts.js'
script.addEventListener('load', begin)
script.addEventListener('error', () =>
  show('mpegts.js is not here: npm install mpegts.js where the server is installed (see README.md).'),
)
document.head.append(script)
