/**
 * Parses coordinates in every form that Clojure and Maven users write:
 *
 * `org/lib 1.0` · `org/lib@^1.2` · `lib` (= `lib/lib`) · `g:a[:ext[:classifier]]:v` · `pkg:maven/g/a@v?type=…` ·
 * `[org/lib "1.0" :exclusions […]]` · `org/lib {:mvn/version "1.0"}`.
 */
import { afterAt, isMarkedSelector, markSelector, readsAsSelector, unmarkSelector } from '../version/selector.js';
import { type ArtifactCoordinate, completeCoordinate, type Coordinate, type Dependency, type Exclusion } from './coordinate.js';
import { type DependencyParts, parseEdnDependency, splitName } from './parse-edn.js';
import { coordinateError, validateCoordinate, validateName } from './validate.js';

/** A dependency whose coordinate has every default filled in. */
export type ParsedDependency = ArtifactCoordinate & Pick<Dependency, 'scope' | 'optional' | 'exclusions'>;

/** Longest accepted text, in characters. Generous, because a vector may carry many exclusions. */
const maxTextLength = 16_384;

/** A text's parts. The version is plain unless it stands apart: after an `@` or white space, where a selector may be written. */
interface TextParts extends DependencyParts {
  readonly isVersionApart?: boolean;
}

/** Splits `name 1.0` or `name@1.0`; the version may hold spaces (`>=1.0 <2.0`). After an `@`, `4.x` is a selector. */
function splitVersion(text: string): { name: string; version: string | null } {
  const at = text.search(/[\s@]/);
  if (at < 0) return { name: text, version: null };
  const version = text.slice(at + 1).trim();
  return { name: text.slice(0, at), version: text.charAt(at) === '@' ? afterAt(version) : version };
}

function parseColons(text: string): TextParts {
  const parts = text.split(':');
  if (parts.length > 5) throw new SyntaxError('it has more than five parts between colons');
  const [group = '', second = '', third, fourth, fifth] = parts;
  if (third === undefined) {
    const { name, version } = splitVersion(second);
    return { group, artifact: name, version, isVersionApart: true };
  }
  if (fourth === undefined) return { group, artifact: second, version: third };
  if (fifth === undefined) return { group, artifact: second, extension: third, version: fourth };
  return { group, artifact: second, extension: third, classifier: fourth, version: fifth };
}

/** Source of the rule: the package-URL specification, types `maven` and `clojars`. */
function parsePackageUrl(text: string): TextParts {
  const match = /^pkg:\/*(maven|clojars)\/([^?#@]+)(?:@([^?#]*))?(?:\?([^#]*))?(?:#.*)?$/i.exec(text);
  const [, type = '', path, version, query = ''] = match ?? [];
  if (path === undefined) throw new SyntaxError('a package URL is written pkg:maven/group/artifact@version');
  const decode = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw new SyntaxError('its percent-encoding is broken');
    }
  };
  const [first = '', second, ...rest] = path.split('/').map(decode);
  if (rest.length > 0 || (second === undefined && type.toLowerCase() === 'maven')) {
    throw new SyntaxError('a package URL is written pkg:maven/group/artifact@version');
  }
  const qualifiers = new Map<string, string>();
  for (const pair of query.split('&').filter((part) => part !== '')) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new SyntaxError('its qualifiers are written name=value');
    qualifiers.set(pair.slice(0, equals).toLowerCase(), decode(pair.slice(equals + 1)));
  }
  const extension = qualifiers.get('type');
  return {
    group: first,
    artifact: second ?? first,
    version: version === undefined ? null : decode(version),
    isVersionApart: true,
    classifier: qualifiers.get('classifier') ?? '',
    extension,
  };
}

function parseParts(text: string): TextParts {
  // The slash distinguishes a package URL from a group named pkg.
  if (/^pkg:[^:]*\//i.test(text)) return parsePackageUrl(text);
  if (text.startsWith('[') || /^[^\s:{]*\s*\{/.test(text)) return parseEdnDependency(text);
  if (text.includes(':')) return parseColons(text);
  const { name, version } = splitVersion(text);
  return { ...splitName(name), version, isVersionApart: true };
}

/**
 * Returns the version, marked if it is a selector.
 *
 * @param input the text that the version was read from, which errors name; default: the version
 * @throws ClojarsFetchError `ERR_COORDINATE` if the text already carries the mark: users cannot write it.
 */
export function requestedVersion({ version, plainVersion }: Pick<Coordinate, 'version' | 'plainVersion'>, input = version): string {
  if (isMarkedSelector(version)) throw coordinateError('malformed', input, 'the version contains a character that is not allowed');
  return plainVersion === true ? version : markSelector(version);
}

function checkExclusion(exclusion: Exclusion): void {
  if (exclusion.group !== '*') validateName('group', exclusion.group);
  if (exclusion.artifact !== '*') validateName('artifact', exclusion.artifact);
}

/**
 * Parses a dependency, marking its selector: a coordinate in any form, with scope, optional flag and exclusions if the form has them.
 *
 * @param version used if the text has no version; `RELEASE` if both are missing. Giving both is an error.
 * @throws ClojarsFetchError as `parseCoordinate`.
 */
export function parseDependency(text: string, version?: string): ParsedDependency {
  const trimmed = text.length > maxTextLength ? text : text.trim();
  if (trimmed.length > maxTextLength) throw coordinateError('malformed', text, `it is longer than ${String(maxTextLength)} characters`);
  if (trimmed === '') throw coordinateError('malformed', text, 'the text is empty');
  let parts: TextParts;
  try {
    parts = parseParts(trimmed);
  } catch (error) {
    if (error instanceof SyntaxError) throw coordinateError('malformed', text, error.message);
    throw error;
  }
  if (version !== undefined && parts.version !== null) {
    throw coordinateError('malformed', text, 'the version is given twice');
  }
  const { group, artifact, classifier, extension, scope, optional, exclusions } = parts;
  const coordinate = completeCoordinate({
    group,
    artifact,
    version: requestedVersion(
      { version: parts.version ?? version?.trim() ?? 'RELEASE', plainVersion: parts.version !== null && parts.isVersionApart !== true },
      trimmed,
    ),
    extension,
    classifier,
  });
  validateCoordinate(coordinate, trimmed);
  exclusions?.forEach(checkExclusion);
  return {
    ...coordinate,
    scope,
    optional,
    exclusions,
  };
}

/** Whether a text accepted by {@link parseDependency} names its file, by an extension or a classifier. */
export function namesFile(text: string): boolean {
  const { extension, classifier = '' } = parseParts(text.trim());
  return extension !== undefined || classifier !== '';
}

/**
 * Parses a coordinate in any form. A missing version becomes `RELEASE`. `plainVersion` is set only for a plain version that reads as a
 * selector, as in `g:a:~1`.
 *
 * @param version a version given separately from the text (a second word on the command line).
 * @throws ClojarsFetchError `ERR_COORDINATE`, reason `malformed` or `unsafe-path`; `ERR_RANGE` for a malformed range.
 */
export function parseCoordinate(text: string, version?: string): ArtifactCoordinate & Pick<Coordinate, 'plainVersion'> {
  const coordinate = completeCoordinate(parseDependency(text, version));
  if (readsAsSelector(coordinate.version)) return { ...coordinate, plainVersion: true };
  return { ...coordinate, version: unmarkSelector(coordinate.version) };
}
