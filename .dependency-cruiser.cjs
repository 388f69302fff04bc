/** Enforces who may import whom. The tables are in test/architecture/house.cjs. */

const { dirname } = require('node:path').posix;

const { storeys, rooms, pure } = require('./test/architecture/house.cjs');

const entries = '^src/(index|project|trust|proxy|mirror|audit)\\.ts$';
const pathOf = (storey) => (storey === 'entries' ? entries : `^src/${storey}/`);

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-folder-cycles', severity: 'error', scope: 'folder', from: {}, to: { circular: true } },
    ...Object.entries(storeys).map(([storey, below]) => ({
      name: `${storey}-imports-downwards`,
      severity: 'error',
      from: { path: `^src/${storey}/` },
      to: { path: '^src/', pathNot: [`^src/${storey}/`, ...below.map(pathOf)] },
    })),
    ...Object.entries(rooms).map(([room, allowed]) => {
      const around = dirname(room);
      return {
        name: `${room.replaceAll('/', '-')}-imports`,
        severity: 'error',
        from: { path: `^src/${room}/` },
        to: { path: `^src/${around}/[^/]+/`, pathNot: [`^src/${room}/`, ...allowed.map((other) => `^src/${around}/${other}/`)] },
      };
    }),
    {
      name: 'every-file-has-a-storey',
      severity: 'error',
      from: { path: '^src/', pathNot: [entries, ...Object.keys(storeys).map(pathOf)] },
      to: {},
    },
    {
      name: 'pure-storeys',
      severity: 'error',
      from: { path: `^src/(${pure.join('|')})/` },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer)$' },
    },
    {
      name: 'undici-only-in-transport',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/network/transport/' },
      to: { path: 'node_modules/undici' },
    },
  ],
  options: { tsConfig: { fileName: 'tsconfig.json' }, tsPreCompilationDeps: true, doNotFollow: { path: 'node_modules' } },
};
