/**
 * Parses the patterns of pgpverify's key maps: `group:artifact:packaging:version`.
 *
 * Source of the rule: pgpverify-maven-plugin, `ArtifactPattern` and `keysmap-format.md`. All parts ignore case. Two quirks of the plugin
 * are not copied: it treats the dots before a final `.*` as any character, and of five parts
 * (`group:artifact:packaging:classifier:version`, as in its public key map) it drops everything after the artifact.
 */
import { isClojarsFetchError } from '../../../base/error.js';
import { escapeForDisplay } from '../../../base/escape.js';
import { isRange, parseVersionRange } from '../../../maven/version/range.js';
import { baseVersion } from '../../../maven/version/snapshot.js';
import type { SignedSubject } from '../../signed-subject.js';
import type { SubjectPattern } from '../model/key-map.js';
import { compileRegularExpression, RegularExpressionError, type TextMatcher } from '../model/regular-expression.js';

/** Thrown for text that is not a pattern. The message is a clause, escaped. */
export class KeysMapPatternError extends Error {
  override readonly name = 'KeysMapPatternError';
}

const anything: TextMatcher = () => true;
const partRule = /^[a-z0-9_.*-]*$/;

/**
 * Compares the packaging with the file's extension, and a timestamped version by its base version.
 * @throws KeysMapPatternError
 */
export function parseKeysMapPattern(text: string): SubjectPattern {
  const written = text.split(':').map((part) => part.trim());
  const parts = written.map((part) => part.toLowerCase());
  if (parts.length > 5)
    throw new KeysMapPatternError(`${escapeForDisplay(text)} has more than five parts; a pattern reads group:artifact:packaging:version`);
  const [group = '', artifact = '', third = ''] = parts;
  if (group === '') throw new KeysMapPatternError('it names no group; write * where any group is meant');
  // With three parts, the third is a packaging if it has only letters.
  const isPackaging = parts.length > 3 || /^[a-z]+$/.test(third);
  const matchesGroup = glob(group, text);
  const matchesArtifact = glob(artifact, text);
  const matchesPackaging = isPackaging ? glob(third, text) : anything;
  const matchesVersion = versionMatcher(written[parts.length === 5 ? 4 : isPackaging ? 3 : 2] ?? '');
  const matchesClassifier = parts.length === 5 ? glob(parts[3] ?? '', text) : anything;
  return {
    text,
    group: group.includes('*') ? null : group,
    matches: (subject: SignedSubject) =>
      matchesGroup(subject.group.toLowerCase()) &&
      matchesArtifact(subject.artifact.toLowerCase()) &&
      matchesPackaging(subject.extension.toLowerCase()) &&
      matchesClassifier(subject.classifier.toLowerCase()) &&
      matchesVersion(baseVersion(subject.version).toLowerCase()),
  };
}

/** Compiles a glob: `*` matches any text; a final `.*` matches the group itself and all its subgroups. */
function glob(pattern: string, whole: string): TextMatcher {
  if (!partRule.test(pattern))
    throw new KeysMapPatternError(`${escapeForDisplay(whole)} holds characters that no group, artifact or packaging has`);
  if (pattern === '' || pattern === '*') return anything;
  if (!pattern.includes('*')) return (text) => text === pattern;
  const beneath = pattern.endsWith('.*');
  const start = beneath ? pattern.slice(0, -2) : pattern;
  // Fast path for nearly every pattern, without an automaton: each file is tested against whole maps of these.
  if (beneath && !start.includes('*')) return (text) => text === start || (text.startsWith(`${start}.`) && text.length > start.length + 1);
  const expression = start.replaceAll('.', '\\.').replaceAll('*', '.*') + (beneath ? '(?:\\..+)?' : '');
  return compile(expression);
}

function versionMatcher(spec: string): TextMatcher {
  if (spec === '' || spec === '*') return anything;
  if (spec.startsWith('~')) return compile(readableExpression(spec.slice(1)));
  if (spec.startsWith('!~')) {
    const matches = compile(readableExpression(spec.slice(2)));
    return (version) => !matches(version);
  }
  if (spec.includes('*'))
    throw new KeysMapPatternError(
      `the version ${escapeForDisplay(spec)} holds a *; write a range such as [1.0,1.1), or a regular expression after ~`,
    );
  if (!isRange(spec)) {
    const wanted = spec.toLowerCase();
    return (version) => version === wanted;
  }
  try {
    const range = parseVersionRange(spec);
    return (version) => range.contains(version);
  } catch (error) {
    throw new KeysMapPatternError(isClojarsFetchError(error) ? error.message : 'its version range is malformed', { cause: error });
  }
}

/** The plugin lower-cases an expression before parsing it, which turns `\D` into its opposite `\d`: neither reading is safe. */
function readableExpression(expression: string): string {
  const negated = /\\[DWS]/.exec(expression);
  if (negated !== null)
    throw new KeysMapPatternError(
      `the regular expression ${escapeForDisplay(expression)} holds ${negated[0]}, which pgpverify reads as ${negated[0].toLowerCase()}; write [^…] instead`,
    );
  return expression;
}

function compile(expression: string): TextMatcher {
  try {
    return compileRegularExpression(expression, { ignoreCase: true });
  } catch (error) {
    if (error instanceof RegularExpressionError) throw new KeysMapPatternError(`the regular expression ${error.message}`, { cause: error });
    throw error;
  }
}
