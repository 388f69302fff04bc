/**
 * Finds the versions that satisfy a requirement.
 *
 * Source of the rule: Maven 3.8.7 `DefaultVersionRangeResolver`: a plain version stands for itself, unchecked; a range
 * for every known version inside it, oldest first.
 */
import { OnceByKey } from '../../../base/async/once-by-key.js';
import type { GraphArtifact } from '../../pom/descriptor.js';
import type { RawPoms } from '../../pom/raw-pom.js';
import { hashText } from '../../version/java-text.js';
import { compareVersions } from '../../version/order.js';
import { isRange, parseVersionRange, type VersionRange } from '../../version/range.js';
import { HashOrderedSet } from './hash-ordered-set.js';

export interface VersionChoice {
  /** Null for a plain version. */
  readonly range: VersionRange | null;
  /** Ascending; empty if no known version is inside the range. */
  readonly versions: readonly string[];
  /** The newest known versions if none is inside the range, for the message. */
  readonly others?: readonly string[] | undefined;
}

export class VersionLookup {
  readonly #poms: RawPoms;
  readonly #plainChoices = new Map<string, VersionChoice | null>();
  readonly #ranges = new OnceByKey<string, VersionChoice>({ keepFailures: true });

  constructor(poms: RawPoms) {
    this.#poms = poms;
  }

  /** Returns the choice for a plain version; null for a range, which must be looked up. */
  plain(artifact: GraphArtifact): VersionChoice | null {
    const { version } = artifact;
    let choice = this.#plainChoices.get(version);
    if (choice === undefined) {
      choice = isRange(version) ? null : { range: null, versions: [version] };
      this.#plainChoices.set(version, choice);
    }
    return choice;
  }

  /** Looks a range up. @throws ClojarsFetchError `ERR_RANGE`, reason `malformed` */
  range(artifact: GraphArtifact): Promise<VersionChoice> {
    return this.#ranges.get(`${artifact.group}:${artifact.artifact}:${artifact.version}`, () => this.#look(artifact));
  }

  async #look(artifact: GraphArtifact): Promise<VersionChoice> {
    const range = parseVersionRange(artifact.version);
    const known = await this.#poms.versions(artifact.group, artifact.artifact);
    const all = inOrder(known);
    const versions = all.filter((version) => range.contains(version));
    return versions.length > 0 ? { range, versions } : { range, versions, others: all.slice(-8) };
  }
}

/**
 * Sorts versions, oldest first, without duplicates. Equal ones, such as `2` and `2.0`, are in the order of the `HashMap`
 * from which Maven takes them: the last one is the highest of a range.
 */
function inOrder(known: readonly string[]): readonly string[] {
  const versions = [...new Set(known)].sort(compareVersions);
  const hasEqual = versions.some((version, index) => index > 0 && compareVersions(version, versions[index - 1] ?? '') === 0);
  return hasEqual ? inHashOrder([...new Set(known)]).sort(compareVersions) : versions;
}

function inHashOrder(texts: readonly string[]): string[] {
  const hashes = new HashOrderedSet();
  const byHash = new Map<number, string[]>();
  for (const text of texts) {
    const hash = hashText(text);
    hashes.add(hash);
    byHash.set(hash, [...(byHash.get(hash) ?? []), text]);
  }
  return hashes.list().flatMap((hash) => byHash.get(hash) ?? []);
}
