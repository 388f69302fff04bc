/**
 * Decides which mirror of a build file covers a repository. Source of the rule: pomegranate 1.1 `mirror-selector-fn`: a
 * pattern must match the whole name or the whole URL, and an entry whose value is nil takes a repository out of the others.
 */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { ProjectMirror, ProjectModel } from '../../maven/build-file/model/model.js';
import { compileRegularExpression, RegularExpressionError } from '../../proof/key-map/model/regular-expression.js';

/** A repository, and its name in the file or in the tool. */
interface Named {
  readonly url: string;
  readonly written: string;
}

/** Returns the mirror, if there is one. @throws ClojarsFetchError ERR_CONFIG for a pattern that cannot be followed */
export function mirrorOf({ url, written }: Named, { mirrors, file }: Pick<ProjectModel, 'mirrors' | 'file'>): ProjectMirror | undefined {
  const texts = [written, url, url.replace(/\/$/, '')];
  const covering = mirrors.filter((mirror) => {
    const test = matcherOf(mirror, file);
    return texts.some(test);
  });
  return covering.some((mirror) => mirror.url === '') ? undefined : covering[0];
}

function matcherOf({ match: { kind, text } }: ProjectMirror, file: string): (text: string) => boolean {
  if (kind === 'text') return (other) => other === text;
  try {
    return compilePattern(text);
  } catch (cause) {
    if (!(cause instanceof RegularExpressionError)) throw cause;
    // Skipping the mirror would send requests around it.
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      setting: 'mirrors',
      path: file,
      message: `${escapeForDisplay(file, 300)}: the pattern of a mirror is not supported: ${cause.message}`,
      hint: 'Name the repositories, as in #"central|clojars", or name those to leave out at the start: #"(?!private).*".',
      cause,
    });
  }
}

/** Compiles a pattern that may start with look-aheads, which people use for "all but": `^(?!private).*$`. */
function compilePattern(pattern: string): (text: string) => boolean {
  const start = /^(?:\(\?i\))?\^?(?=\(\?[!=])/.exec(pattern);
  if (start === null) return compileRegularExpression(pattern, { ignoreCase: false });
  const flags = start[0].replace('^', '');
  const from = start[0].length;
  const end = endOfGroup(pattern, from);
  const ahead = compileRegularExpression(`${flags}(?:${pattern.slice(from + 3, end)}).*`, { ignoreCase: false });
  const wanted = pattern[from + 2] === '=';
  const rest = compilePattern(flags + pattern.slice(end + 1));
  return (text) => ahead(text) === wanted && rest(text);
}

/** Returns the index of the parenthesis that closes the one at `from`. */
function endOfGroup(pattern: string, from: number): number {
  let depth = 0;
  for (let index = from; index < pattern.length; index += 1) {
    const character = pattern[index];
    if (character === '\\') index += 1;
    else if (character === '(') depth += 1;
    else if (character === ')' && (depth -= 1) === 0) return index;
  }
  return pattern.length;
}
