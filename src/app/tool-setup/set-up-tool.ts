/** Shows, writes, and takes back what a build tool needs to ask the proxy. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import { createLocks, shortLockMs } from '../../base/disk/lock.js';
import { ClojarsFetchError } from '../../base/error.js';
import { nearestWord } from '../../base/nearest-word.js';
import { userFolders } from '../../base/user-folders.js';
import { parseProxyAddress } from './address.js';
import type { SetupProblem, ToolFile, ToolPlan, ToolVariable } from './merge.js';
import { lookAtFile, noRecord, type PlannedUndo, type PlannedWrite, planUndo, planWrite, undo, write } from './set-up-file.js';
import { planners, type ToolName, toolNames } from './tools.js';
import { UndoRecordFile } from './undo-record.js';

/** Where a tool is set up, and for which proxy. */
export interface ToolSetupOptions {
  /** Address of the proxy: https, or http to 127.0.0.1 or localhost. Default: `http://127.0.0.1:8141/`. */
  readonly url?: string | undefined;
  /** The file to use instead of the tool's own. Not for Cursive, which has none. */
  readonly file?: string | undefined;
  /** Environment in which the tool runs. Default: that of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** The user's home folder. Default: that of this process's user. */
  readonly homeFolder?: string | undefined;
  /** Folder for the records that an undo needs. Default: in the user's state folder. */
  readonly recordFolder?: string | undefined;
}

/** One file of a tool. */
export interface ToolFileReport {
  /** Absolute. */
  readonly path: string;
  /**
   * `set-up`: the tool asks the proxy; `not-set-up`: the lines are missing; `blocked`: adding them would be a guess.
   */
  readonly state: 'set-up' | 'not-set-up' | 'blocked';
  /** Whether this call changed the file. */
  readonly changed: boolean;
  /** Copy of the file from before the first write; null if there is none. */
  readonly backup: string | null;
  /** The lines that the file needs, as one would type them. */
  readonly addition: string;
  readonly problems: readonly SetupProblem[];
}

/** One tool. */
export interface ToolSetupReport {
  readonly tool: ToolName;
  /** Address of the proxy, with a slash at its end. */
  readonly url: string;
  readonly files: readonly ToolFileReport[];
  readonly variables: readonly ToolVariable[];
  /** Sentences about what else there is to do or to know. */
  readonly notes: readonly string[];
  /** Whether every file is set up and has no problem. Variables are not looked at. */
  readonly ready: boolean;
}

interface Opened {
  readonly tool: ToolName;
  readonly url: string;
  readonly plan: ToolPlan;
  readonly folder: string;
  readonly recordsOf: (file: ToolFile) => UndoRecordFile;
}

function open(tool: string, options: ToolSetupOptions): Opened {
  const known = toolNames.find((name) => name === tool);
  if (known === undefined) throw unknownTool(tool);
  const { environment: env = process.env, homeFolder = homedir(), file } = options;
  if (file !== undefined && known === 'cursive')
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      message: "'cursive' takes no file: Cursive has none of its own",
      hint: "Name the file with 'config lein' or 'config clj'.",
    });
  const address = parseProxyAddress(options.url);
  const plan = planners[known](address, {
    env,
    homeFolder,
    platform: process.platform,
    file: file === undefined ? null : resolve(file),
    isThere: existsSync,
  });
  const folder = options.recordFolder ?? join(userFolders(env, process.platform, homeFolder).state, 'tool-setup');
  return { tool: known, url: address.url, plan, folder, recordsOf: ({ path }) => new UndoRecordFile(folder, path) };
}

/** The names of the programs, as people also type them. */
const otherNames: ReadonlyMap<string, ToolName> = new Map([
  ['mvn', 'maven'],
  ['leiningen', 'lein'],
  ['clojure', 'clj'],
  ['deps', 'clj'],
  ['cs', 'coursier'],
  ['ant', 'ivy'],
]);

function unknownTool(tool: string): ClojarsFetchError {
  const meant = otherNames.get(tool.toLowerCase()) ?? nearestWord(tool, toolNames);
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `'${tool}' is not a tool that can be set up`,
    hint: meant === undefined ? `The tools are ${toolNames.join(', ')}.` : `Did you mean '${meant}'?`,
  });
}

