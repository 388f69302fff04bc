/** Records what is resolved, and builds a lockfile from it. */
import type { ArtifactCoordinate } from '../../maven/coordinate/coordinate.js';
import { compareLevels, type Level } from '../../proof/level.js';
import type { Proof } from '../../proof/proof.js';
import { digestRequest, type GraphRequest } from './digest.js';
import { createLockfile, type LockedFile, type LockedRange, type LockedVersion, type Lockfile, versionKey } from './lockfile.js';

/** A verified file of the local repository, as far as locking needs it. */
export interface ResolvedForLock {
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
  readonly repository: string | null;
  readonly level: Level;
  readonly proofs: readonly Proof[];
  /** The verdict on its signature; undefined if signatures are not checked. */
  readonly signature?: { readonly fingerprint: string | null; readonly signingKey: string | null } | undefined;
}

/** The input and the contents of one graph. */
export interface GraphTrace {
  readonly request: GraphRequest;
  /** Absolute paths of the files it consists of. */
  readonly files: readonly string[];
  /** Repository paths of the POMs that were read for it; some may be missing. */
  readonly poms: readonly string[];
  /** `group:artifact:version` of the POMs that were read. */
  readonly labels: ReadonlySet<string>;
  /** `group:artifact` of each artifact whose versions were looked up. */
  readonly ranges: ReadonlySet<string>;
  /** Paths of attachments that no repository has. */
  readonly absent: readonly string[];
}

export interface LockRecorder {
  /** Notes a file that was found or fetched. Whether the lockfile needs it is decided later. */
  resolved(file: ResolvedForLock): void;
  /** Notes the version chosen for one that names no file itself (a range, an alias). */
  chosen(requested: ArtifactCoordinate, version: string): void;
  /** Notes the versions that an artifact's metadata lists. */
  versions(group: string, artifact: string, versions: readonly string[]): void;
  /** Notes a file that is needed besides the graphs: a parent of a project's own POM. */
  keep(path: string): void;
  graph(trace: GraphTrace): void;
  /** @param before the previous lockfile; for an unchanged file, the better proof stays recorded */
  lockfile(before: Lockfile): Lockfile;
  /** Returns the absolute paths of all resolved files, by repository path. */
  places(): ReadonlyMap<string, string>;
}

export function createLockRecorder(): LockRecorder {
  const byPath = new Map<string, ResolvedForLock>();
  const byFile = new Map<string, ResolvedForLock>();
  const decisions = new Map<string, LockedVersion>();
  const lists = new Map<string, readonly string[]>();
  const kept = new Set<string>();
  const traces: GraphTrace[] = [];
  return {
    resolved(file) {
      byPath.set(file.path, file);
      byFile.set(file.file, file);
    },
    chosen: (requested, chosen) => void decisions.set(versionKey(requested), { requested, chosen }),
    versions: (group, artifact, versions) => void lists.set(`${group}:${artifact}`, versions),
    keep: (path) => void kept.add(path),
    graph: (trace) => void traces.push(trace),
    places: () => new Map([...byPath].map(([path, { file }]) => [path, file])),
    lockfile(before) {
      const known = new Map(before.files.map((file) => [file.path, file]));
      const needed = new Set(kept);
      const absent = new Set<string>();
      for (const { files, poms, absent: attachments } of traces) {
        for (const file of files) {
          const found = byFile.get(file);
          if (found !== undefined) needed.add(found.path);
        }
        for (const path of poms) needed.add(path);
        for (const path of attachments) absent.add(path);
      }
      const files: LockedFile[] = [];
      for (const path of needed) {
        const found = byPath.get(path);
        if (found !== undefined) files.push(lockedFile(found, known.get(path)));
        // No repository has it: the graph was computed without it.
        else absent.add(path);
      }
      const labels = new Set(traces.flatMap((trace) => [...trace.labels]));
      return createLockfile({
        graphs: traces.map(({ request }) => digestRequest(request)),
        roots: traces.flatMap(({ request }) => [
          ...(request.root === null ? [] : [request.root]),
          ...request.roots.map(({ coordinate }) => coordinate),
        ]),
        versions: [...decisions.values()].filter(
          ({ requested, chosen }) =>
            requested.extension !== 'pom' || labels.has(label(requested, requested.version)) || labels.has(label(requested, chosen)),
        ),
        ranges: [...new Set(traces.flatMap((trace) => [...trace.ranges]))].flatMap((name) => rangesOf(name, lists.get(name) ?? [], labels)),
        absent: [...absent],
        files,
      });
    },
  };
}

function label({ group, artifact }: ArtifactCoordinate, version: string): string {
  return `${group}:${artifact}:${version}`;
}

/** Returns the versions whose POM was read: a range reads the POM of every version it can take. */
function rangesOf(name: string, versions: readonly string[], labels: ReadonlySet<string>): LockedRange[] {
  const [group = '', artifact = ''] = name.split(':');
  return versions.filter((version) => labels.has(`${name}:${version}`)).map((version) => ({ group, artifact, version }));
}

function lockedFile({ path, sha256, size, repository, proofs, signature }: ResolvedForLock, before: LockedFile | undefined): LockedFile {
  // A lockfile's own pin proves nothing about how the file was first found.
  const own = proofs.filter((proof) => proof.level !== 'pinned' || proof.lockedLevel === null);
  const level = strongest(own);
  const signer = own.find((proof) => proof.level === 'signed')?.fingerprint ?? null;
  const seen = signer === null ? keyNamed(signature?.fingerprint ?? signature?.signingKey ?? null) : null;
  if (before?.sha256 !== sha256) return { path, sha256, size, repository, level, signer, seenSigner: seen };
  return {
    path,
    sha256,
    size,
    repository: repository ?? before.repository,
    level: compareLevels(before.level, level) > 0 ? before.level : level,
    signer: signer ?? before.signer,
    seenSigner: (signer ?? before.signer) === null ? (seen ?? before.seenSigner) : null,
  };
}

/** Converts a fingerprint or key ID to the lockfile's form; null for anything else that a signature may name. */
function keyNamed(key: string | null): string | null {
  return key !== null && /^(?:[0-9A-F]{16}|[0-9A-F]{40}|[0-9A-F]{64})$/.test(key) ? key : null;
}

function strongest(proofs: readonly Proof[]): Level {
  return proofs.reduce<Level>((best, { level }) => (compareLevels(level, best) > 0 ? level : best), 'none');
}
