/** The page at "/": what runs here, and where to go next. */
import type { Ports } from './ports.js'

export function homePage(version: string, ports: Ports | undefined): string {
  const { rtmp, psyc } = ports ?? { rtmp: 0, psyc: 0 }
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>rtmpsyc</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; color: #222 }
  code { background: #f2f2ee; padding: .1em .3em; border-radius: 3px }
</style>
<h1>rtmpsyc ${version}</h1>
<p>An RTMP server for Flash media and chat applications, federated over PSYC.</p>
<ul>
  <li><a href="/examples/chat/">Chat in a browser</a>: the same room that Flash and PSYC clients are in.
  <li><a href="/examples/player/">A player in a browser</a> for any stream; as FLV it is <code>/APP/STREAM.flv</code>
  <li>Flash, OBS, ffmpeg: <code>rtmp://HOST:${rtmp}/APP/INSTANCE</code>
  <li>PSYC clients: port <code>${psyc}</code>, place <code>@APP-INSTANCE</code>
</ul>
</html>
`
}
