/** Records what is resolved, and builds a lockfile from it. */
import type { ArtifactCoordinate } from '../../maven/coordinate/coordinate.js';
import { unmarkSelector } from '../../maven/version/selector.js';
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

export class LockRecorder {
  readonly #byPath = new Map<string, ResolvedForLock>();
  readonly #byFile = new Map<string, ResolvedForLock>();
  readonly #decisions = new Map<string, LockedVersion>();
  readonly #lists = new Map<string, readonly string[]>();
  readonly #kept = new Set<string>();
  readonly #traces: GraphTrace[] = [];

  /** Notes a file that was found or fetched. Whether the lockfile needs it is decided later. */
  resolved(file: ResolvedForLock): void {
    this.#byPath.set(file.path, file);
    this.#byFile.set(file.file, file);
  }

  /** Notes the version chosen for one that names no file itself (a range, an alias). */
  chosen(requested: ArtifactCoordinate, chosen: string): void {
    this.#decisions.set(versionKey(requested), { requested: { ...requested, version: unmarkSelector(requested.version) }, chosen });
  }

  /** Notes the versions that an artifact's metadata lists. */
  versions(group: string, artifact: string, versions: readonly string[]): void {
    this.#lists.set(`${group}:${artifact}`, versions);
  }

  /** Notes a file that is needed besides the graphs: a parent of a project's own POM. */
  keep(path: string): void {
    this.#kept.add(path);
  }

  graph(trace: GraphTrace): void {
    this.#traces.push(trace);
  }

  /** Returns the absolute paths of all resolved files, by repository path. */
  places(): ReadonlyMap<string, string> {
    return new Map([...this.#byPath].map(([path, { file }]) => [path, file]));
  }

  /** @param before the previous lockfile; for an unchanged file, the better proof stays recorded */
  lockfile(before: Lockfile): Lockfile {
    const labels = new Set(this.#traces.flatMap((trace) => [...trace.labels]));
    const ranges = new Set(this.#traces.flatMap((trace) => [...trace.ranges]));
    return createLockfile({
      graphs: this.#traces.map(({ request }) => digestRequest(request)),
      roots: this.#traces.flatMap(({ request }) => [
        ...(request.root === null ? [] : [request.root]),
        ...request.roots.map(({ coordinate }) => coordinate),
      ]),
      versions: [...this.#decisions.values()].filter(
        ({ requested, chosen }) =>
          requested.extension !== 'pom' || labels.has(label(requested, requested.version)) || labels.has(label(requested, chosen)),
      ),
      ranges: [...ranges].flatMap((name) => rangesOf(name, this.#lists.get(name) ?? [], labels)),
      ...this.#files(before),
    });
  }

  /** Returns the files that the graphs need, and the paths of those that no repository has: the graphs were computed without them. */
  #files(before: Lockfile): Pick<Lockfile, 'files' | 'absent'> {
    const needed = new Set(this.#kept);
    const absent = new Set<string>();
    for (const trace of this.#traces) {
      for (const file of trace.files) {
        const found = this.#byFile.get(file);
        if (found !== undefined) needed.add(found.path);
      }
      for (const path of trace.poms) needed.add(path);
      for (const path of trace.absent) absent.add(path);
    }
    const known = new Map(before.files.map((file) => [file.path, file]));
    const files: LockedFile[] = [];
    for (const path of needed) {
      const found = this.#byPath.get(path);
      if (found === undefined) absent.add(path);
      else files.push(lockedFile(found, known.get(path)));
    }
    return { files, absent: [...absent] };
  }
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
