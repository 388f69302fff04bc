/** The contract of the verbs' commands, and the checks that they share. */
import { ClojarsFetchError } from '../../base/error.js';
import { nearestWord } from '../../base/nearest-word.js';
import type { Arguments } from '../options/parse.js';
import { usageError } from '../options/usage-error.js';
import { type Verb, verbs } from '../options/verbs.js';
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
      throw usageError(
        `'${first}' is not a verb, and '${second}' is not a version of an artifact of that name`,
        `Did you mean 'clojars-fetch ${meant} ${given.words.slice(1).join(' ')}'?`,
      );
    }
  }
  if (first !== undefined) {
    if (given.verb === 'artifact') refuseSeveral(given.words);
    return given.words.join(' ');
  }
  const verb = given.verb === 'artifact' ? '' : `${given.verb} `;
  throw new ClojarsFetchError('ERR_COORDINATE', {
    reason: 'malformed',
    message: 'no coordinate was given',
    hint: `For example, run 'clojars-fetch ${verb}hiccup/hiccup${given.verb === 'artifact' ? ' 1.0.5' : ''}'; 'clojars-fetch help' lists the verbs.`,
  });
}

/** A name with its group, in a word of its own; words of a Leiningen vector or a deps.edn entry begin with other characters. */
const fullName = /^\w[\w.$-]*[/:]\w/;

/** The words would be read as one coordinate with a long version. */
function refuseSeveral([first = '', ...rest]: readonly string[]): void {
  const second = fullName.test(first) ? rest.find((word) => fullName.test(word)) : undefined;
  if (second === undefined) return;
  throw usageError(
    `only one artifact can be fetched at a time, got '${first}' and '${second}'`,
    "Run the command once for each. 'clojars-fetch deps' takes several coordinates, and fetches their dependencies too.",
  );
}

/** Builds the error for a word that is none of a verb's subcommands, or for a missing one. */
export function unknownSubcommand(verb: Verb, word: string | undefined, names: readonly string[]): ClojarsFetchError {
  const meant = word === undefined ? undefined : nearestWord(word, names);
  return usageError(
    word === undefined ? `'${verb}' needs a subcommand` : `'${verb}' has no subcommand '${word}'`,
    meant === undefined
      ? `The subcommands are ${names.join(', ')}; 'clojars-fetch ${verb} --help' explains them. For the artifact of that name, write '${verb}/${verb}'.`
      : `Did you mean 'clojars-fetch ${verb} ${meant}'?`,
  );
}

/**
 * Refuses words after a verb that takes none.
 * @throws ClojarsFetchError `ERR_CONFIG`
 */
export function refuseWords(given: Arguments): void {
  const [word] = given.words;
  if (word === undefined) return;
  throw usageError(
    `'${given.verb}' takes no further words, got '${word}'`,
    `For the artifact of that name, write '${given.verb}/${given.verb}'.`,
  );
}

/** Returns the classifiers of the files to fetch along with each artifact. */
export function attachmentsOf({ sources, javadoc }: Arguments): readonly string[] {
  return [sources ? 'sources' : [], javadoc ? 'javadoc' : []].flat();
}
