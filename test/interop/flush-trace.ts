/** Reads from a trace of strace which files became visible before their bytes were safe from a power cut. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

import { isolatedEnvironment } from '../support/processes.js';
import { missingPrograms } from './programs.js';

const writes = ['write', 'pwrite64', 'writev', 'pwritev', 'pwritev2', 'ftruncate', 'sendfile', 'copy_file_range'];
const flushes = ['fsync', 'fdatasync', 'sync', 'syncfs'];
const moves = ['rename', 'renameat', 'renameat2', 'link', 'linkat'];

/** A system call. Calls of several threads overlap: each has the line at which it began, and the one at which it ended. */
interface Call {
  readonly name: string;
  /** Of the descriptor that is written or flushed; of the file that is moved. */
  readonly path: string;
  /** Its new path; null for a call that moves nothing. */
  readonly to: string | null;
  readonly began: number;
  readonly ended: number;
}

/** A file that got its name in the served tree. */
export interface Publication {
  /** Relative to the served tree. */
  readonly key: string;
  /** The lines at which its name was given. Files of one folder that was renamed have the same ones. */
  readonly began: number;
  readonly ended: number;
  /** Whether all its bytes were flushed before it got its name. */
  readonly isFlushed: boolean;
}

/** Returns what is missing to trace a program: strace, or the permission to trace, which some containers lack. */
export function missingForTraces(): string[] {
  const missing = missingPrograms(['strace']);
  return missing.length > 0 || spawnSync('strace', ['-qq', '-e', 'none', 'true']).status === 0
    ? missing
    : ['the permission to trace programs'];
}

/** Runs a program with all its children under strace. @param file where strace writes */
export async function traceProgram(
  words: readonly string[],
  { file, home, cwd }: { readonly file: string; readonly home: string; readonly cwd: string },
): Promise<{ readonly code: number | null; readonly output: string; readonly calls: readonly Call[] }> {
  const trace = [
    '-f',
    '-y',
    '-qq',
    '-s',
    '0',
    '-o',
    file,
    '-e',
    `trace=${[...writes, ...flushes, ...moves].join(',')}`,
    '-e',
    'signal=none',
  ];
  // Else Node may write without a system call.
  const env = { ...isolatedEnvironment(home), UV_USE_IO_URING: '0' };
  const child = spawn('strace', [...trace, ...words], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output, calls: callsOf(readFileSync(file, 'utf8')) };
}

/**
 * Returns the files that became visible, in the order of the calls.
 * @param root the served tree, absolute; hidden folders directly in it are not served
 */
export function publicationsIn(calls: readonly Call[], root: string): readonly Publication[] {
  const published: Publication[] = [];
  for (const move of calls) {
    if (move.to === null || !isServed(move.to, root)) continue;
    for (const [file, written] of writtenIn(move, calls)) {
      const key = `${move.to}${file.slice(move.path.length)}`.slice(root.length + 1);
      published.push({ key, began: move.began, ended: move.ended, isFlushed: isFlushed(file, written, move, { calls, root }) });
    }
  }
  return published;
}

/** The file that is moved, or else all files that were written into the folder, each with the line at which its last write ended. */
function writtenIn(move: Call, calls: readonly Call[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const { name, path, ended } of calls) {
    if (!writes.includes(name) || (path !== move.path && !path.startsWith(`${move.path}/`))) continue;
    if (ended < move.began) last.set(path, Math.max(ended, last.get(path) ?? 0));
    else throw new Error(`${path} is written after it became ${move.to ?? ''}`);
  }
  // An empty file, or one that this program did not write: it counts only if it is flushed all the same.
  return last.size > 0 ? last : new Map([[move.path, 0]]);
}

/** By a flush of this file, or of the whole file system. */
function isFlushed(
  file: string,
  written: number,
  move: Call,
  { calls, root }: { readonly calls: readonly Call[]; readonly root: string },
): boolean {
  return calls.some(({ name, path, began, ended }) => {
    if (!flushes.includes(name) || began <= written || ended >= move.began) return false;
    return path === file || name === 'sync' || (name === 'syncfs' && (path === root || path.startsWith(`${root}/`)));
  });
}

/** Temporary names lie in hidden folders, which no server shows. */
function isServed(path: string, root: string): boolean {
  return path.startsWith(`${root}/`) && (!path.startsWith(`${root}/.`) || path.startsWith(`${root}/.well-known/`));
}

function callsOf(trace: string): readonly Call[] {
  const open = new Map<string, { readonly text: string; readonly began: number }>();
  const calls: Call[] = [];
  for (const [line, text] of trace.split('\n').entries()) {
    const [, thread = '', said = ''] = /^(\d+) +(.*)$/.exec(text) ?? [];
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(said);
    const before = resumed === null ? undefined : open.get(thread);
    if (said.endsWith(' <unfinished ...>')) open.set(thread, { text: said.slice(0, -' <unfinished ...>'.length), began: line });
    else {
      const call = parseCall(`${before?.text ?? ''}${resumed?.[1] ?? said}`, before?.began ?? line, line);
      if (call !== null) calls.push(call);
    }
  }
  return calls.sort((one, other) => one.began - other.began);
}

/** Null for a call that failed, and for anything else that strace says. */
function parseCall(text: string, began: number, ended: number): Call | null {
  const [, name = '', args = '', result = '-1'] = /^(\w+)\((.*)\) += (-?\d+)/.exec(text) ?? [];
  if (Number(result) < 0) return null;
  if (!moves.includes(name)) return { name, path: /^\d+<(.*?)>/.exec(args)?.[1] ?? '', to: null, began, ended };
  const [path, to] = [...args.matchAll(/"([^"]*)"/g)].map(([, word = '']) => word);
  if (path?.startsWith('/') !== true || to?.startsWith('/') !== true) throw new Error(`a path is not absolute: ${text}`);
  return { name, path, to, began, ended };
}