/**
 * Reports what a tool needs, and whether it has that. Changes nothing.
 * @throws ClojarsFetchError `ERR_CONFIG` for an unknown tool, a bad address or an unreadable file
 */
export async function showToolSetup(tool: string, options: ToolSetupOptions = {}): Promise<ToolSetupReport> {
  return report(open(tool, options), new Set());
}

async function report({ tool, url, plan, recordsOf }: Opened, changed: ReadonlySet<string>): Promise<ToolSetupReport> {
  const files = await Promise.all(
    [...plan.files, ...plan.leftovers.filter(({ path }) => changed.has(path))].map(async (file, index): Promise<ToolFileReport> => {
      const { record, merge } = await lookAtFile(file, recordsOf(file));
      const isBlocked = merge.problems.some(({ blocks }) => blocks);
      return {
        path: file.path,
        state: isBlocked ? 'blocked' : merge.edits.length > 0 ? 'not-set-up' : 'set-up',
        changed: changed.has(file.path),
        backup: record?.backup ?? null,
        addition: file.addition,
        problems: index === 0 ? [...merge.problems, ...plan.problems] : merge.problems,
      };
    }),
  );
  const ready = files.slice(0, plan.files.length).every(({ state, problems }) => state === 'set-up' && problems.length === 0);
  return { tool, url, files, variables: plan.variables, notes: plan.notes, ready };
}

/**
 * Adds what a tool needs to its files. What is there already stays as it is; doing it twice changes nothing.
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `conflict` or `malformed`: a file cannot be merged without a guess, and none is changed;
 * `ERR_LOCAL_REPOSITORY`: a file cannot be written
 */
export async function writeToolSetup(tool: string, options: ToolSetupOptions = {}): Promise<ToolSetupReport> {
  const opened = open(tool, options);
  return locked(opened, async () => {
    const planned: PlannedWrite[] = [];
    for (const file of opened.plan.files) {
      const one = await planWrite(file, opened.recordsOf(file));
      if (one !== null) planned.push(one);
    }
    const written: PlannedWrite[] = [];
    try {
      for (const one of planned) {
        await write(one);
        written.push(one);
      }
    } catch (error) {
      for (const { file, record, records } of written) if (record === null) await undoIfPossible(file, records);
      throw error;
    }
    const changed = new Set(written.map(({ file }) => file.path));
    for (const file of opened.plan.leftovers) if (await undoIfPossible(file, opened.recordsOf(file))) changed.add(file.path);
    return report(opened, changed);
  });
}

/** Takes back what was written into a file, unless it was changed since. Returns whether it did. */
async function undoIfPossible(file: ToolFile, records: UndoRecordFile): Promise<boolean> {
  try {
    const planned = await planUndo(file, records);
    if (planned !== null) await undo(planned);
    return planned !== null;
  } catch {
    return false;
  }
}

/**
 * Takes back what {@link writeToolSetup} added, also after other changes to the files.
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `conflict`: what was written was changed since, and nothing is taken back;
 * `ERR_LOCAL_REPOSITORY`: a file cannot be written
 */
export async function undoToolSetup(tool: string, options: ToolSetupOptions = {}): Promise<ToolSetupReport> {
  const opened = open(tool, options);
  return locked(opened, async () => {
    const planned: PlannedUndo[] = [];
    for (const file of [...opened.plan.files, ...opened.plan.leftovers]) {
      const one = await planUndo(file, opened.recordsOf(file));
      if (one !== null) planned.push(one);
    }
    const before = await report(opened, new Set());
    const foreign = before.files.find(({ state }) => state === 'set-up');
    if (planned.length === 0 && foreign !== undefined) throw noRecord(foreign.path);
    // The first file may have the folder that the others are in.
    for (const one of planned.reverse()) await undo(one);
    return report(opened, new Set(planned.map(({ file }) => file.path)));
  });
}

async function locked<T>({ folder, tool }: Opened, work: () => Promise<T>): Promise<T> {
  const release = await createLocks(join(folder, 'locks')).lock(`the setup of ${tool}`, undefined, shortLockMs);
  try {
    return await work();
  } finally {
    await release();
  }
}
