/** Looks for files that a place has and the origin does not have, in the listings of its folders. */
import { parseHtmlListing } from '../../../maven/repository-index/html-listing.js';
import { folderOf, keyProblem } from '../../../maven/repository-index/key.js';
import type { PlanEntry } from '../contract.js';
import type { Findings, PlaceContext } from './findings.js';

const maxListingBytes = 32 * 1024 * 1024;
/** Folders without a listing, before no more are asked for. */
const mostWithout = 3;
/** Files of one folder that are looked for at the origin. */
const mostSuspects = 1000;
/** Files of one place that are looked for at the origin. */
const standardLooks = 10_000;

interface ListedNames {
  readonly files: readonly string[];
  readonly folders: readonly string[];
  /** Names that cannot be paths. */
  readonly skipped: number;
}

export class ExtraFiles {
  readonly #context: Pick<PlaceContext, 'client' | 'origin'>;
  #without = 0;
  /** Files that were looked for at the origin. */
  #looks = 0;

  readonly #mostLooks: number;

  /** @param mostLooks files that are looked for at the origin */
  constructor(context: Pick<PlaceContext, 'client' | 'origin'>, mostLooks = standardLooks) {
    this.#context = context;
    this.#mostLooks = mostLooks;
  }

  /** Returns the number of names that cannot be paths. @param entries all entries of a folder */
  async check(entries: readonly PlanEntry[], findings: Findings): Promise<number> {
    const [first] = entries;
    if (first === undefined || this.#without >= mostWithout || this.#context.client.goneBecause !== null) return 0;
    const folder = folderOf(first.path);
    const known = new Set(
      entries.flatMap(({ path, sidecars = {} }) => [path, ...Object.keys(sidecars).map((suffix) => `${path}.${suffix}`)]),
    );
    const names = await this.#list(folder);
    if (names === null) return 0;
    let { skipped } = names;
    await this.#lookFor(
      names.files.filter((path) => !known.has(path)),
      folder,
      findings,
    );
    const versions = entries.find((entry) => entry.versions !== undefined)?.versions;
    if (versions === undefined) return skipped;
    const knownVersions = new Set(versions);
    const strange = names.folders.filter((name) => !knownVersions.has(name));
    for (const version of strange.slice(0, mostSuspects)) skipped += await this.#version(`${folder}/${version}`, findings);
    const [unseen] = strange.slice(mostSuspects);
    if (unseen !== undefined)
      this.#leaveOut(`${folder}/${unseen}`, `${folder}/`, findings, `folder lists more than ${mostSuspects} folders`);
    return skipped;
  }

  /** Looks into a folder that may be a version, or another artifact in a group of this name. */
  async #version(folder: string, findings: Findings): Promise<number> {
    if (this.#looks >= this.#mostLooks) return 0;
    const names = await this.#list(folder);
    // A version has files; the folder of an artifact or of a group has other folders.
    if (names === null || names.folders.length > 0) return 0;
    await this.#lookFor(names.files, folder, findings);
    return names.skipped;
  }

  async #lookFor(paths: readonly string[], folder: string, findings: Findings): Promise<void> {
    const url = this.#context.client.urlOf(`${folder}/`);
    for (const [at, path] of paths.entries()) {
      this.#looks += 1;
      // A place must not make the audit ask the origin without end.
      if (this.#looks > this.#mostLooks)
        return this.#leaveOut(path, `${folder}/`, findings, `place lists more than ${this.#mostLooks} files`);
      if (at >= mostSuspects) return this.#leaveOut(path, `${folder}/`, findings, `folder lists more than ${mostSuspects} files`);
      const there = await this.#context.origin.look(path);
      if (there.kind !== 'missing') continue;
      findings.add(
        'extra',
        path,
        [{ url, as: 'list', status: 200 }, there.evidence],
        { status: there.evidence.status },
        { isListed: true },
      );
    }
  }

  #leaveOut(path: string, folder: string, findings: Findings, reason: string): void {
    const detail = `not looked for: the ${reason} that the plan does not name`;
    findings.unknown(path, { url: this.#context.client.urlOf(folder), as: 'list', status: 200, detail });
  }

  async #list(folder: string): Promise<ListedNames | null> {
    const answer = await this.#context.client.readSmall({ path: `${folder}/`, as: 'audit' }, maxListingBytes);
    const names = answer.kind === 'file' && answer.value !== null ? parseHtmlListing(answer.value.toString('utf8')) : null;
    if (names === null) {
      if (answer.kind !== 'none' || answer.evidence.status !== null) this.#without += 1;
      return null;
    }
    this.#without = 0;
    const files = names.filter(({ name }) => name !== 'index.html');
    const safe = files.filter(({ name }) => keyProblem(`${folder}/${name}`) === null);
    return {
      skipped: files.length - safe.length,
      files: safe.filter(({ isFolder }) => !isFolder).map(({ name }) => `${folder}/${name}`),
      folders: safe.filter(({ isFolder }) => isFolder).map(({ name }) => name),
    };
  }
}
