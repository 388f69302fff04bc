/** Writing a lockfile, and checking one: wires resolving to the lockfile room. */
import { resolve } from 'node:path';

import { isClojarsFetchError } from '../../base/error.js';
import type { DependencyOptions } from '../../fetch/resolution/resolution.js';
import { compareLockfiles, type LockDifference } from '../../local/lockfile/compare.js';
import { emptyLockfile, type LockedFile, type Lockfile } from '../../local/lockfile/lockfile.js';
import { lockfileName } from '../../local/lockfile/name.js';
import { missingLockfile, readLockfile, writeLockfile } from '../../local/lockfile/open.js';
import { createLockRecorder } from '../../local/lockfile/recorder.js';
import { parseUpdates, type Updates } from '../../local/lockfile/update.js';
import { createLockView } from '../../local/lockfile/view.js';
import type { ClientOptions } from '../../local/settings/client-options.js';
import type { Dependency } from '../../maven/coordinate/coordinate.js';
import { compareLevels } from '../../proof/level.js';
import { type Client, createClientWith } from '../client/client.js';
import { projectLockfile } from '../project/project-lockfile.js';
import type { ProjectOptions } from '../project/resolve-project.js';

/** What is locked: a build file with all that `resolveProject` resolves of it, or roots. */
export type LockTarget = { readonly project: string } | { readonly roots: readonly (string | Dependency)[] };

/**
 * As for `resolveProject` and `resolveDependencies`; `lockfile` is the file to write or check. Default:
 * `clojars-fetch.lock` beside the build file, for roots in the working folder.
 */
export type LockOptions = Omit<ClientOptions, 'frozen'> &
  Omit<ProjectOptions, 'download'> &
  Pick<DependencyOptions, 'managed' | 'root' | 'localPoms'>;

export interface WriteLockOptions extends LockOptions {
  /**
   * Artifacts to resolve anew, `group/artifact`, `group/*` or `*`: of these neither checksums nor chosen versions stay.
   * Everything else stays as it is locked. Default none.
   */
  readonly update?: readonly string[] | undefined;
}

/** What locking did. */
export interface LockReport {
  /** Absolute path of the lockfile. */
  readonly file: string;
  /** False where the lockfile said the same already. */
  readonly written: boolean;
  readonly lockfile: Lockfile;
  /** From what was locked before to what is locked now; empty for a new lockfile. */
  readonly differences: readonly LockDifference[];
  /** Absolute paths in the local repository, by repository path. */
  readonly places: ReadonlyMap<string, string>;
}

/** What a check found. */
export interface LockCheck {
  readonly file: string;
  /** Empty when the lockfile is right. */
  readonly differences: readonly LockDifference[];
  /** Files whose proof at locking was stronger than what could be had now, or weaker: no fault. */
  readonly levels: readonly { readonly path: string; readonly locked: LockedFile['level']; readonly now: LockedFile['level'] }[];
}

/** As often a range that the locked versions do not satisfy may be looked up anew. */
const mostRetries = 100;

/**
 * Resolves the target, and writes every file that its graphs were computed from and consist of into the lockfile. What is
 * locked already stays: versions that were chosen, and the checksum of every file.
 *
 * @throws {ClojarsFetchError} ERR_LOCKFILE: `malformed`; `mismatch`: a locked file is not what it was;
 * `metadata-rollback`. And as `resolveProject` and `resolveDependencies`. Nothing is written then.
 */
export async function lock(target: LockTarget, options: WriteLockOptions = {}): Promise<LockReport> {
  const { update: names = [], ...rest } = options;
  const file = lockfileOf(target, options);
  const before = await readLockfile(file);
  const updates = parseUpdates(names, before ?? emptyLockfile, file);
  const { lockfile, places } = await resolveAll(target, rest, { file, before: before ?? emptyLockfile, mode: 'keep', updates });
  const written = await writeLockfile(file, lockfile);
  return { file, written, lockfile, differences: before === null ? [] : compareLockfiles(before, lockfile), places };
}

