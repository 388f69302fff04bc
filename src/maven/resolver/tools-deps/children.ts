/**
 * The dependencies of a library, in the form in which the expansion compares them.
 *
 * Source of the rule: tools.deps 0.31 `extensions.maven` (`coord-deps`, `canonicalize`), `util.maven/dep->data`.
 */
import { ClojarsFetchError } from '../../../base/error.js';
import { escapeForDisplay } from '../../../base/escape.js';
import type { Descriptor, DescriptorReader, GraphArtifact, GraphDependency } from '../../pom/descriptor.js';
import { formatLabel } from '../../pom/label.js';
import type { RawPoms } from '../../pom/raw-pom.js';
import { noMatch } from '../graph/no-match.js';
import type { VersionLookup } from '../graph/version-lookup.js';

/** The dependencies of one library, with the descriptor that they come from; none for a library on this disk. */
export interface Children {
  readonly dependencies: readonly GraphDependency[];
  readonly descriptor: Descriptor | null;
}

/** The dependencies of libraries on this disk (`:local/root`), by path. */
export type LocalLibraries = ReadonlyMap<string, readonly GraphDependency[]>;

/** The reading of a library's dependencies. */
export interface Reading {
  /** Null until they have arrived: then there is no promise to wait for. */
  children: Children | null;
  /** Whether all of them were judged. */
  isUsed: boolean;
  /** Rejects with the error of reading. */
  readonly arrival: Promise<Children>;
}

/** A reading of dependencies that were there at once. Makes no promise unless it is asked for one. */
class FinishedReading implements Reading {
  isUsed = false;

  constructor(readonly children: Children) {}

  get arrival(): Promise<Children> {
    return Promise.resolve(this.children);
  }
}

/** Reads the dependencies of each library once. */
export class ChildrenReader {
  readonly #readings = new Map<string, Reading>();
  readonly #descriptors: DescriptorReader;
  readonly #versions: VersionLookup;
  readonly #poms: RawPoms;
  readonly #locals: LocalLibraries;

  constructor(descriptors: DescriptorReader, versions: VersionLookup, poms: RawPoms, locals: LocalLibraries = new Map()) {
    this.#descriptors = descriptors;
    this.#versions = versions;
    this.#poms = poms;
    this.#locals = locals;
  }

  /** Begins to read, if that was not done before. Fails with ClojarsFetchError `ERR_RANGE`, and any error from reading the POM. */
  read(artifact: GraphArtifact): Reading {
    const { key, localPath } = artifact;
    const known = this.#readings.get(key);
    if (known !== undefined) return known;
    const now = localPath === undefined ? this.#descriptors.readNow(artifact) : null;
    const finished = now === undefined ? null : this.#finishNow(artifact, now);
    if (finished !== null) {
      this.#readings.set(key, finished);
      return finished;
    }
    const loaded: Promise<Descriptor | null> = localPath === undefined ? this.#descriptors.read(artifact) : Promise.resolve(null);
    const arrival = loaded.then((descriptor) => this.#finish(reading, artifact, descriptor));
    const reading: Reading = { children: null, isUsed: false, arrival };
    // A library may be superseded before anything waits for this: then its errors do not matter.
    arrival.catch(ignore);
    this.#readings.set(key, reading);
    return reading;
  }

  /** Returns the dependency with a plain version in the place of a range, `RELEASE` or `LATEST`. */
  async canonicalize(dependency: GraphDependency): Promise<GraphDependency> {
    const { artifact } = dependency;
    if (artifact.localPath !== undefined) return dependency;
    const version = await this.#plainVersion(artifact);
    return version === artifact.version ? dependency : { ...dependency, artifact: artifact.withVersion(version) };
  }

  /** Null if a version must be looked up. */
  #finishNow(artifact: GraphArtifact, descriptor: Descriptor | null): Reading | null {
    const dependencies = this.#dependenciesOf(artifact, descriptor);
    return dependencies.some(hasOpenVersion) ? null : new FinishedReading({ dependencies, descriptor });
  }

  #dependenciesOf({ localPath = '' }: GraphArtifact, descriptor: Descriptor | null): readonly GraphDependency[] {
    return descriptor === null ? (this.#locals.get(localPath) ?? []) : descriptor.dependencies.filter(isFollowed);
  }

  /** Most dependencies have plain versions: these cost no promise. */
  #finish(reading: Reading, artifact: GraphArtifact, descriptor: Descriptor | null): Children | Promise<Children> {
    const dependencies = this.#dependenciesOf(artifact, descriptor);
    if (!dependencies.some(hasOpenVersion)) return (reading.children = { dependencies, descriptor });
    return this.#canonicalizeAll(dependencies).then((all) => (reading.children = { dependencies: all, descriptor }));
  }

  /** Fails with the first error in order of declaration. */
  async #canonicalizeAll(dependencies: readonly GraphDependency[]): Promise<readonly GraphDependency[]> {
    const settled = await Promise.allSettled(dependencies.map((dependency) => this.canonicalize(dependency)));
    return settled.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
  }

  async #plainVersion(artifact: GraphArtifact): Promise<string> {
    const { version } = artifact;
    if (!isOpen(version)) return version;
    if (isMeta(version)) {
      const resolved = await this.#poms.resolveVersion(artifact.group, artifact.artifact, version);
      if (resolved === null) throw unresolved(artifact);
      return resolved;
    }
    // A single version in brackets is not looked up: the newest version wins in any case.
    const [, specific] = /^\[([^,]*)\]$/.exec(version) ?? [];
    if (specific !== undefined) return specific;
    const choice = await this.#versions.range(artifact);
    const newest = choice.versions.at(-1);
    if (newest === undefined) throw noMatch(artifact, null, choice);
    return newest;
  }
}

function isFollowed({ scope, optional }: GraphDependency): boolean {
  return (scope === 'compile' || scope === 'runtime') && optional !== true;
}

function hasOpenVersion({ artifact }: GraphDependency): boolean {
  return isOpen(artifact.version);
}

function isMeta(version: string): boolean {
  return version === 'RELEASE' || version === 'LATEST';
}

function isOpen(version: string): boolean {
  return isMeta(version) || version.includes('[') || version.includes('(');
}

function unresolved(artifact: GraphArtifact): ClojarsFetchError {
  const label = formatLabel(artifact.group, artifact.artifact, artifact.version);
  return new ClojarsFetchError('ERR_RANGE', {
    reason: 'no-match',
    coordinate: artifact.toString(),
    unsatisfied: { group: artifact.group, artifact: artifact.artifact },
    message: `the metadata does not say which version ${escapeForDisplay(label, 300)} is`,
    hint: `Run \`clojars-fetch versions ${escapeForDisplay(`${artifact.group}:${artifact.artifact}`, 300)}\` to list all.`,
  });
}

function ignore(): void {
  // The expansion sees the rejection if it needs the answer.
}
