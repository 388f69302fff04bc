/**
 * Shared by the measurements: the generated repository, nginx, delay and fault servers, and measured processes. The generator and the fault
 * servers are those of the benchmark folder (CLOJARS_FETCH_BENCH, or ../shared/bench next to the repository); Maven, used once, determines
 * the files of the closure.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const benchFolder = resolve(process.env['CLOJARS_FETCH_BENCH'] ?? join(root, '../shared/bench'));
/** The build under test; another one can be measured by naming its folder. */
export const distFolder = resolve(process.env['CLOJARS_FETCH_DIST'] ?? join(root, 'dist'));
/** Generated data is kept between runs: it takes a minute to make. */
const dataFolder = resolve(process.env['CLOJARS_FETCH_BENCH_DATA'] ?? join(tmpdir(), 'clojars-fetch-bench'), 'data');
const pathWithSbin = `${process.env['PATH']}:/usr/sbin:/usr/local/sbin`;

/** Everything started here, stopped in reverse order by {@link close}. */
const started = [];
export const work = mkdtempSync(join(tmpdir(), 'clojars-fetch-bench-'));

/**
 * Stops everything that was started, and deletes the files of all runs. Not sooner: ext4 without a journal does not reuse an inode that was
 * freed in the last minute, and skips them one by one, which made each new file of the next run cost five times as much.
 */
export async function close() {
  for (const stop of started.reverse()) await stop();
  rmSync(work, { recursive: true, force: true });
}

/** The reason why measuring is impossible here; null if everything is present. @param more tools that the chosen benchmarks need */
export function missingTools(more = []) {
  if (!existsSync(join(benchFolder, 'make-repo.mjs')))
    return `no make-repo.mjs in ${benchFolder}: name the benchmark folder with CLOJARS_FETCH_BENCH`;
  if (!existsSync(join(distFolder, 'cli.cjs'))) return `no build in ${distFolder}: npm run build`;
  for (const tool of ['nginx', 'curl', 'openssl', 'bash', ...more]) {
    if (spawnSync('sh', ['-c', `command -v ${tool}`], { env: { ...process.env, PATH: pathWithSbin } }).status !== 0)
      return `${tool} is not installed`;
  }
  return existsSync('/usr/bin/time') ? null : 'GNU time is not installed (/usr/bin/time)';
}

/** The repository and the files of its closure: `/group/artifact/...`, with their `.sha1`. */
export function prepareData() {
  const list = join(dataFolder, 'closure-files.txt');
  if (!existsSync(list)) {
    run(process.execPath, [join(benchFolder, 'make-repo.mjs'), '--out', dataFolder]);
    const port = 18_081;
    const env = { ...process.env, PATH: pathWithSbin, BENCH_STATE: join(work, 'prepare') };
    mkdirSync(env.BENCH_STATE, { recursive: true });
    run(join(benchFolder, 'serve.sh'), ['start', 'prepare', String(port), join(dataFolder, 'repo')], env);
    try {
      run(join(benchFolder, 'peers.sh'), ['-n', '1', dataFolder, `http://127.0.0.1:${port}`, 'mvn'], env);
      const log = readFileSync(join(env.BENCH_STATE, 'nginx-prepare', 'access.log'), 'utf8');
      const files = new Set(
        log
          .split('\n')
          .map((line) => line.split(' '))
          .filter((fields) => fields[4] === '200')
          .map((fields) => fields[3]),
      );
      if (files.size === 0)
        throw new Error('Maven fetched nothing: is mvn with maven-dependency-plugin installed? (README.md of the benchmark folder)');
      writeFileSync(list, `${[...files].sort().join('\n')}\n`);
    } finally {
      run(join(benchFolder, 'serve.sh'), ['stop', 'prepare'], env);
    }
  }
  const files = readFileSync(list, 'utf8').trim().split('\n');
  writeFileSync(join(dataFolder, 'closure-jars.txt'), `${files.filter((file) => file.endsWith('.jar')).join('\n')}\n`);
  return { folder: dataFolder, repository: join(dataFolder, 'repo'), files };
}

/** Coordinates that bring exactly these files: jars bring their POMs, and other POMs are requested by themselves. */
export function coordinatesOf(files) {
  const jars = files.filter((file) => file.endsWith('.jar'));
  const withJar = new Set(jars.map((file) => file.replace(/\.jar$/, '.pom')));
  const poms = files.filter((file) => file.endsWith('.pom') && !withJar.has(file));
  const split = (file) => {
    const segments = file.slice(1).split('/');
    return { group: segments.slice(0, -3).join('.'), artifact: segments.at(-3), version: segments.at(-2) };
  };
  return [
    ...jars.map(split).map(({ group, artifact, version }) => `${group}:${artifact}:${version}`),
    ...poms.map(split).map(({ group, artifact, version }) => `${group}:${artifact}:pom:${version}`),
  ];
}

