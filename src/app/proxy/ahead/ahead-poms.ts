/** POMs for the look-ahead, fetched as the tool will ask for them. */
import { readRegularFile } from '../../../base/disk/regular-file.js';
import { isClojarsFetchError } from '../../../base/error.js';
import { pomParser } from '../../../fetch/resolution/pom-parser.js';
import { PomIndex } from '../../../local/ledger/pom-index.js';
import { artifactPath } from '../../../maven/coordinate/path.js';
import { formatLabel } from '../../../maven/pom/label.js';
import type { PomModel } from '../../../maven/pom/model.js';
import type { PomSource } from '../../../maven/pom/pom-source.js';
import { metadataMaxBytes } from '../../../network/transport/contract/limits.js';
import type { ApprovedFile, FileAddress } from '../files/file-download.js';

/** POMs that one session may ask for: a hostile POM could name any number. */
const mostPoms = 2_000;

/** Fetches a file ahead of the tool. Rejects if it is absent or out of reach. */
export type FetchAhead = (address: FileAddress) => Promise<ApprovedFile>;

/** Ends a session that has asked for too much, or is over. */
export class AheadIsOver extends Error {
  override readonly name = 'AheadIsOver';
}

export class AheadPoms implements PomSource {
  readonly #fetch: FetchAhead;
  readonly #index: PomIndex;
  readonly #packagings = new Map<string, string>();
  #count = 0;
  #isOver = false;

  constructor(fetch: FetchAhead, cacheFolder: string) {
    this.#fetch = fetch;
    this.#index = new PomIndex(cacheFolder);
  }

  /** The packaging of a POM that was read; null if it was not. */
  packagingOf(group: string, artifact: string, version: string): string | null {
    return this.#packagings.get(formatLabel(group, artifact, version)) ?? null;
  }

  /** Refuses all further requests, and keeps what was parsed for the next session. */
  end(): void {
    this.#isOver = true;
    this.#index.save();
  }

  async read(group: string, artifact: string, version: string): Promise<PomModel | null> {
    const address = addressOf({ group, artifact, version, extension: 'pom', classifier: '' });
    if (address === null) return null;
    if (this.#isOver || this.#count >= mostPoms) throw new AheadIsOver();
    this.#count += 1;
    try {
      const { sha256, file } = await this.#fetch(address);
      const label = formatLabel(group, artifact, version);
      const model = this.#index.find(sha256) ?? (await this.#parse(file, sha256, label));
      this.#packagings.set(label, model.packaging);
      return model;
    } catch (error) {
      if (isClojarsFetchError(error) && error.code === 'ERR_NOT_FOUND') return null;
      throw error;
    }
  }

  async #parse(file: string, sha256: string, label: string): Promise<PomModel> {
    const parse = await pomParser();
    const model = parse(readRegularFile(file, metadataMaxBytes), label);
    this.#index.add(sha256, model);
    return model;
  }

  /** Ranges are left to the tool: it reads the metadata, and then asks for the version. */
  versions(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  resolveVersion(_group: string, _artifact: string, version: string): Promise<string | null> {
    return Promise.resolve(version === 'RELEASE' || version === 'LATEST' ? null : version);
  }
}

/** The path of an artifact; null if it is not the name of a file, for example because a property has no value. */
export function addressOf(coordinate: FileAddress['coordinate']): FileAddress | null {
  try {
    return { path: artifactPath(coordinate), coordinate };
  } catch (error) {
    if (isClojarsFetchError(error)) return null;
    throw error;
  }
}
