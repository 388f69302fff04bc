/** Reads the artifacts that `--update` names. */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { nearestWord } from '../../base/nearest-word.js';
import { artifactOf, type Lockfile } from './lockfile.js';

export interface Updates {
  includes(group: string, artifact: string): boolean;
  /** As given. */
  readonly names: readonly string[];
}

/**
 * Reads `group/artifact`, `group:artifact`, `lib` (for `lib/lib`), `group/*` and `*`.
 *
 * @param lockfile the locked files: a name that matches none of them is a mistake
 * @throws ClojarsFetchError ERR_CONFIG, `bad-value`
 */
export function parseUpdates(names: readonly string[], lockfile: Lockfile, source: string): Updates {
  const known = new Map(lockfile.files.map(({ path }) => artifactOf(path)).map((one) => [`${one.group}/${one.artifact}`, one]));
  const tests = names.map((text) => {
    const [group = '', artifact = group, ...more] = text.split(/[/:]/);
    const bad = (message: string, hint: string): ClojarsFetchError =>
      new ClojarsFetchError('ERR_CONFIG', { reason: 'bad-value', message, hint });
    if (group === '' || artifact === '' || more.length > 0)
      throw bad(
        `--update must name an artifact without its version, got '${escapeForDisplay(text)}'`,
        "For example, write '--update org.clojure/clojure', '--update org.clojure/*', or '--update *' for everything.",
      );
    const test = (ofGroup: string, name: string): boolean =>
      (group === '*' || group === ofGroup) && (artifact === '*' || artifact === name);
    if (group !== '*' && ![...known.values()].some((one) => test(one.group, one.artifact))) {
      const meant = nearestWord(`${group}/${artifact}`, [...known.keys()]);
      throw bad(
        `${source} has no file of ${escapeForDisplay(`${group}/${artifact}`)}, so there is nothing to update`,
        meant === undefined ? 'New artifacts are locked without --update.' : `Did you mean '${meant}'?`,
      );
    }
    return test;
  });
  return { names, includes: (group, artifact) => tests.some((test) => test(group, artifact)) };
}
