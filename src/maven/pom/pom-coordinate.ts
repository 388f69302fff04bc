/**
 * Checks that a POM states the requested coordinate, as far as a single file can tell.
 *
 * A signature binds bytes, not names: a server can deliver a properly signed POM under another coordinate.
 */
import { escapeForDisplay } from '../../base/escape.js';
import { baseVersion } from '../version/snapshot.js';
import { Interpolator } from './interpolate.js';
import { parsePom } from './parse.js';
import { PomProblemError } from './problem.js';

/** The requested POM. */
interface WantedPom {
  readonly group: string;
  readonly artifact: string;
  /** A timestamped version matches its base version, which is the version that a snapshot's POM states. */
  readonly version: string;
}

/**
 * Returns why the POM is not the requested one, or null if it is. Group and version default to those of `<parent>`; the
 * POM's own properties are filled in. A value that still contains an unresolved property (such as `${revision}` from a
 * parent POM) never matches.
 *
 * @returns the end of a sentence, escaped: 'it says that it is …'
 */
export function checkPomCoordinate(bytes: Uint8Array, wanted: WantedPom): string | null {
  const label = `${wanted.group}:${wanted.artifact}:${wanted.version}`;
  try {
    const model = parsePom(bytes, label);
    const own = {
      ...model,
      group: model.group ?? model.parent?.group,
      version: model.version ?? model.parent?.version,
    };
    const interpolator = new Interpolator(own, new Map(), label, []);
    const said = [own.group, own.artifact, own.version].map((part) => interpolator.value(part)?.trim() ?? '');
    const [group = '', artifact = '', version = ''] = said;
    if (group === wanted.group && artifact === wanted.artifact && baseVersion(version) === baseVersion(wanted.version)) return null;
    return `it says that it is ${escapeForDisplay(said.map((part) => (part === '' ? '?' : part)).join(':'))}`;
  } catch (error) {
    if (!(error instanceof PomProblemError)) throw error;
    return `it cannot be read as a POM: ${error.message}`;
  }
}
