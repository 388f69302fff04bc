/** A proxy process under test: its address, processor time and memory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { distFolder, work } from './lab.mjs';

/** Words before a command that keep it on one core. The load generator gets the other one. */
export const onCore = (core) => ['taskset', '-c', String(core)];

/** The folders of a user who has nothing yet. */
export function emptyHome(folder = mkdtempSync(join(work, 'home-'))) {
  return {
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_STATE_HOME: join(folder, 'state'),
  };
}

/** The folders of a user who has nothing yet but the compiled code that earlier runs with other folders kept. */
export function homeAfter({ XDG_CACHE_HOME: earlier }, folder = mkdtempSync(join(work, 'home-'))) {
  const home = emptyHome(folder);
  const [from, to] = [earlier, home.XDG_CACHE_HOME].map((cache) => join(cache, 'clojars-fetch', 'compiled'));
  cpSync(from, to, { recursive: true });
  return home;
}

/** The options that name the repository `central`, and its mirrors. */
export function repositoryWords(url, mirrors = []) {
  return ['--no-config', '--repo', `central=${url}/`, ...mirrors.flatMap((mirror) => ['--mirror', `central=${mirror}/`])];
}

/**
 * Starts `clojars-fetch proxy` in front of one repository.
 * @param folder the cache; default: a new one
 * @param home the folders of the user; default: empty ones that belong to the cache
 * @param before words before the command, such as {@link onCore}
 */
export async function startProxy({ url, mirrors, folder = newFolder(), home, dist = distFolder, before = [], words = [] }) {
  const [command, ...args] = [
    ...before,
    process.execPath,
    join(dist, 'cli.cjs'),
    'proxy',
    ...repositoryWords(url, mirrors),
    ...['--port', '0', '--json', '--cache', folder],
    ...words,
  ];
  const startedMs = performance.now();
  const child = spawn(command, args, {
    env: { ...process.env, ...(home ?? emptyHome(`${folder}-home`)) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const address = await firstDocument(child.stdout);
  return {
    url: `${address.url}central`,
    startMs: performance.now() - startedMs,
    folder,
    /** Where the files are, in Maven's layout. */
    files: join(folder, 'central'),
    use: () => useOf(child.pid),
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

function newFolder() {
  return mkdtempSync(join(work, 'proxy-'));
}

async function firstDocument(stream) {
  let text = '';
  for await (const data of stream) {
    text += data;
    if (text.trimEnd().endsWith('}')) break;
  }
  const document = JSON.parse(text);
  if (document.error !== undefined) throw new Error(document.error.message);
  return document;
}

const tickMs = 10;

/** Processor time in milliseconds and the largest resident set in MiB of a process and its children, as the kernel counts them. */
export function useOf(pid) {
  const pids = [pid, ...childrenOf(pid)];
  const cpuMs = pids.map((one) => {
    const [user, system] = readFileSync(`/proc/${one}/stat`, 'latin1').split(') ')[1].split(' ').slice(11, 13).map(Number);
    return (user + system) * tickMs;
  });
  const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return { cpuMs: cpuMs.reduce((sum, ms) => sum + ms), memoryMib: Number(kib) / 1024 };
}

function childrenOf(pid) {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) => {
    const text = readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  });
}
