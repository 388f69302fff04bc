/** Reads POM files by coordinate, each once. */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { formatLabel } from './label.js';
import type { PomModel } from './model.js';
import { parsePom } from './parse.js';
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
  private readonly poms = new Map<string, Promise<RawPom | null>>();
  private readonly resolved = new Map<string, Promise<string | null>>();
  private readonly listed = new Map<string, Promise<readonly string[]>>();

  constructor(private readonly source: PomSource) {}

  /**
   * Returns the POM, or null if it is absent. `RELEASE` and `LATEST` are resolved first.
   * @throws PomProblemError kind `invalid` if it cannot be parsed; ClojarsFetchError `ERR_LIMIT` after 20,000 POMs
   */
  read(group: string, artifact: string, version: string): Promise<RawPom | null> {
    const key = formatLabel(group, artifact, version);
    let pom = this.poms.get(key);
    if (pom === undefined) {
      if (this.poms.size >= maxPoms) return Promise.reject(tooMany(key));
      pom = this.load(group, artifact, version);
      // Whoever asks sees the rejection; a prefetch nobody asks about must not end the process.
      pom.catch(() => undefined);
      this.poms.set(key, pom);
    }
    return pom;
  }

  /** Resolves a symbolic version; returns any other version unchanged. */
  resolveVersion(group: string, artifact: string, version: string): Promise<string | null> {
    if (version !== 'RELEASE' && version !== 'LATEST' && !version.endsWith('SNAPSHOT')) return Promise.resolve(version);
    const key = formatLabel(group, artifact, version);
    let resolved = this.resolved.get(key);
    if (resolved === undefined) {
      resolved = this.source.resolveVersion(group, artifact, version);
      resolved.catch(() => undefined);
      this.resolved.set(key, resolved);
    }
    return resolved;
  }

  /** Returns every known version, in no particular order. */
  versions(group: string, artifact: string): Promise<readonly string[]> {
    const key = formatLabel(group, artifact, '');
    let listed = this.listed.get(key);
    if (listed === undefined) {
      listed = this.source.versions(group, artifact);
      listed.catch(() => undefined);
      this.listed.set(key, listed);
    }
    return listed;
  }

  private async load(group: string, artifact: string, version: string): Promise<RawPom | null> {
    let concrete = version;
    if (version === 'RELEASE' || version === 'LATEST') {
      const resolved = await this.resolveVersion(group, artifact, version);
      if (resolved === null) return null;
      concrete = resolved;
    }
    const found = await this.source.read(group, artifact, concrete);
    if (found === null) return null;
    return {
      group,
      artifact,
      version: concrete,
      model: found instanceof Uint8Array ? parsePom(found, formatLabel(group, artifact, concrete)) : found,
    };
  }
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
