/**
 * A lockfile as resolution sees it: the files it pins, the versions it chose, and what it forbids.
 */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { ArtifactCoordinate } from '../../maven/coordinate/coordinate.js';
import { digestRequest, type GraphRequest } from './digest.js';
import { artifactNameOf, artifactOf, type LockedFile, type Lockfile, versionKey } from './lockfile.js';
import type { LockRecorder } from './recorder.js';

export interface LockView {
  /** Name of the file, for messages. */
  readonly source: string;
  /** Only files in the lockfile may be used, and no metadata is fetched. */
  readonly frozen: boolean;
  /** Records what is resolved; null if nothing is to be locked. */
  readonly recorder: LockRecorder | null;
  /** Returns the entry of a repository path if its pin counts. */
  file(path: string): LockedFile | null;
  /** Whether no repository had the file when the lockfile was written. */
  isAbsent(path: string): boolean;
  /** Returns the versions that a range of this artifact may take; null if the lockfile has none. */
  versionsOf(group: string, artifact: string): readonly string[] | null;
  /** Returns the version chosen for a coordinate's range or alias; null if the lockfile has none. */
  chosen(requested: ArtifactCoordinate): string | null;
  /**
   * The keys that signed any locked version of an artifact; null if the lockfile names none. Updates do not count: a new
   * release is checked against the lockfile.
   */
  signersOf(group: string, artifact: string): LockedSigners | null;
  /** Whether metadata older than metadata seen before must be ignored. */
  refusesRollback(group: string, artifact: string): boolean;
  /** @throws ClojarsFetchError ERR_LOCKFILE, `stale`: frozen, and the lockfile was made for something else */
  checkRequest(request: GraphRequest): void;
  /** Returns the error for a file that a frozen lockfile does not have. */
  refusal(subject: string, path: string | null, hint?: string): ClojarsFetchError;
}

/** The signers of an artifact's locked versions. */
export interface LockedSigners {
  /** Fingerprints whose signatures counted. */
  readonly signed: readonly string[];
  /** Fingerprints or key IDs whose signatures did not count. */
  readonly seen: readonly string[];
  /** Whether the lockfile is being checked: another signer is then reported as a difference instead of failing the file. */
  readonly changesAreDifferences: boolean;
}

export interface ViewOptions {
  readonly source: string;
  /**
   * `pins`: only the checksums count. `keep`: the decisions about versions count too. `frozen`: nothing outside the lockfile counts.
   * `decisions`: only the decisions count, not the checksums.
   */
  readonly mode: 'pins' | 'keep' | 'frozen' | 'decisions';
  /** Artifacts whose entries are ignored: they are resolved again. */
  readonly update?: ((group: string, artifact: string) => boolean) | undefined;
  /** Artifacts whose chosen versions do not count; their checksums do. */
  readonly forget?: ((group: string, artifact: string) => boolean) | undefined;
  readonly recorder?: LockRecorder | undefined;
}

/** How many names a message lists. */
const shown = 5;

export function createLockView(
  lockfile: Lockfile,
  { source, mode, update = () => false, forget = () => false, recorder }: ViewOptions,
): LockView {
  const files = new Map(lockfile.files.map((file) => [file.path, file]));
  const absent = new Set(lockfile.absent);
  const chosen = new Map(lockfile.versions.map((one) => [versionKey(one.requested), one.chosen]));
  const graphs = new Set(lockfile.graphs);
  const ranges = new Map<string, string[]>();
  for (const { group, artifact, version } of lockfile.ranges) {
    const name = `${group}:${artifact}`;
    ranges.set(name, [...(ranges.get(name) ?? []), version]);
  }
  const signers = signersByArtifact(lockfile, mode === 'decisions');
  const frozen = mode === 'frozen';
  const decides = (group: string, artifact: string): boolean => mode !== 'pins' && !update(group, artifact) && !forget(group, artifact);
  return {
    source,
    frozen,
    recorder: recorder ?? null,
    file(path) {
      const file = mode === 'decisions' ? undefined : files.get(path);
      return file === undefined || isUpdated(path, update) ? null : file;
    },
    isAbsent: (path) => absent.has(path),
    versionsOf: (group, artifact) => (decides(group, artifact) ? (ranges.get(`${group}:${artifact}`) ?? null) : null),
    chosen: (requested) => (decides(requested.group, requested.artifact) ? (chosen.get(versionKey(requested)) ?? null) : null),
    signersOf: (group, artifact) => signers.get(`${group}:${artifact}`) ?? null,
    refusesRollback: (group, artifact) => mode !== 'pins' && !update(group, artifact),
    checkRequest(request) {
      if (!frozen || graphs.has(digestRequest(request))) return;
      throw stale(source, request, lockfile);
    },
    refusal(subject, path, hint) {
      const file = path === null ? '' : ` (${path})`;
      return new ClojarsFetchError('ERR_LOCKFILE', {
        reason: 'stale',
        path: source,
        coordinate: subject,
        message: `${subject} is not in ${source}${file}, and --frozen allows nothing else`,
        hint:
          hint ?? `If it belongs there, run \`clojars-fetch lock\` with the same roots and options, and look at what it adds to ${source}.`,
      });
    },
  };
}

function signersByArtifact({ files }: Lockfile, changesAreDifferences: boolean): ReadonlyMap<string, LockedSigners> {
  const signers = new Map<string, { signed: string[]; seen: string[]; changesAreDifferences: boolean }>();
  for (const { path, signer, seenSigner } of files) {
    if (signer === null && seenSigner === null) continue;
    const name = artifactNameOf(path);
    const known = signers.get(name) ?? { signed: [], seen: [], changesAreDifferences };
    if (signer !== null && !known.signed.includes(signer)) known.signed.push(signer);
    if (seenSigner !== null && !known.seen.includes(seenSigner)) known.seen.push(seenSigner);
    signers.set(name, known);
  }
  return signers;
}

function isUpdated(path: string, update: NonNullable<ViewOptions['update']>): boolean {
  const { group, artifact } = artifactOf(path);
  return update(group, artifact);
}

function stale(source: string, request: GraphRequest, { roots, graphs }: Lockfile): ClojarsFetchError {
  const now = request.roots.map(({ coordinate }) => coordinate);
  const [locked, asked] = [new Set(roots), new Set(now)];
  const added = now.filter((root) => !locked.has(root));
  // With several graphs in the file, a missing root may belong to another graph.
  const gone = graphs.length === 1 ? roots.filter((root) => !asked.has(root)) : [];
  const list = (names: readonly string[]): string =>
    `${names
      .slice(0, shown)
      .map((name) => escapeForDisplay(name, 200))
      .join(', ')}${names.length > shown ? ` and ${names.length - shown} more` : ''}`;
  const what = [
    ...(added.length > 0 ? [`not asked for when it was locked: ${list(added)}`] : []),
    ...(gone.length > 0 ? [`asked for then and not now: ${list(gone)}`] : []),
  ];
  return new ClojarsFetchError('ERR_LOCKFILE', {
    reason: 'stale',
    path: source,
    message: `${source} was made for something else: ${what.length > 0 ? what.join('; ') : 'the order, scopes, exclusions or management of the roots, or the conflict rule, is not the same'}`,
    hint: 'Run `clojars-fetch lock` with the same roots and options to bring it up to date, and look at what changes.',
  });
}
