/** What a verb's command is given, and what they share. */
import { ClojarsFetchError } from '../../base/error.js';
import { nearestWord } from '../../base/nearest-word.js';
import type { Arguments } from '../options/parse.js';
import { verbs } from '../options/verbs.js';
import type { ExitCode } from '../output/exit-code.js';
import type { Output } from '../output/output.js';

/** What a command gets. */
export interface Context {
  readonly given: Arguments;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Runs one verb; what it throws is printed and becomes the exit code. */
export type Command = (context: Context) => Promise<ExitCode>;

/**
 * @throws ClojarsFetchError `ERR_COORDINATE` when no coordinate was given, `ERR_CONFIG` for a misspelt verb.
 */
export function coordinateOf(given: Arguments): string {
  const [first, second] = given.words;
  if (given.verb === 'artifact' && first !== undefined && second !== undefined && /[/:]/.test(second)) {
    // Two names and no version: the first was meant to be a verb.
    const meant = nearestWord(first, verbs);
    if (meant !== undefined) {
      throw new ClojarsFetchError('ERR_CONFIG', {
        reason: 'bad-value',
        message: `'${first}' is not a verb, and '${second}' is not a version of an artifact of that name`,
        hint: `did you mean 'clojars-fetch ${meant} ${given.words.slice(1).join(' ')}'?`,
      });
    }
  }
  if (first !== undefined) return given.words.join(' ');
  const verb = given.verb === 'artifact' ? '' : `${given.verb} `;
  throw new ClojarsFetchError('ERR_COORDINATE', {
    reason: 'malformed',
    message: 'no coordinate was given',
    hint: `for example 'clojars-fetch ${verb}hiccup/hiccup${given.verb === 'artifact' ? ' 1.0.5' : ''}'; 'clojars-fetch help' lists the verbs and options`,
  });
}

/** @throws ClojarsFetchError `ERR_CONFIG` when a verb that takes no words got some. */
export function refuseWords(given: Arguments): void {
  const [word] = given.words;
  if (word === undefined) return;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `'${given.verb}' takes no further words, got '${word}'`,
    hint: `for the artifact of that name write '${given.verb}/${given.verb}'`,
  });
}