/**
 * Holds a lockfile against what its target resolves to now, by the versions that it chose. Its checksums are no proof
 * here: every file is verified as if it were not locked. The lockfile is not written; files come into the local
 * repository as with every verb.
 *
 * @throws {ClojarsFetchError} ERR_CONFIG, `unreadable`: there is none; ERR_LOCKFILE, `malformed`; and as
 * `resolveProject` and `resolveDependencies`
 */
export async function checkLock(target: LockTarget, options: LockOptions = {}): Promise<LockCheck> {
  const file = lockfileOf(target, options);
  const before = await readLockfile(file);
  if (before === null) throw missingLockfile(file);
  const { lockfile } = await resolveAll(target, options, {
    file,
    before,
    mode: 'decisions',
    updates: { includes: () => false, names: [] },
  });
  const now = new Map(lockfile.files.map((one) => [one.path, one]));
  return {
    file,
    differences: compareLockfiles(before, lockfile),
    levels: before.files.flatMap(({ path, sha256, level: locked }) => {
      const found = now.get(path);
      const isProven = found?.sha256 === sha256 && found.level !== 'local' && compareLevels(found.level, locked) !== 0;
      return isProven ? [{ path, locked, now: found.level }] : [];
    }),
  };
}

interface Run {
  readonly file: string;
  readonly before: Lockfile;
  readonly mode: 'keep' | 'decisions';
  readonly updates: Updates;
}

/** A range that nothing locked satisfies is looked up anew: it was not there when the lockfile was written. */
async function resolveAll(
  target: LockTarget,
  options: LockOptions,
  run: Run,
): Promise<{ lockfile: Lockfile; places: ReadonlyMap<string, string> }> {
  const again = new Set<string>();
  for (;;) {
    const recorder = createLockRecorder();
    const view = createLockView(run.before, {
      source: run.file,
      mode: run.mode,
      recorder,
      update: (group, artifact) => run.updates.includes(group, artifact),
      forget: (group, artifact) => again.has(`${group}:${artifact}`),
    });
    const create = (clientOptions: ClientOptions): Client => createClientWith(clientOptions, { lock: view });
    try {
      await resolveTarget(target, options, create);
      return { lockfile: recorder.lockfile(run.mode === 'keep' ? run.before : emptyLockfile), places: recorder.places() };
    } catch (error) {
      const name =
        isClojarsFetchError(error) && error.code === 'ERR_RANGE' && error.reason === 'no-match'
          ? error.coordinate?.split(':').slice(0, 2).join(':')
          : undefined;
      const isLocked = name !== undefined && run.before.ranges.some(({ group, artifact }) => `${group}:${artifact}` === name);
      if (name === undefined || !isLocked || again.has(name) || again.size >= mostRetries) throw error;
      again.add(name);
    }
  }
}

async function resolveTarget(target: LockTarget, options: LockOptions, create: (options: ClientOptions) => Client): Promise<void> {
  const { lockfile: _lockfile, managed, root, localPoms, ...rest } = options;
  if ('project' in target) {
    const { resolveProjectWith } = await import('../project/resolve-project.js');
    await resolveProjectWith(create, target.project, rest);
    return;
  }
  const {
    profiles: _p,
    aliases: _a,
    plugins: _g,
    leiningenHome: _l,
    scopes,
    conflicts,
    attachments,
    systemProperties,
    ...clientOptions
  } = rest;
  const client = create(clientOptions);
  try {
    await client.resolveDependencies(target.roots, given({ managed, root, localPoms, scopes, conflicts, attachments, systemProperties }));
  } finally {
    await client.close();
  }
}

/** Without what is undefined. */
function given(options: { readonly [K in keyof DependencyOptions]?: DependencyOptions[K] | undefined }): DependencyOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function lockfileOf(target: LockTarget, { lockfile }: LockOptions): string {
  if (lockfile !== undefined) return resolve(lockfile);
  return 'project' in target ? projectLockfile(target.project) : resolve(lockfileName);
}
