/**
 * What a coordinate may be made of. Its parts become names of folders and files on Linux, macOS and Windows, and parts
 * of URLs; so the rule is the strictest of them all, checked before any path is made.
 */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { isRange, parseVersionRange } from '../version/range.js';
import { classifyVersion } from '../version/request.js';
import type { ArtifactCoordinate } from './coordinate.js';

/** Longest name of a file or folder, in characters. */
export const maxSegmentLength = 255;
/** Longest path beneath a repository, in characters. */
export const maxPathLength = 1024;

type Part = 'group' | 'artifact' | 'version' | 'classifier' | 'extension';

const allowed = /^[A-Za-z0-9._+$~!='-]+$/;
/** Versions that are still to be resolved never reach a path. */
const allowedSelector = /^[A-Za-z0-9._+^~<>=|* -]+$/;
const dangerous = /[\u0000-\u001f\u007f-\u009f\ud800-\udfff<>:"|?*\\/%]/;
const deviceName = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9]|conin\$|conout\$)(?:\.|$)/i;

const hint = "Allowed are ASCII letters, digits and . _ - + $ ~ ! = ' in each part, for example org.clojure:clojure:1.11.1.";

/** The error for text that is no coordinate. `why` may not quote foreign text unescaped. */
export function coordinateError(reason: 'malformed' | 'unsafe-path', input: string, why: string): ClojarsFetchError {
  const shown = escapeForDisplay(input, 120);
  return new ClojarsFetchError('ERR_COORDINATE', {
    reason,
    message: `Invalid coordinate ${shown === '' ? '(empty)' : shown}: ${why}`,
    hint,
    coordinate: shown,
  });
}

function checkName(part: Part, name: string): void {
  const fail = (reason: 'malformed' | 'unsafe-path', why: string): never => {
    throw coordinateError(reason, name, `the ${part} ${why}`);
  };
  if (name === '') fail('malformed', 'is empty');
  if (name.length > maxPathLength) fail('malformed', `is longer than ${String(maxPathLength)} characters`);
  if (dangerous.test(name)) {
    fail('unsafe-path', 'has a character that is not safe in a path: a control character or one of < > : " | ? * \\ / %');
  }
  if (/\s/.test(name)) fail('malformed', 'has white space in it');
  if (!allowed.test(name)) fail('malformed', 'has a character that is not allowed');
  if (name.startsWith('.') || name.endsWith('.')) fail('unsafe-path', 'starts or ends with a dot');
  if ((part === 'group' || part === 'artifact') && name.includes('..')) fail('unsafe-path', 'has two dots in a row');
  if ((part === 'group' || part === 'artifact') && (name.startsWith('-') || name.startsWith('~'))) {
    fail('malformed', `starts with ${name.charAt(0)}`);
  }
  // Dots of a group separate folders.
  for (const segment of part === 'group' ? name.split('.') : [name]) {
    if (deviceName.test(segment)) fail('unsafe-path', 'uses a name that Windows reserves for a device (con, nul, com1 …)');
    if (segment.length > maxSegmentLength) fail('malformed', `has a name longer than ${String(maxSegmentLength)} characters`);
  }
}

function checkVersion(version: string): void {
  const kind = classifyVersion(version);
  if (kind === 'range') {
    if (version.length > maxPathLength) throw coordinateError('malformed', version, 'the version range is too long');
    if (/[\u0000-\u001f\u007f-\u009f:"\\/<>|?\ud800-\udfff]/.test(version)) {
      throw coordinateError('unsafe-path', version, 'the version range has a character that is not allowed in versions');
    }
    parseVersionRange(version);
    return;
  }
  if (kind === 'selector') {
    if (version.length > maxSegmentLength || !allowedSelector.test(version)) {
      throw coordinateError('malformed', version, 'the version selector is too long or has a character that is not allowed');
    }
    return;
  }
  checkName('version', version);
}

/** Longest name of a file that the coordinate leads to, checksum and signature suffixes not counted. */
function fileLength(c: ArtifactCoordinate): number {
  return c.artifact.length + 1 + c.version.length + (c.classifier === '' ? 0 : c.classifier.length + 1) + 1 + c.extension.length;
}

/**
 * Returns the coordinate, when all its parts are safe in paths and URLs.
 *
 * The version may be a range, a selector, `RELEASE` or `LATEST`. The empty classifier is none.
 *
 * @throws ClojarsFetchError `ERR_COORDINATE`, reason `malformed` (empty, white space, too long) or `unsafe-path`
 *   (traversal, separators, control characters, device names); `ERR_RANGE` for a malformed range.
 */
export function validateCoordinate(coordinate: ArtifactCoordinate): ArtifactCoordinate {
  checkName('group', coordinate.group);
  checkName('artifact', coordinate.artifact);
  checkName('extension', coordinate.extension);
  if (coordinate.classifier !== '') checkName('classifier', coordinate.classifier);
  checkVersion(coordinate.version);
  if (isRange(coordinate.version)) return coordinate;
  const file = fileLength(coordinate);
  if (file > maxSegmentLength) {
    throw coordinateError('malformed', coordinate.artifact, `its file name would be longer than ${String(maxSegmentLength)} characters`);
  }
  if (coordinate.group.length + coordinate.artifact.length + coordinate.version.length + file + 3 > maxPathLength) {
    throw coordinateError('malformed', coordinate.group, `its path would be longer than ${String(maxPathLength)} characters`);
  }
  return coordinate;
}

/** Checks one name of a group or artifact by itself, as metadata paths need it. Same errors. */
export function validateName(part: 'group' | 'artifact' | 'version', name: string): string {
  checkName(part, name);
  return name;
}
