/** The table that documents the configuration. */
import { recordRules } from './app-schema.js'
import { encryptions, logLevels, tlsVersions } from './config-schema.js'

export interface ConfigEntry {
  /** `<name>` stands for a name of the user's own. */
  readonly path: string
  readonly expects: string
  /** As it is shown; "" for none. */
  readonly byDefault: string
  readonly meaning: string
  /** The same on the command line. */
  readonly flag?: string
}

const entry = (
  path: string,
  expects: string,
  byDefault: string,
  meaning: string,
  flag?: string,
): ConfigEntry =>
  flag === undefined ? { path, expects, byDefault, meaning } : { path, expects, byDefault, meaning, flag }

/** Every entry there is. README's table is made of this one, and a test compares it with the schema. */
export const configTable: readonly ConfigEntry[] = [
  entry('host', 'host name', 'localhost', 'our name in uniforms; required with a public `bind`', '--host'),
  entry('bind', 'address', '127.0.0.1', 'where to listen; 0.0.0.0 serves everybody', '--bind'),
  entry(
    'ports.rtmp',
    'port',
    '1935',
    'RTMP; every port answers every protocol, 0 picks a free one',
    '--rtmp-port',
  ),
  entry('ports.http', 'port', '8080', 'HTTP and WebSocket', '--http-port'),
  entry('ports.psyc', 'port', '4404', 'PSYC; in our uniforms when it is not 4404', '--psyc-port'),
  entry('data', 'folder', 'rtmpsyc-data', 'what has to survive a restart', '--data'),
  entry('workers', 'number, 0 to 64', '0', 'processes that carry RTMP clients, for machines with many cores'),
  entry('logLevel', logLevels.join(' '), 'info', 'how much is logged', '--log-level'),
  entry('federation', 'true, false', 'true', 'whether other nodes and PSYC clients may talk to us'),
  entry(
    'degree',
    'number, 1 to 256',
    '8',
    'nodes that this one sends a stream to, or, with `relays`, a room or an object; others get it from those',
  ),
  entry(
    'relays',
    'hosts',
    '[]',
    'who may pass on what is ours: `gw.example.org`, `*.example.org`; when none is named, any node for streams and nobody for rooms and objects',
  ),
  entry(
    'psyc.tls',
    encryptions.join(' '),
    'prefer',
    'circuits to other nodes: encrypted where both can, always with a valid certificate, or only where a uniform says so',
  ),
  entry(
    'psyc.ca',
    'file',
    '',
    'certificates in PEM that other nodes may be certified by, besides the well-known',
  ),
  entry('apps.strict', 'true, false', 'false', 'whether apps that are not named here are refused'),
  entry('apps.<app>.profile', 'profile', 'plain; for app chat: chat', 'what calls and chat mean in this app'),
  entry(
    'apps.<app>.place',
    'uniform',
    '',
    'the place on a psyced where the talk of the app is; {app} and {instance} are filled in',
  ),
  entry('apps.<app>.home', 'uniform', 'this node', 'the gateway where the places of the app live'),
  entry('apps.<app>.owners', 'nicks or uniforms', '[]', 'who may kick and ban in the places of the app'),
  entry('apps.<app>.handler', 'uniform', '', 'PSYC entity that answers calls which the profile does not map'),
  entry(
    'apps.<app>.gatherMs',
    'ms, 0 to 2000',
    '44',
    'the longest that media of many players waits to leave in one write; 350 is what SRS does',
  ),
  entry(
    'apps.<app>.batchMs',
    'ms, 0 to 1000',
    '25',
    'how long media is gathered to go to other nodes in one packet, unless `gatherMs` takes longer; 0: the least delay',
  ),
  entry(
    'apps.<app>.record',
    recordRules.join(' '),
    'none',
    'who may record: nobody, publishers that ask for it, or all that is published',
  ),
  entry('apps.<app>.script', '', '', 'reserved'),
  entry(
    'profiles.<profile>.nick',
    'expressions',
    '[]',
    'where the nick is: arg.0, query.user, arg.0.user|name',
  ),
  entry('profiles.<profile>.password', 'expressions', '[]', 'where the password is'),
  entry('profiles.<profile>.presence', 'act connect never', 'act', 'when a member is announced'),
  entry(
    'profiles.<profile>.duplicateNick',
    'suffix reject replace',
    'suffix',
    'when the nick is taken by one who is awake',
  ),
  entry(
    'profiles.<profile>.psyc',
    'true, false',
    'false',
    'whether what no callback takes arrives as onPsyc',
  ),
  entry('profiles.<profile>.onBWDone', 'true, false', 'true', 'whether onBWDone is called after connecting'),
  entry(
    'profiles.<profile>.gopCache',
    'true, false',
    'true',
    'whether late players begin with the running group of pictures, or with the next keyframe',
  ),
  entry(
    'profiles.<profile>.calls',
    'by call: {method, target, body, variables, answer}',
    '{}',
    'what calls become; * is one part of a name',
  ),
  entry(
    'profiles.<profile>.on',
    'by method: {call, args} or {object, send, args}, or a list',
    '{}',
    'what clients hear; also self, members, history',
  ),
  entry(
    'profiles.<profile>.objects',
    'by object: {members, removeOnLeave, strict}',
    '{}',
    'rules for shared objects; * is any',
  ),
  entry(
    'sharedObjects.namespace',
    'separate joint',
    'separate',
    'whether volatile and persistent objects of one name are two',
  ),
  entry(
    'objects.<object>.strict',
    'true, false',
    'false',
    'whether a set that somebody overtook is refused; * is any object',
  ),
  entry('http.origins', 'origins', '[]', 'pages of other hosts that may open WebSockets and read streams'),
  entry(
    'recordings.folder',
    'folder',
    'recordings',
    'where recordings are, below `data`: <app>/<instance>/<name>.flv',
  ),
  entry('recordings.list', 'true, false', 'false', 'whether /recordings/<app>/ says which there are'),
  entry(
    'relay',
    'list of {pull, to} and {push, from}, with when, user, password, tls',
    '[]',
    'streams pulled from other servers, and pushed to them',
  ),
  entry('cameras', 'list of {url, app, instance, name}', '[]', 'RTSP cameras, each published as a stream'),
  entry('console.port', 'port', '', 'the media console of node-media-server, for operators'),
  entry('console.user', 'name', '', 'who may use the console'),
  entry('console.password', '8 characters or more', '', 'with this password; there is no default'),
  entry(
    'tls.cert',
    'file',
    '',
    'certificate and chain in PEM: with it every port answers RTMPS, HTTPS, WSS too',
  ),
  entry('tls.key', 'file', '', 'its private key in PEM; both are read again when they change'),
  entry('tls.passphrase', 'text', '', 'of the key, when it is encrypted'),
  entry('tls.port', 'port', '', 'one more port, such as 443, where clients expect TLS'),
  entry(
    'tls.minVersion',
    tlsVersions.join(' '),
    'TLSv1.2',
    'TLSv1 serves Flash Player of before 2014, and is broken',
  ),
  entry(
    'tls.maxVersion',
    tlsVersions.join(' '),
    'TLSv1.3',
    'TLSv1.2 serves rtmpdump and its kin, which do not get on with the tickets of 1.3',
  ),
  entry('limits.<limit>', 'whole number', 'see the table of limits', 'how much a stranger may make us hold'),
]
