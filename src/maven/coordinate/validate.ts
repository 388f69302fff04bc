/**
 * Checks that the parts of a coordinate are safe. They become file and folder names on Linux, macOS and Windows, and
 * parts of URLs, so the strictest of these rules applies. Checked before any path is made.
 */
import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { isRange, parseVersionRange } from '../version/range.js';
import { classifyVersion } from '../version/request.js';
import { readsAsSelector, unmarkSelector } from '../version/selector.js';
import type { ArtifactCoordinate } from './coordinate.js';
import { formatLibrary } from './format.js';
import { notationHint } from './notation-hint.js';
import { variableHint } from './variable-hint.js';

/** Longest name of a file or folder, in characters. */
export const maxSegmentLength = 255;
/** Longest path below a repository, in characters. */
export const maxPathLength = 1024;

type Part = 'group' | 'artifact' | 'version' | 'classifier' | 'extension';

const allowed = /^[A-Za-z0-9._+$~!='-]+$/;
/** Wider than {@link allowed}: a version that is yet to be resolved never reaches a path. */
const allowedSelector = /^[A-Za-z0-9._+^~<>=|* -]+$/;
const dangerous = /[\u0000-\u001f\u007f-\u009f\ud800-\udfff<>:"|?*\\/%]/;
const deviceName = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9]|conin\$|conout\$)(?:\.|$)/i;

const hint = "Each part may contain ASCII letters, digits and . _ - + $ ~ ! = ', as in org.clojure:clojure:1.11.1.";

/** Creates the error for text that is not a coordinate. `why` must escape any foreign text it quotes. */
export function coordinateError(
  reason: 'malformed' | 'unsafe-path',
  input: string,
  why: string,
  ownHint: string = variableHint(input) ?? notationHint(input) ?? hint,
): ClojarsFetchError {
  const shown = escapeForDisplay(input, 120);
  return new ClojarsFetchError('ERR_COORDINATE', {
    reason,
    message: `invalid coordinate ${shown === '' ? '(empty)' : shown}: ${why}`,
    hint: ownHint,
    coordinate: shown,
  });
}

/** @param input the text that the part comes from, for the message */
function checkName(part: Part, name: string, input = name): void {
  if (!goodNames(part).has(name)) checkNewName(part, name, input);
}

function checkNewName(part: Part, name: string, input: string): void {
  const fail = (reason: 'malformed' | 'unsafe-path', why: string): never => {
    throw coordinateError(reason, input, `the ${part} ${why}`);
  };
  if (name === '') fail('malformed', 'is empty');
  if (name.length > maxPathLength) fail('malformed', `is longer than ${String(maxPathLength)} characters`);
  if (dangerous.test(name)) {
    fail('unsafe-path', 'contains a character that is not safe in a path: a control character or one of < > : " | ? * \\ / %');
  }
  if (/\s/.test(name)) fail('malformed', 'contains white space');
  if (!allowed.test(name)) fail('malformed', 'contains a character that is not allowed');
  if (name.startsWith('.') || name.endsWith('.')) fail('unsafe-path', 'starts or ends with a dot');
  if ((part === 'group' || part === 'artifact') && name.includes('..')) fail('unsafe-path', 'has two dots in a row');
  if ((part === 'group' || part === 'artifact') && (name.startsWith('-') || name.startsWith('~'))) {
    fail('malformed', `starts with ${name.charAt(0)}`);
  }
  // The dots in a group become folder separators.
  for (const segment of part === 'group' ? name.split('.') : [name]) {
    if (deviceName.test(segment)) fail('unsafe-path', 'uses a name that Windows reserves for a device (con, nul, com1 …)');
    if (segment.length > maxSegmentLength) fail('malformed', `has a name longer than ${String(maxSegmentLength)} characters`);
  }
  const good = goodNames(part);
  if (good.size >= mostGoodNames) good.clear();
  good.add(name);
}

/** Names that passed: each coordinate is checked several times on its way. */
const goodByPart = new Map<Part, Set<string>>();
const mostGoodNames = 4096;

function goodNames(part: Part): Set<string> {
  let names = goodByPart.get(part);
  if (names === undefined) goodByPart.set(part, (names = new Set()));
  return names;
}

/** Checks a version. Error messages name `input`. */
function checkVersion(coordinate: ArtifactCoordinate, input = unmarkSelector(coordinate.version)): void {
  const { version } = coordinate;
  if (goodNames('version').has(version)) return;
  const kind = classifyVersion(version);
  if (kind === 'range') {
    if (version.length > maxPathLength) throw coordinateError('malformed', input, 'the version range is too long');
    if (/[\u0000-\u001f\u007f-\u009f:"\\/<>|?\ud800-\udfff]/.test(version)) {
      throw coordinateError('unsafe-path', input, 'the version range contains a character that is not allowed in versions');
    }
    parseVersionRange(version);
    return;
  }
  if (kind === 'selector') {
    const text = unmarkSelector(version);
    if (text.length > maxSegmentLength || !allowedSelector.test(text)) {
      throw coordinateError('malformed', input, 'the version selector is too long or contains a character that is not allowed');
    }
    return;
  }
  if (readsAsSelector(version) && allowedSelector.test(version) && !isName('version', version)) {
    const selector = escapeForDisplay(`${formatLibrary(coordinate)}@${version}`, 120);
    throw coordinateError('malformed', input, 'a version selector is written after an @', `Write \`${selector}\`.`);
  }
  checkName('version', version, input);
}

/** Returns the length of the artifact's file name, without checksum and signature suffixes. */
function fileLength(c: ArtifactCoordinate): number {
  return c.artifact.length + 1 + c.version.length + (c.classifier === '' ? 0 : c.classifier.length + 1) + 1 + c.extension.length;
}

/**
 * Returns the coordinate if all its parts are safe in paths and URLs.
 *
 * The version may be a range, a selector, `RELEASE` or `LATEST`. The empty classifier means no classifier.
 *
 * @param input the text that the coordinate was read from, which errors name; default: the part that is wrong
 * @throws ClojarsFetchError `ERR_COORDINATE`, reason `malformed` (empty, white space, too long) or `unsafe-path`
 *   (traversal, separators, control characters, device names); `ERR_RANGE` for a malformed range.
 */
export function validateCoordinate(coordinate: ArtifactCoordinate, input?: string): ArtifactCoordinate {
  checkName('group', coordinate.group, input);
  checkName('artifact', coordinate.artifact, input);
  checkName('extension', coordinate.extension, input);
  if (coordinate.classifier !== '') checkName('classifier', coordinate.classifier, input);
  checkVersion(coordinate, input);
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

/** Checks a single part, as metadata paths need it. Throws the same errors as `validateCoordinate`. */
export function validateName(part: 'group' | 'artifact' | 'version', name: string): string {
  checkName(part, name);
  return name;
}

/** Whether a text can be the version of a file: not a range, not a keyword, and safe in a path. */
export function isVersionName(text: string): boolean {
  const kind = classifyVersion(text);
  return (kind === 'exact' || kind === 'snapshot') && isName('version', text);
}

function isName(part: Part, text: string): boolean {
  try {
    checkName(part, text);
    return true;
  } catch (error) {
    if (isClojarsFetchError(error)) return false;
    throw error;
  }
}
