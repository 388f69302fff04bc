/**
 * Packs the built package, unpacks it as `npm install` would, next to its declared dependencies only, and uses it from there. `node
 * consumer.mjs` does so with the Node that runs it; other-nodes.sh uses that.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** @type {typeof import('./consumer.mjs').createConsumer} */
export function createConsumer() {
  const folder = mkdtempSync(join(tmpdir(), 'clojars-fetch-consumer-'));
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  const modules = join(folder, 'node_modules');
  const target = join(modules, 'clojars-fetch');
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, packed.filename), '-C', target, '--strip-components=1']);
  const { dependencies = {} } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'dir');
  }
  return {
    folder,
    package: target,
    files: packed.files.map(({ path }) => path).sort(),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** @type {typeof import('./consumer.mjs').smoke} */
export function smoke(consumer) {
  const use =
    "if (typeof createClient !== 'function' || parseCoordinate('org/lib 1.0.0').version !== '1.0.0') throw new Error('wrong exports');\n" +
    'const client = createClient({ settings: false, offline: true });\n' +
    "client.listMirrors().then(async (mirrors) => { if (mirrors.length === 0) throw new Error('no mirrors'); await client.close(); console.log('ok'); });\n";
  writeFileSync(join(consumer.folder, 'use.mjs'), `import { createClient, parseCoordinate } from 'clojars-fetch';\n${use}`);
  writeFileSync(join(consumer.folder, 'use.cjs'), `const { createClient, parseCoordinate } = require('clojars-fetch');\n${use}`);
  // The Node of an editor may be unable to require an ES module; a Node that is able is told not to.
  const flag = '--no-experimental-require-module';
  const isKnown =
    process.allowedNodeEnvironmentFlags.has('--experimental-require-module') || spawnSync(process.execPath, [flag, '-e', '0']).status === 0;
  const run = (name, argumentsList) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, argumentsList, {
      cwd: consumer.folder,
      encoding: 'utf8',
      env: {
        ...process.env,
        HOME: consumer.folder,
        XDG_CACHE_HOME: join(consumer.folder, 'cache'),
        XDG_STATE_HOME: join(consumer.folder, 'state'),
        XDG_CONFIG_HOME: join(consumer.folder, 'config'),
      },
    });
    return { name, code: status, stdout: stdout.trim(), stderr };
  };
  return [
    run('import', ['use.mjs']),
    run('require', [...(isKnown ? [flag] : []), 'use.cjs']),
    run('bin', [join(consumer.package, 'dist', 'cli.cjs'), '--version']),
  ];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const consumer = createConsumer();
  try {
    for (const { name, code, stdout, stderr } of smoke(consumer)) {
      console.log(`${name}: exit ${code}, ${stdout}${stderr === '' ? '' : `\n${stderr}`}`);
      if (code !== 0) process.exitCode = 1;
    }
  } finally {
    consumer.remove();
  }
}
