/** Checks that a mirror served a POM, and the right one. */
import { escapeForDisplay } from '../../base/escape.js';
import { formatLabel } from '../../maven/pom/label.js';
import type { PomModel } from '../../maven/pom/model.js';
import { parsePom } from '../../maven/pom/parse.js';
import { PomProblemError } from '../../maven/pom/problem.js';
import { baseVersion } from '../../maven/version/snapshot.js';
import type { FileCheck } from '../wanted-file.js';

export interface PomCheck {
  readonly check: FileCheck;
  /** The parsed bytes with this digest, if they were checked here and are readable. Saves parsing them again. */
  modelOf(sha256: string): PomModel | null;
  /** Whether any file was rejected. */
  refused(): boolean;
}

/** Creates the check for one POM. It rejects a file that cannot be parsed or names another artifact. */
export function createPomCheck(group: string, artifact: string, version: string): PomCheck {
  const seen = new Map<string, PomModel>();
  let refused = false;
  const fault = (bytes: Uint8Array, sha256: string): string | null => {
    const label = formatLabel(group, artifact, version);
    try {
      const model = parsePom(bytes, label);
      seen.set(sha256, model);
      const stated = [model.group ?? model.parent?.group, model.artifact, model.version ?? model.parent?.version];
      const wrong = [group, artifact, version].some((wanted, index) => isOther(stated[index], wanted));
      return wrong ? `it is the POM of ${escapeForDisplay(stated.map((part) => part ?? '?').join(':'), 200)}` : null;
    } catch (error) {
      if (!(error instanceof PomProblemError)) throw error;
      return error.message;
    }
  };
  return {
    check(bytes, sha256) {
      const why = fault(bytes, sha256);
      if (why !== null) refused = true;
      return why;
    },
    modelOf: (sha256) => seen.get(sha256) ?? null,
    refused: () => refused,
  };
}

/** An omitted value, or one that is filled in later (`${…}`, a parent's range), contradicts nothing. */
function isOther(stated: string | undefined, wanted: string): boolean {
  if (stated === undefined || stated === '' || stated.includes('${') || /^[[(]/.test(stated)) return false;
  return baseVersion(stated) !== baseVersion(wanted);
}
