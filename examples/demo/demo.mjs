/**
 * `npm run demo`: fetches one artifact and then its whole closure into a local repository, although one mirror hangs and
 * another serves a corrupted jar.
 * Needs no internet: it creates a small Maven repository, serves it from three mirrors on this machine, and runs the built
 * CLI. The exit code is 0 only if everything went as expected.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFixtureRepository } from './maven-repository.mjs';
import { neverAnswer, serveCorruptedJars, serveSoundly, startMirror } from './mirrors.mjs';

const cli = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));
/** Limits the CLI; everything else is quick. */
const timeoutMs = 25_000;
const jarPath = 'org/example/greeter/1.0.0/greeter-1.0.0.jar';

const closure = [
  'greeter/1.0.0/greeter-1.0.0.jar',
  'words/2.1.0/words-2.1.0.jar',
  'letters/3.0.0/letters-3.0.0.jar',
  'punctuation/1.0.0/punctuation-1.0.0.jar',
].map((path) => `org/example/${path}`);
const dependency = (artifact, version) => ({ group: 'org.example', artifact, version });

const say = (text = '') => process.stdout.write(`${text}\n`);
const indent = (text) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

async function main(folder, cleanups) {
  say("== 1. A small Maven repository, made by the project's own generator");
  const { files } = createFixtureRepository({
    artifacts: [
      {
        group: 'org.example',
        artifact: 'greeter',
        versions: ['1.0.0'],
        size: 20_000,
        dependencies: [dependency('words', '2.1.0'), dependency('punctuation', '1.0.0')],
      },
      {
        group: 'org.example',
        artifact: 'words',
        versions: ['2.1.0'],
        dependencies: [dependency('letters', '3.0.0'), dependency('punctuation', '1.4.0')],
      },
      { group: 'org.example', artifact: 'letters', versions: ['3.0.0'] },
      { group: 'org.example', artifact: 'punctuation', versions: ['1.0.0', '1.4.0'] },
    ],
  });
  const sound = files.get(jarPath);
  say(`    ${jarPath}  ${sound.length} bytes`);
  say(`    sha256 ${sha256(sound)}`);

  say('\n== 2. Three mirrors of it, in this order');
  const mirrors = [];
  for (const [name, respond] of [
    ['primary: accepts, never answers', neverAnswer],
    ['second:  corrupted jar, right checksum file', serveCorruptedJars],
    ['third:   sound', serveSoundly],
  ]) {
    const mirror = await startMirror(name, files, respond);
    cleanups.push(() => mirror.close());
    mirrors.push(mirror);
    say(`    ${mirror.url}  ${name}`);
  }

  const localRepository = join(folder, 'repository');
  const [primary, ...others] = mirrors;
  const groups = [
    ['org.example/greeter', '1.0.0'],
    ['--repo', `demo=${primary.url}`],
    ...others.map((mirror) => ['--mirror', `demo=${mirror.url}`]),
    ['--local-repo', localRepository],
    ['--no-config', '--verbose'],
  ];
  const options = groups.flat();
  say('\n== 3. The real CLI');
  say(`    $ clojars-fetch ${groups.map((group) => group.join(' ')).join(' \\\n        ')}`);
  const { code, stdout, stderr, ms } = await runCli(options, folder, cleanups);
  say(`\n    what was tried, what was refused and why (stderr):\n${indent(stderr)}`);
  say(`\n    result (stdout):\n${indent(stdout)}`);
  say(`    exit code ${code} after ${ms} ms`);

  say('\n== 4. The requests that the mirrors received');
  for (const mirror of mirrors) {
    say(`    ${mirror.name}`);
    for (const request of mirror.requests) say(`      ${request}`);
    if (mirror.requests.length === 0) say('      (nothing)');
  }

  say('\n== 5. The local repository');
  const listed = await listFiles(localRepository);
  for (const { path, size } of listed) say(`    ${String(size).padStart(6)}  ${path}`);

  const placed = join(localRepository, ...jarPath.split('/'));
  const bytes = existsSync(placed) ? await readFile(placed) : Buffer.alloc(0);
  say(`\n    ${placed}`);
  say(`    sha256 ${sha256(bytes)}`);

  say('\n== 6. Its whole closure, on a machine without records about the mirrors');
  const second = join(folder, 'second');
  const closureRepository = join(second, 'repository');
  const words = [
    'deps',
    'org.example/greeter',
    '1.0.0',
    ...groups.slice(1, -2).flat(),
    '--local-repo',
    closureRepository,
    '--no-config',
    '--tree',
  ];
  say('    $ clojars-fetch deps org.example/greeter 1.0.0 --tree …');
  const resolved = await runCli(words, second, cleanups);
  say(`\n${indent(resolved.stdout)}`);
  say(`    exit code ${resolved.code} after ${resolved.ms} ms\n`);
  const fetched = await listFiles(closureRepository);
  const jars = fetched.map(({ path }) => path).filter((path) => path.endsWith('.jar'));
  for (const path of jars) say(`    ${path}`);
  const soundJars = await Promise.all(
    closure.map(async (path) =>
      (await readFile(join(closureRepository, ...path.split('/'))).catch(() => Buffer.alloc(0))).equals(files.get(path)),
    ),
  );

  say('\n== 7. Checks');
  const printed = stdout.trim();
  return [
    ['exit code is 0', code === 0],
    [
      'the path of the jar was printed',
      existsSync(printed) && existsSync(placed) && (await realpath(printed)) === (await realpath(placed)),
    ],
    ['its bytes are those that were generated', bytes.equals(sound)],
    ['the primary was asked first', primary.requests.length > 0],
    ['the corrupted jar was served, and refused', others[0].requests.includes(`GET ${jarPath}`) && bytes.equals(sound)],
    ['the transcript says that its checksum was wrong', /checksum/i.test(stderr)],
    ['the sound mirror served the jar', others[1].requests.some((request) => request.endsWith(jarPath))],
    ['the closure was resolved as Maven does, nearest version first', resolved.code === 0 && jars.join() === [...closure].sort().join()],
    ['all its jars are those that were generated', soundJars.every(Boolean)],
    ['no temporary file was left behind', [...listed, ...fetched].every(({ path }) => !/\.(tmp|part)\b/.test(path))],
  ]
    .map(([what, isTrue]) => {
      say(`    ${isTrue ? 'yes' : 'NO '}  ${what}`);
      return isTrue;
    })
    .every(Boolean);
}

