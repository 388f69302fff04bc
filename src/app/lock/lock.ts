/** Writes a lockfile, or checks one. */
import { resolve } from 'node:path';

import { isClojarsFetchError } from '../../base/error.js';
import type { DependencyOptions } from '../../fetch/resolution/resolution.js';
import { compareLockfiles, type LockDifference } from '../../local/lockfile/compare.js';
import { emptyLockfile, type LockedFile, type Lockfile } from '../../local/lockfile/lockfile.js';
import { lockfileName } from '../../local/lockfile/name.js';
import { missingLockfile, readLockfile, writeLockfile } from '../../local/lockfile/open.js';
import { LockRecorder } from '../../local/lockfile/recorder.js';
import { parseUpdates, type Updates } from '../../local/lockfile/update.js';
import { createLockView } from '../../local/lockfile/view.js';
import type { ClientOptions } from '../../local/settings/client-options.js';
import type { Dependency } from '../../maven/coordinate/coordinate.js';
import { compareLevels } from '../../proof/level.js';
import { type Client, createClientWith } from '../client/client.js';
import type { ProjectOptions } from '../project/options.js';
import { projectLockfile } from '../project/project-lockfile.js';

/** The subject of a lockfile: a build file (or its folder), with everything that `resolveProject` resolves for it, or coordinates. */
export type LockTarget = { readonly project: string } | { readonly roots: readonly (string | Dependency)[] };

/**
 * Options as for `resolveProject` and `resolveDependencies`; `lockfile` is the file to write or check. Default:
 * `clojars-fetch.lock` next to the build file, or in the working folder for roots.
 */
export type LockOptions = Omit<ClientOptions, 'frozen'> &
  Omit<ProjectOptions, 'download'> &
  Pick<DependencyOptions, 'managed' | 'root' | 'localPoms'>;

/** Options of {@link lock}. */
export interface WriteLockOptions extends LockOptions {
  /**
   * Artifacts to resolve again: `group/artifact`, `group/*` or `*`. Their checksums and chosen versions are dropped;
   * everything else stays as locked. Default: none.
   */
  readonly update?: readonly string[] | undefined;
}

/** The result of locking. */
export interface LockReport {
  /** Absolute path of the lockfile. */
  readonly file: string;
  /** False if the lockfile was up to date. */
  readonly written: boolean;
  readonly lockfile: Lockfile;
  /** Changes against the previous lockfile; empty for a new one. */
  readonly differences: readonly LockDifference[];
  /** Absolute paths in the local repository, by repository path. */
  readonly places: ReadonlyMap<string, string>;
}

/** The result of a check. */
export interface LockCheck {
  /** Absolute path of the lockfile. */
  readonly file: string;
  /** Empty if the lockfile is up to date. */
  readonly differences: readonly LockDifference[];
  /** Files whose proof is stronger or weaker now than when they were locked. Not an error. */
  readonly levels: readonly { readonly path: string; readonly locked: LockedFile['level']; readonly now: LockedFile['level'] }[];
}

/** How many ranges that no locked version satisfies may be looked up again. */
const maxRetries = 100;

/**
 * Resolves the target and writes a lockfile with every file that its graphs were computed from or contain. Entries that
 * are already locked stay: chosen versions, and the checksum of every file.
 *
 * @throws {ClojarsFetchError} ERR_LOCKFILE: `malformed`; `mismatch`: a locked file has changed; `metadata-rollback`.
 * Also as `resolveProject` and `resolveDependencies`. After an error nothing is written.
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
 * Compares a lockfile with what its target resolves to now, using the versions that the lockfile chose. Its checksums
 * are not used as proof: every file is verified as if it were not locked. The lockfile is not written; files are placed in
 * the local repository as usual.
 *
 * @throws {ClojarsFetchError} ERR_CONFIG, `unreadable`: the lockfile is missing; ERR_LOCKFILE, `malformed`; also as
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

/** Resolves the target. A range that no locked version satisfies is looked up again: it is new since the lockfile was written. */
async function resolveAll(
  target: LockTarget,
  options: LockOptions,
  run: Run,
): Promise<{ lockfile: Lockfile; places: ReadonlyMap<string, string> }> {
  const again = new Set<string>();
  for (;;) {
    const recorder = new LockRecorder();
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
      const name = unsatisfiedRange(error, run.before);
      if (name === null || again.has(name) || again.size >= maxRetries) throw error;
      again.add(name);
    }
  }
}

/** `group:artifact` of a locked range that no locked version satisfies; null for any other error. */
function unsatisfiedRange(error: unknown, { ranges }: Lockfile): string | null {
  const unsatisfied = isClojarsFetchError(error) ? error.unsatisfied : undefined;
  if (unsatisfied === undefined) return null;
  const { group, artifact } = unsatisfied;
  return ranges.some((locked) => locked.group === group && locked.artifact === artifact) ? `${group}:${artifact}` : null;
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
    clojure: _c,
    check: _k,
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
    await client.resolveDependencies(target.roots, { managed, root, localPoms, scopes, conflicts, attachments, systemProperties });
  } finally {
    await client.close();
  }
}

function lockfileOf(target: LockTarget, { lockfile }: LockOptions): string {
  if (lockfile !== undefined) return resolve(lockfile);
  return 'project' in target ? projectLockfile(target.project) : resolve(lockfileName);
}
