/** Checks that a mirror served a POM, and the wanted one. */
import { escapeForDisplay } from '../../base/escape.js';
import { formatLabel } from '../../maven/pom/label.js';
import type { PomModel } from '../../maven/pom/model.js';
import { PomProblemError } from '../../maven/pom/problem.js';
import { baseVersion } from '../../maven/version/snapshot.js';
import type { FileCheck } from '../wanted-file.js';
import { type PomParser, pomParser } from './pom-parser.js';

/** The check of one POM. It rejects a file that cannot be parsed or names another artifact. */
export class PomCheck {
  readonly #wanted: readonly [group: string, artifact: string, version: string];
  #seen: Map<string, PomModel> | null = null;
  #hasRefused = false;

  constructor(group: string, artifact: string, version: string) {
    this.#wanted = [group, artifact, version];
  }

  /** Whether any file was rejected. */
  get hasRefused(): boolean {
    return this.#hasRefused;
  }

  readonly check: FileCheck = async (bytes, sha256) => {
    const why = this.#faultOf(await pomParser(), bytes, sha256);
    if (why !== null) this.#hasRefused = true;
    return why;
  };

  /** Returns the parsed POM of the bytes with this digest if they were checked here and are readable. Saves parsing them again. */
  modelOf(sha256: string): PomModel | null {
    return this.#seen?.get(sha256) ?? null;
  }

  #faultOf(parsePom: PomParser, bytes: Uint8Array, sha256: string): string | null {
    try {
      const model = parsePom(bytes, formatLabel(...this.#wanted));
      (this.#seen ??= new Map<string, PomModel>()).set(sha256, model);
      const stated = [model.group ?? model.parent?.group, model.artifact, model.version ?? model.parent?.version];
      const isWrong = this.#wanted.some((wanted, index) => isOther(stated[index], wanted));
      return isWrong ? `it is the POM of ${escapeForDisplay(stated.map((part) => part ?? '?').join(':'), 200)}` : null;
    } catch (error) {
      if (!(error instanceof PomProblemError)) throw error;
      return error.message;
    }
  }
}

/** An omitted value, or one that is filled in later (`${…}`, a parent's range), contradicts nothing. */
function isOther(stated: string | undefined, wanted: string): boolean {
  if (stated === undefined || stated === '' || stated.includes('${') || /^[[(]/.test(stated)) return false;
  return baseVersion(stated) !== baseVersion(wanted);
}
