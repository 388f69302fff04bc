/** The contract of the verbs' commands, and the checks that they share. */
import { ClojarsFetchError } from '../../base/error.js';
import { nearestWord } from '../../base/nearest-word.js';
import type { Arguments } from '../options/parse.js';
import { verbs } from '../options/verbs.js';
import type { Output } from '../output/output.js';

/** One call of a command. */
export interface CommandCall {
  readonly given: Arguments;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Calls back for each SIGHUP, which otherwise ends the process. */
  readonly onHangUp: (listener: () => void) => void;
}

/** Runs one verb, and returns the exit code: one of ours, or that of the command that `exec` runs. An error that it throws decides it. */
export type Command = (call: CommandCall) => Promise<number>;

/**
 * Returns the words as one coordinate.
 * @throws ClojarsFetchError `ERR_COORDINATE` if no coordinate was given, `ERR_CONFIG` for a misspelt verb.
 */
export function coordinateOf(given: Arguments): string {
  const [first, second] = given.words;
  if (given.verb === 'artifact' && first !== undefined && second !== undefined && /[/:]|^[a-z]+$/.test(second)) {
    // Two names and no version, or the name of a subcommand: the first was meant to be a verb.
    const meant = nearestWord(first, second === 'check' ? verbs : verbs.filter((verb) => verb !== 'mirrors'));
    if (meant !== undefined) {
      throw new ClojarsFetchError('ERR_CONFIG', {
        reason: 'bad-value',
        message: `'${first}' is not a verb, and '${second}' is not a version of an artifact of that name`,
        hint: `Did you mean 'clojars-fetch ${meant} ${given.words.slice(1).join(' ')}'?`,
      });
    }
  }
  if (first !== undefined) return given.words.join(' ');
  const verb = given.verb === 'artifact' ? '' : `${given.verb} `;
  throw new ClojarsFetchError('ERR_COORDINATE', {
    reason: 'malformed',
    message: 'no coordinate was given',
    hint: `For example, run 'clojars-fetch ${verb}hiccup/hiccup${given.verb === 'artifact' ? ' 1.0.5' : ''}'; 'clojars-fetch help' lists the verbs and options.`,
  });
}

/**
 * Refuses words after a verb that takes none.
 * @throws ClojarsFetchError `ERR_CONFIG`
 */
export function refuseWords(given: Arguments): void {
  const [word] = given.words;
  if (word === undefined) return;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `'${given.verb}' takes no further words, got '${word}'`,
    hint: `For the artifact of that name, write '${given.verb}/${given.verb}'.`,
  });
}

/** Returns the classifiers of the files to fetch along with each artifact. */
export function attachmentsOf({ sources, javadoc }: Arguments): readonly string[] {
  return [sources ? 'sources' : [], javadoc ? 'javadoc' : []].flat();
}
