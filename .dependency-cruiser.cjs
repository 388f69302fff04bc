/** Who may import whom: docs/architecture.md. Upward imports and cycles fail `npm run lint`. */
const rooms = {
  version: [],
  transport: [],
  coordinate: ['version'],
  pom: ['coordinate', 'version'],
  settings: ['coordinate', 'version', 'repository', 'verification', 'transport', 'lockfile'],
  project: ['coordinate', 'version', 'pom'],
  repository: ['coordinate', 'version', 'transport'],
  verification: ['coordinate', 'version'],
  keys: ['verification', 'transport', 'local-repository'],
  lockfile: ['coordinate', 'version', 'verification'],
  'local-repository': ['coordinate', 'version', 'repository', 'verification'],
  artifact: ['coordinate', 'version', 'transport', 'repository', 'verification', 'local-repository', 'lockfile'],
  resolver: ['coordinate', 'version', 'pom'],
  verify: ['artifact', 'resolution', 'resolver', 'keys', 'lockfile', 'pom', 'coordinate', 'version', 'repository', 'local-repository', 'verification', 'transport'],
  resolution: ['artifact', 'resolver', 'pom', 'coordinate', 'version', 'repository', 'local-repository', 'verification', 'lockfile'],
};
/** These touch neither disk nor network nor clock: time, keys and bytes are passed in. node:crypto only computes. */
const pure = ['version', 'coordinate', 'pom', 'verification', 'resolver'];
const openToAll = '^src/(error|event|escape|xml|xml-entities|package-version|user-folders|did-you-mean)\\.ts$';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `${room}-imports`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: [openToAll, `^src/${room}/`, ...allowed.map((other) => `^src/${other}/`)] },
    })),
    {
      name: 'pure-rooms',
      severity: 'error',
      from: { path: `^src/(${pure.join('|')})/` },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer)$' },
    },
    { name: 'undici-only-in-http', severity: 'error', from: { path: '^src/', pathNot: '^src/transport/' }, to: { path: 'node_modules/undici' } },
    {
      name: 'command-line-is-thin',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/', pathNot: [openToAll, '^src/cli/', '^src/(index|project-entry|trust-entry)\\.ts$'] },
    },
  ],
  options: { tsConfig: { fileName: 'tsconfig.json' }, tsPreCompilationDeps: true, doNotFollow: { path: 'node_modules' } },
};
