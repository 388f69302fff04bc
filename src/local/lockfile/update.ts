/** Which artifacts `--update` names. */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { nearestWord } from '../../base/nearest-word.js';
import type { Lockfile } from './lockfile.js';

export interface Updates {
  includes(group: string, artifact: string): boolean;
  /** As they were given. */
  readonly names: readonly string[];
}

/**
 * Reads `group/artifact`, `group:artifact`, `lib` (for `lib/lib`), `group/*` and `*`.
 *
 * @param lockfile what is locked: a name that it does not know is a slip
 * @throws ClojarsFetchError ERR_CONFIG, `bad-value`
 */
export function parseUpdates(names: readonly string[], lockfile: Lockfile, source: string): Updates {
  const known = new Set(lockfile.files.map(({ path }) => nameOf(path)));
  const tests = names.map((text) => {
    const [group = '', artifact = group, ...more] = text.split(/[/:]/);
    const bad = (message: string, hint: string): ClojarsFetchError =>
      new ClojarsFetchError('ERR_CONFIG', { reason: 'bad-value', message, hint });
    if (group === '' || artifact === '' || more.length > 0)
      throw bad(
        `--update must name an artifact without its version, got '${escapeForDisplay(text)}'`,
        'for example --update org.clojure/clojure, --update org.clojure/*, or --update * for all',
      );
    const test = (ofGroup: string, name: string): boolean =>
      (group === '*' || group === ofGroup) && (artifact === '*' || artifact === name);
    if (group !== '*' && ![...known].some((name) => test(...split(name)))) {
      const meant = nearestWord(`${group}/${artifact}`, [...known]);
      throw bad(
        `nothing in ${source} is of ${escapeForDisplay(`${group}/${artifact}`)}, so there is nothing to update`,
        meant === undefined ? 'What is new is locked without --update.' : `did you mean '${meant}'?`,
      );
    }
    return test;
  });
  return { names, includes: (group, artifact) => tests.some((test) => test(group, artifact)) };
}

function split(name: string): [group: string, artifact: string] {
  const [group = '', artifact = ''] = name.split('/');
  return [group, artifact];
}

/** `group/artifact` of a repository path. */
function nameOf(path: string): string {
  const segments = path.split('/');
  return `${segments.slice(0, -3).join('.')}/${segments.at(-3) ?? ''}`;
}
