/**
 * A chat room with a ball that everybody sees at the same place: RTMP in a WebSocket, by the client library that the
 * server itself serves under /lib/. No build step. Query: nick, room.
 */
import { NetConnection, RemoteSharedObject } from '/lib/client/index.js'

const $ = (id) => document.getElementById(id)
const server = `${location.protocol.replace('http', 'ws')}//${location.host}`
const members = new Set()

const statuses = {
  'NetConnection.Connect.AppShutdown': 'The server is shutting down.',
  'NetConnection.Connect.Closed': 'The connection has ended.',
}

/** What the server calls: the callbacks of profile "chat", and onGreet of our own. */
const callbacks = {
  receiveMessage: (nick, text) => showLine(`${nick}: ${text}`),
  receivePrivate: (nick, text) => showLine(`${nick} to you: ${text}`, 'notice'),
  userJoined(nick) {
    members.add(nick)
    showMembers()
    showLine(`${nick} comes in.`, 'notice')
  },
  userLeft(nick) {
    members.delete(nick)
    showMembers()
    showLine(`${nick} leaves.`, 'notice')
  },
  userList(list) {
    members.clear()
    for (const { nick } of list) members.add(nick)
    showMembers()
  },
  onGreet(nick) {
    showLine(`${nick} waves.`, 'notice')
    return `hello ${nick}`
  },
}

async function enter(nick, room) {
  const connection = new NetConnection()
  connection.client = callbacks
  showStatus('Connecting …')
  const info = await connection.connect(`${server}/${room}`, nick)
  connection.onstatus = ({ code, description }) => {
    showStatus(statuses[code] ?? `${code} ${description}`)
    if (code === 'NetConnection.Connect.Closed') showRoom(false)
  }
  showStatus(`You are ${info.nick} in ${room}.`)
  showRoom(true)
  takePart(connection, info.nick)
  shareBall(RemoteSharedObject.getRemote('ball', connection), info.nick)
  $('text').focus()
}

function takePart(connection, nick) {
  $('composer').onsubmit = (event) => {
    event.preventDefault()
    const { text } = event.target.elements
    if (text.value !== '') connection.call('sendMessage', text.value).catch(showError)
    text.value = ''
  }
  $('wave').onclick = () => connection.call('broadcast', 'onGreet', nick).catch(showError)
}

/** Coordinates are those of the Flash page: a field of 230 by 180. */
function shareBall(object, nick) {
  const ball = $('ball')
  const place = { x: 115, y: 90 }
  let isDragged = false
  let hasMoved = false
  const show = (x, y) => {
    place.x = Math.round(Math.min(216, Math.max(14, x)))
    place.y = Math.round(Math.min(166, Math.max(14, y)))
    ball.style.left = `${place.x}px`
    ball.style.top = `${place.y}px`
  }
  const share = () => {
    object.setProperty('x', place.x)
    object.setProperty('y', place.y)
  }
  const kick = () => object.send('onMsg', `${nick} kicks the ball`)

  object.client = {
    onMsg(text) {
      showLine(text, 'notice')
      ball.animate([{ scale: 1.8 }, { scale: 1 }], 400)
    },
  }
  object.onsync = () => {
    const [x, y] = [object.data.get('x'), object.data.get('y')]
    if (typeof x === 'number' && typeof y === 'number' && !isDragged) show(x, y)
  }

  ball.onpointerdown = (event) => {
    ball.setPointerCapture(event.pointerId)
    isDragged = true
    hasMoved = false
  }
  ball.onpointermove = (event) => {
    if (!isDragged) return
    const field = $('field').getBoundingClientRect()
    hasMoved = true
    show(event.clientX - field.left, event.clientY - field.top)
  }
  ball.onpointerup = () => {
    isDragged = false
    if (hasMoved) share()
  }
  ball.onclick = () => {
    if (!hasMoved) kick()
    hasMoved = false
  }
  ball.onkeydown = ({ key }) => {
    const step = { ArrowLeft: [-10, 0], ArrowRight: [10, 0], ArrowUp: [0, -10], ArrowDown: [0, 10] }[key]
    if (step === undefined) return
    show(place.x + step[0], place.y + step[1])
    share()
  }
  show(place.x, place.y)
}

function showStatus(text) {
  $('status').textContent = text
}

function showRoom(isInside) {
  $('room').hidden = !isInside
  $('entrance').hidden = isInside
}

function showLine(text, kind = '') {
  const line = document.createElement('li')
  line.className = kind
  line.textContent = text
  $('talk').append(line)
  line.scrollIntoView({ block: 'nearest' })
}

function showMembers() {
  const item = (nick) => Object.assign(document.createElement('li'), { textContent: nick })
  $('members').replaceChildren(...[...members].sort().map(item))
}

function showError(error) {
  showLine(error.message, 'notice')
}

$('entrance').onsubmit = (event) => {
  event.preventDefault()
  const { nick, room } = event.target.elements
  enter(nick.value, room.value).catch((error) => showStatus(error.message))
}

const query = new URLSearchParams(location.search)
if (query.has('room')) $('entrance').elements.room.value = query.get('room')
if (query.has('nick')) {
  $('entrance').elements.nick.value = query.get('nick')
  $('entrance').requestSubmit()
}
