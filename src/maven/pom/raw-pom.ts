/** Reads POM files by coordinate, each once. */
import { OnceByKey } from '../../base/async/once-by-key.js';
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { formatLabel } from './label.js';
import type { PomModel } from './model.js';
import type { PomSource } from './pom-source.js';

/** The largest closures of public repositories read a few thousand POMs; more than this comes from a server that invents them. */
const maxPoms = 20_000;

/** A POM that was found. */
export interface RawPom {
  readonly group: string;
  readonly artifact: string;
  /** As in the graph, with `RELEASE` and `LATEST` resolved. */
  readonly version: string;
  readonly model: PomModel;
}

/** Remembers every answer of the source, including failures, for one resolution. */
export class RawPoms {
  readonly #source: PomSource;
  readonly #poms = new OnceByKey<string, RawPom | null>({ keepFailures: true });
  /** Those that were there at once. */
  readonly #ready = new Map<string, RawPom>();
  readonly #resolved = new OnceByKey<string, string | null>({ keepFailures: true });
  readonly #listed = new OnceByKey<string, readonly string[]>({ keepFailures: true });

  constructor(source: PomSource) {
    this.#source = source;
  }

  /**
   * Returns the POM, or null if it is absent. `RELEASE` and `LATEST` are resolved first.
   * @throws PomProblemError kind `invalid` if it cannot be parsed; ClojarsFetchError `ERR_LIMIT` after 20,000 POMs
   */
  read(group: string, artifact: string, version: string): Promise<RawPom | null> {
    const key = formatLabel(group, artifact, version);
    const ready = this.#ready.get(key);
    if (ready !== undefined) return Promise.resolve(ready);
    if (this.#isFull && !this.#poms.has(key)) return Promise.reject(tooMany(key));
    return this.#poms.get(key, () => this.#load(group, artifact, version));
  }

  /** Returns the POM if it takes no waiting to read it, otherwise undefined. */
  readNow(group: string, artifact: string, version: string): RawPom | undefined {
    const key = formatLabel(group, artifact, version);
    const ready = this.#ready.get(key);
    if (ready !== undefined) return ready;
    if (this.#isFull || this.#poms.has(key) || isSymbolic(version)) return undefined;
    const model = this.#source.readNow?.(group, artifact, version);
    if (model === undefined) return undefined;
    const raw = { group, artifact, version, model };
    this.#ready.set(key, raw);
    return raw;
  }

  get #isFull(): boolean {
    return this.#poms.size + this.#ready.size >= maxPoms;
  }

  /** Resolves a symbolic version; returns any other version unchanged. */
  resolveVersion(group: string, artifact: string, version: string): Promise<string | null> {
    if (!isSymbolic(version) && !version.endsWith('SNAPSHOT')) return Promise.resolve(version);
    const key = formatLabel(group, artifact, version);
    return this.#resolved.get(key, () => this.#source.resolveVersion(group, artifact, version));
  }

  /** Returns every known version, in no particular order. */
  versions(group: string, artifact: string): Promise<readonly string[]> {
    return this.#listed.get(formatLabel(group, artifact, ''), () => this.#source.versions(group, artifact));
  }

  async #load(group: string, artifact: string, requested: string): Promise<RawPom | null> {
    const version = isSymbolic(requested) ? await this.resolveVersion(group, artifact, requested) : requested;
    if (version === null) return null;
    const model = await this.#source.read(group, artifact, version);
    return model === null ? null : { group, artifact, version, model };
  }
}

function isSymbolic(version: string): boolean {
  return version === 'RELEASE' || version === 'LATEST';
}

function tooMany(label: string): ClojarsFetchError {
  const coordinate = escapeForDisplay(label, 300);
  return new ClojarsFetchError('ERR_LIMIT', {
    reason: 'too-large',
    coordinate,
    message: `${coordinate}: the closure needs more than ${maxPoms} POMs`,
    hint: 'No real closure needs so many: check the repository that serves them.',
  });
}
