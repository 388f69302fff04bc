/** POMs for the look-ahead, fetched as the tool will ask for them. */
import { readRegularFile } from '../../../base/disk/regular-file.js';
import { isClojarsFetchError } from '../../../base/error.js';
import { pomParser } from '../../../fetch/resolution/pom-parser.js';
import { PomIndex, type RecentPoms } from '../../../local/ledger/pom-index.js';
import type { ArtifactCoordinate } from '../../../maven/coordinate/coordinate.js';
import { artifactPath } from '../../../maven/coordinate/path.js';
import { formatLabel } from '../../../maven/pom/label.js';
import type { PomModel } from '../../../maven/pom/model.js';
import type { PomSource } from '../../../maven/pom/pom-source.js';
import { classifyVersion } from '../../../maven/version/request.js';
import { metadataMaxBytes } from '../../../network/transport/contract/limits.js';
import type { ApprovedFile, FileAddress } from '../files/file-download.js';
import type { ServedVersions } from './served-versions.js';

/** POMs and lists of versions that one session may ask for: a hostile POM could name any number. */
const standardMost = 2_000;

/** Fetches a file ahead of the tool. Rejects if it is absent or out of reach. */
export type FetchAhead = (address: FileAddress) => Promise<ApprovedFile>;

/** Ends a session that has asked for too much, or is over. */
export class AheadIsOver extends Error {
  override readonly name = 'AheadIsOver';
}

export interface AheadPomsOptions {
  readonly fetch: FetchAhead;
  readonly versions: ServedVersions;
  /** Where parsed POMs are remembered. */
  readonly cacheFolder: string;
  /** POMs that were parsed when they were fetched. Default: none. */
  readonly recent?: RecentPoms | undefined;
  /** Most POMs and lists of versions to ask for. Default: 2,000. */
  readonly most?: number | undefined;
}

export class AheadPoms implements PomSource {
  readonly #fetch: FetchAhead;
  readonly #versions: ServedVersions;
  readonly #recent: RecentPoms | undefined;
  readonly #index: PomIndex;
  readonly #most: number;
  readonly #packagings = new Map<string, string>();
  /** Told of each POM that was read. */
  onRead: (coordinate: Pick<ArtifactCoordinate, 'group' | 'artifact' | 'version'>, packaging: string) => void = () => undefined;
  #count = 0;
  #isOver = false;

  constructor({ fetch, versions, cacheFolder, recent, most = standardMost }: AheadPomsOptions) {
    this.#fetch = fetch;
    this.#versions = versions;
    this.#recent = recent;
    this.#index = new PomIndex(cacheFolder, recent);
    this.#most = most;
  }

  /** The packaging of a POM that was read; null if it was not. */
  packagingOf(group: string, artifact: string, version: string): string | null {
    return this.#packagings.get(formatLabel(group, artifact, version)) ?? null;
  }

  /** Whether it refuses further requests, since there were too many. */
  get isExhausted(): boolean {
    return this.#count >= this.#most;
  }

  /** Refuses all further requests, and keeps what was parsed for the next session. */
  end(): void {
    this.#isOver = true;
    this.#index.save();
  }

  async read(group: string, artifact: string, version: string): Promise<PomModel | null> {
    const coordinate = { group, artifact, version, extension: 'pom', classifier: '' };
    const address = addressOf(classifyVersion(version) === 'snapshot' ? await this.settle(coordinate) : coordinate);
    if (address === null) return null;
    this.#note();
    try {
      const { sha256, file } = await this.#fetch(address);
      const label = formatLabel(group, artifact, version);
      const recent = this.#recent?.find(sha256);
      if (recent !== undefined) this.#index.add(sha256, recent);
      const model = recent ?? this.#index.find(sha256) ?? (await this.#parse(file, sha256, label));
      this.#packagings.set(label, model.packaging);
      this.onRead({ group, artifact, version }, model.packaging);
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

  async versions(group: string, artifact: string): Promise<readonly string[]> {
    this.#note();
    return this.#versions.list(group, artifact);
  }

  async resolveVersion(group: string, artifact: string, version: string): Promise<string | null> {
    if (classifyVersion(version) === 'exact') return version;
    this.#note();
    return this.#versions.resolve(group, artifact, version);
  }

  /** Returns the coordinate of the file to ask for: that of the newest build, if the version is a snapshot. */
  async settle(coordinate: ArtifactCoordinate): Promise<ArtifactCoordinate> {
    if (classifyVersion(coordinate.version) === 'exact') return coordinate;
    this.#note();
    return this.#versions.settle(coordinate);
  }

  /** Counts a request. Throws if it is one too many, or the session is over. */
  #note(): void {
    if (this.#isOver || this.isExhausted) throw new AheadIsOver();
    this.#count += 1;
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