export function run(command, args, env = { ...process.env, PATH: pathWithSbin }, cwd = process.cwd()) {
  const { status, stderr, error } = spawnSync(command, args, { env, cwd, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
}

export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * nginx over a folder, with http/1.1, or with HTTP/2 over TLS if `tls` names a certificate and key.
 * @param before words before the command
 * @param isListed whether it lists folders
 */
export async function startNginx(folder, { tls = null, before = [], isLogged = true, isListed = false } = {}) {
  const port = await freePort();
  const state = mkdtempSync(join(work, 'nginx-'));
  const log = join(state, 'access.log');
  const certificate = tls ? `ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};` : '';
  writeFileSync(
    join(state, 'nginx.conf'),
    `
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1; pid ${state}/pid; error_log ${state}/error.log warn; daemon off;
events { worker_connections 1024; }
http {
  types { text/xml pom xml; application/java-archive jar; text/plain md5 sha1 sha256 sha512; }
  default_type application/octet-stream; sendfile on; tcp_nopush on; tcp_nodelay on; etag on;
  keepalive_timeout 65; keepalive_requests 100000; access_log ${isLogged ? log : 'off'};
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${state}/${name};`).join(' ')}
  server { listen 127.0.0.1:${port}${tls ? ' ssl http2' : ''}; root ${folder}; autoindex ${isListed ? 'on' : 'off'}; ${certificate} http2_max_concurrent_streams 128; }
}
`,
  );
  const [command, ...args] = [...before, 'nginx', '-c', join(state, 'nginx.conf'), '-e', join(state, 'error.log')];
  const server = spawn(command, args, {
    env: { ...process.env, PATH: pathWithSbin },
    stdio: 'ignore',
  });
  started.push(() => stop(server));
  await listening(port);
  let seen = 0;
  return {
    port,
    pid: server.pid,
    /** Lines of the access log since the last call. nginx writes a line when the answer is complete, so it is given a moment. */
    async newRequests() {
      await sleep(150);
      const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : [];
      const fresh = lines.slice(seen);
      seen = lines.length;
      return fresh;
    },
  };
}

/** An rsync server with the folder as its module. Returns the address of the module. */
export async function startRsyncServer(folder) {
  const port = await freePort();
  const state = mkdtempSync(join(work, 'rsync-'));
  const configuration = join(state, 'rsyncd.conf');
  writeFileSync(
    configuration,
    `port=${port}\naddress=127.0.0.1\nuse chroot=no\npid file=${state}/pid\n${process.getuid?.() === 0 ? 'uid=root\ngid=root\n' : ''}[m]\npath=${folder}\nread only=yes\n`,
  );
  const server = spawn('rsync', ['--daemon', '--no-detach', `--config=${configuration}`], { stdio: 'ignore' });
  started.push(() => stop(server));
  await listening(port);
  return `rsync://127.0.0.1:${port}/m/`;
}

/** A self-signed certificate for 127.0.0.1. */
export function createCertificate() {
  const certificate = join(work, 'certificate.pem');
  const key = join(work, 'key.pem');
  run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=127.0.0.1',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  return { certificate, key };
}

/** A mode of chaos-server.mjs; see there. */
export async function startChaos(mode, options = []) {
  const port = await freePort();
  const pidFile = join(work, `chaos-${port}.pid`);
  const server = spawn(
    process.execPath,
    [join(benchFolder, 'chaos-server.mjs'), '--mode', mode, '--port', String(port), '--pid-file', pidFile, ...options],
    { stdio: 'ignore' },
  );
  const end = () => stop(server);
  started.push(end);
  while (!existsSync(pidFile)) await sleep(20);
  return { port, stop: end };
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function listening(port) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const socket = net.connect(port, '127.0.0.1');
    const open = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false);
    socket.destroy();
    if (open) return;
    await sleep(20);
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** GNU time measures memory, but time only in hundredths of a second; bash measures thousandths. */
const underTime = `TIMEFORMAT='%3U %3S'; { time /usr/bin/time -q -f %M -o "$REPORT.memory" "$@" 2>&3; } 3>&2 2>"$REPORT.times"`;

/**
 * Runs a program to its end and measures it together with its children.
 * @returns wall time and processor time in milliseconds, the largest resident set in MiB, and the output
 */
export async function measure(command, args, { env = {}, limitMs = 120_000, cwd = work } = {}) {
  const report = join(work, 'report');
  const startedMs = performance.now();
  const child = spawn('bash', ['-c', underTime, 'bash', command, ...args], {
    env: { ...process.env, ...env, REPORT: report },
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => (stdout += text));
  child.stderr.on('data', (text) => (stderr += text));
  const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), limitMs);
  const [code] = await once(child, 'close');
  const wallMs = performance.now() - startedMs;
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${command} ${args.slice(0, 3).join(' ')} ended with ${code}: ${stderr.slice(-2000)}`);
  const last = (file) => readFileSync(`${report}.${file}`, 'utf8').trim().split('\n').at(-1).split(' ').map(Number);
  const [user, system] = last('times');
  const [kib] = last('memory');
  return { wallMs, cpuMs: (user + system) * 1000, memoryMib: kib / 1024, stdout };
}

/** A TypeScript file of this folder, bundled with the sources that it needs. Returns the file to run. */
export async function bundle(name) {
  const outfile = join(work, `${name}.mjs`);
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  await build({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    banner,
  });
  return outfile;
}

/** Compares the jars of a local repository with the expected ones. */
export function verifyJars(local, dataFolder) {
  const { stdout } = spawnSync(process.execPath, [join(benchFolder, 'verify.mjs'), local, dataFolder], { encoding: 'utf8' });
  const [ok, bad, missing] = stdout.trim().split(' ').map(Number);
  if (bad !== 0 || missing !== 0) throw new Error(`wrong jars in ${local}: ${ok} good, ${bad} bad, ${missing} missing`);
  return ok;
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
