/** Whether what a mirror served as a POM is one, and the right one. */
import { escapeForDisplay } from '../../base/escape.js';
import { formatLabel } from '../../maven/pom/label.js';
import type { PomModel } from '../../maven/pom/model.js';
import { parsePom } from '../../maven/pom/parse.js';
import { PomProblemError } from '../../maven/pom/problem.js';
import { baseVersion } from '../../maven/version/snapshot.js';
import type { FileCheck } from '../wanted-file.js';

export interface PomCheck {
  readonly check: FileCheck;
  /** What the bytes with that digest say, if they passed through here and could be read: they need not be read again. */
  modelOf(sha256: string): PomModel | null;
  /** Whether anything was found useless. */
  refused(): boolean;
}

/** A check for one POM. It cannot be read, or says that it is another artifact's: useless. */
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

/** What is left out or filled in later (`${…}`, a parent's range) contradicts nothing. */
function isOther(stated: string | undefined, wanted: string): boolean {
  if (stated === undefined || stated === '' || stated.includes('${') || /^[[(]/.test(stated)) return false;
  return baseVersion(stated) !== baseVersion(wanted);
}