/** Runs the CLI with a separate home, so that the user's configuration, proxies and records have no effect. */
async function runCli(options, folder, cleanups) {
  const startedMs = performance.now();
  const env = {
    PATH: process.env.PATH ?? '',
    ...(process.env.SystemRoot === undefined ? {} : { SystemRoot: process.env.SystemRoot }),
    HOME: folder,
    USERPROFILE: folder,
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_STATE_HOME: join(folder, 'state'),
    NO_COLOR: '1',
  };
  const child = spawn(process.execPath, [cli, ...options], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  cleanups.push(() => child.kill('SIGKILL'));
  const timer = setTimeout(() => {
    say(`    stopped: it did not end within ${timeoutMs / 1000} s`);
    child.kill('SIGKILL');
  }, timeoutMs);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  return { code, stdout, stderr, ms: Math.round(performance.now() - startedMs) };
}

async function listFiles(root) {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = join(entry.parentPath ?? entry.path, entry.name);
        return { path: relative(root, file), size: (await stat(file)).size };
      }),
  );
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

if (!existsSync(cli)) {
  process.stderr.write('dist/cli.cjs is missing.\n\nhint: `npm run demo` builds it first\n');
  process.exit(1);
}
const cleanups = [];
const folder = await mkdtemp(join(tmpdir(), 'clojars-fetch-demo-'));
async function cleanUp() {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.once(signal, () => cleanUp().finally(() => process.exit(code)));
}
try {
  const isAsExpected = await main(folder, cleanups);
  say(isAsExpected ? '\nAll as expected.' : '\nNot as expected.');
  process.exitCode = isAsExpected ? 0 : 1;
} catch (error) {
  process.stderr.write(`demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await cleanUp();
  say('Servers stopped, temporary files removed.');
}
