/**
 * Whether a POM is the one that was asked for, by its own words: `effective` as far as one file can say it.
 *
 * A signature binds bytes, not names. A server can hand out a POM that is signed well under another coordinate.
 */
import { escapeForDisplay } from '../../base/escape.js';
import { baseVersion } from '../version/snapshot.js';
import { Interpolator } from './interpolate.js';
import { parsePom } from './parse.js';
import { PomProblemError } from './problem.js';

/** What was asked for. */
interface WantedPom {
  readonly group: string;
  readonly artifact: string;
  /** A timestamped version counts as its base version: that is what a snapshot's POM says. */
  readonly version: string;
}

/**
 * Why the POM is another one than the one wanted, or null. Group and version are inherited from `<parent>` where the
 * POM does not say them; its own properties are filled in. What it leaves to somebody else's properties (`${revision}`
 * of a parent that is another file) names nothing, and so does not name what was wanted.
 *
 * @returns a sentence's end: 'it says that it is …', escaped
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
