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

export class ExtraFiles {
  readonly #context: PlaceContext;
  #without = 0;

  constructor(context: PlaceContext) {
    this.#context = context;
  }

  /** @param entries all entries of a folder */
  async check(entries: readonly PlanEntry[], findings: Findings): Promise<void> {
    const [first] = entries;
    if (first === undefined || this.#without >= mostWithout || this.#context.client.isGone) return;
    const folder = folderOf(first.path);
    const known = new Set(
      entries.flatMap(({ path, sidecars = {} }) => [path, ...Object.keys(sidecars).map((suffix) => `${path}.${suffix}`)]),
    );
    const names = await this.#list(folder);
    if (names === null) return;
    await this.#lookFor(
      names.files.filter((path) => !known.has(path)),
      folder,
      findings,
    );
    const versions = entries.find((entry) => entry.versions !== undefined)?.versions;
    if (versions === undefined) return;
    const strange = names.folders.filter((name) => !versions.includes(name));
    for (const version of strange.slice(0, mostSuspects)) await this.#version(`${folder}/${version}`, findings);
  }

  /** Looks into a folder that may be a version, or another artifact in a group of this name. */
  async #version(folder: string, findings: Findings): Promise<void> {
    const names = await this.#list(folder);
    // A version has files; the folder of an artifact or of a group has other folders.
    if (names !== null && names.folders.length === 0) await this.#lookFor(names.files, folder, findings);
  }

  async #lookFor(paths: readonly string[], folder: string, findings: Findings): Promise<void> {
    for (const path of paths.slice(0, mostSuspects)) {
      const there = await this.#context.origin.look(path);
      if (there.kind !== 'missing') continue;
      const url = this.#context.client.urlOf(`${folder}/`);
      findings.add(
        'extra',
        path,
        [{ url, as: 'list', status: 200 }, there.evidence],
        { status: there.evidence.status },
        { isListed: true },
      );
    }
  }

  async #list(folder: string): Promise<{ readonly files: readonly string[]; readonly folders: readonly string[] } | null> {
    const answer = await this.#context.client.readSmall({ path: `${folder}/`, as: 'audit' }, maxListingBytes);
    const names = answer.kind === 'file' && answer.value !== null ? parseHtmlListing(answer.value.toString('utf8')) : null;
    if (names === null) {
      if (answer.kind !== 'none' || answer.evidence.status !== null) this.#without += 1;
      return null;
    }
    this.#without = 0;
    const safe = names.filter(({ name }) => name !== 'index.html' && keyProblem(`${folder}/${name}`) === null);
    return {
      files: safe.filter(({ isFolder }) => !isFolder).map(({ name }) => `${folder}/${name}`),
      folders: safe.filter(({ isFolder }) => isFolder).map(({ name }) => name),
    };
  }
}
