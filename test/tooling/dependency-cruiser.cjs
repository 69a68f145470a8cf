// The layers of src/README.md, as errors. `from` a folder, everything it may not import.
const io =
  '^(node:)?(net|tls|http|https|http2|dgram|fs|fs/promises|dns|child_process|worker_threads|cluster|crypto|os|stream|events|process|timers)$'
const may = (folder, allowed) => ({
  name: `${folder.replaceAll('/', '-')}-imports`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: [folder, ...allowed].map((name) => `^src/${name}/`) },
})

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'core-is-sans-io',
      severity: 'error',
      from: { path: '^src/(util|amf|rtmp|psyc|media|translate|profile|client)/' },
      to: { path: io },
    },
    {
      name: 'not-to-dev-dep',
      severity: 'error',
      from: { path: '^src' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'nothing-imports-cli',
      severity: 'error',
      from: { pathNot: '^src/cli' },
      to: { path: '^src/cli' },
    },
    may('util', []),
    may('amf', ['util']),
    may('rtmp/wire', ['amf', 'util']),
    may('rtmp/session', ['rtmp/wire', 'amf', 'util']),
    may('psyc/wire', ['util']),
    may('psyc/session', ['psyc/wire', 'util']),
    may('psyc/state', ['psyc/session', 'psyc/wire', 'util']),
    may('psyc/entity', ['psyc/state', 'psyc/session', 'psyc/wire', 'util']),
    may('media', ['rtmp/wire', 'util']),
    may('profile', ['util']),
    may('translate', ['amf', 'rtmp', 'psyc', 'media', 'profile', 'util']),
    may('client', ['amf', 'rtmp', 'psyc', 'util']),
    may('server', ['amf', 'rtmp', 'psyc', 'media', 'profile', 'translate', 'client', 'util']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'] },
  },
}
