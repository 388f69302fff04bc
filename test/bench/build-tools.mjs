/** Maven and Leiningen as they resolve the closure into an empty local repository: directly, through a proxy, or under `exec`. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchFolder, distFolder, measure, verifyJars, work } from './lab.mjs';
import { emptyHome, repositoryWords } from './proxy-process.mjs';

export const tools = {
  mvn: { title: 'mvn dependency:resolve', threads: 10 },
  lein: { title: 'lein deps', threads: 5 },
};

/** A new project with an empty local repository, and the shell command of the benchmark folder that resolves it. */
function prepare(tool, data, url) {
  const folder = mkdtempSync(join(work, `${tool}-`));
  const env = {
    ...process.env,
    ...{ DATA: data.folder, ROOT: join(data.folder, 'root'), PRIMARY: url, MIRROR: '' },
    ...{ WORK: folder, LOCAL: join(folder, 'local'), THREADS: String(tools[tool].threads), BENCH_STATE: join(work, 'peer-state') },
  };
  mkdirSync(env.BENCH_STATE, { recursive: true });
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `. ./contenders.sh; contender ${tool} && printf %s "$CMD"`], {
    env,
    cwd: benchFolder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${tool} cannot be prepared: ${stderr}`);
  return { folder, env, command: stdout };
}

/** The local repository stays until the end of the bench: see `close` in lab.mjs. */
async function finish({ env }, data, run) {
  const result = await run();
  verifyJars(env.LOCAL, data.folder);
  return result;
}

/** Resolves the closure from the repository at this URL. */
export function resolveWith(tool, data, url) {
  const project = prepare(tool, data, url);
  return finish(project, data, () => measure('bash', ['-c', project.command], { env: project.env, limitMs: 300_000 }));
}

/**
 * Resolves the closure under `clojars-fetch exec`, whose proxy asks this URL. The tool is not told about any repository.
 * @param home the folders of the user; default: empty ones
 */
export function resolveUnderExec(tool, data, url, { dist = distFolder, home } = {}) {
  const project = prepare(tool, data, 'http://127.0.0.1:1');
  const { args, env } = execCall(tool, project, url, { dist, home });
  return finish(project, data, () => measure(process.execPath, args, { env, cwd: project.folder, limitMs: 300_000 }));
}

function execCall(tool, project, url, { dist, home = emptyHome(join(project.folder, 'home')) }) {
  const words = { mvn: mavenWords, lein: leiningenWords }[tool](project);
  mkdirSync(home.HOME, { recursive: true });
  return { args: [join(dist, 'cli.cjs'), 'exec', ...repositoryWords(url), '--', ...words], env: { ...project.env, ...home } };
}

/**
 * Fills the local repositories of two projects, directly and under `exec`, and returns functions that run each again. They ask for nothing.
 */
export async function warmUnder(tool, data, url, { dist = distFolder } = {}) {
  const [direct, under] = [prepare(tool, data, url), prepare(tool, data, 'http://127.0.0.1:1')];
  const plain = () => measure('bash', ['-c', direct.command], { env: direct.env });
  const { args, env } = execCall(tool, under, url, { dist });
  const exec = () => measure(process.execPath, args, { env, cwd: under.folder });
  await plain();
  await exec();
  return { plain, exec };
}

/** The words of the prepared command, without its settings. The plugin is there, as if it had been installed. */
function mavenWords({ env, command }) {
  for (const name of readdirSync(env.LOCAL, { recursive: true })) {
    if (name.endsWith('_remote.repositories')) rmSync(join(env.LOCAL, name));
  }
  const goal = command.trim().split(/\s+/).at(-1);
  return ['mvn', '-B', '-q', `-Dmaven.repo.local=${env.LOCAL}`, `-Dmaven.artifact.threads=${env.THREADS}`, goal];
}

/** A project that names no repository. Plugins and tests need nothing. */
function leiningenWords({ folder }) {
  const file = join(folder, 'project.clj');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.slice(text.indexOf('(defproject')).replace(/^ *:(?:plugin-)?repositories .*$/gm, ''));
  return ['lein', 'with-profile', 'user', 'deps'];
}
