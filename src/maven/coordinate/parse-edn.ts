/** Reads dependencies in the syntax of Leiningen (`[org/lib "1.0" …]`) and deps.edn (`org/lib {:mvn/version "1.0"}`). */
import type { Dependency, Exclusion } from './coordinate.js';
import { type EdnForm, parseEdnForms, readPairs } from './edn-form.js';

/** A dependency that may lack a version. */
export type DependencyParts = Omit<Dependency, 'version'> & { readonly version: string | null };

/** Splits `org/lib`, or `lib` for `lib/lib`, with an optional `$classifier`. */
export function splitName(name: string): { group: string; artifact: string; classifier: string } {
  const [full = '', classifier, ...more] = name.split('$');
  const [first = '', second, ...rest] = full.split('/');
  if (more.length > 0 || rest.length > 0 || classifier === '')
    throw new SyntaxError('a name is written group/artifact or group/artifact$classifier');
  return { group: first, artifact: second ?? first, classifier: classifier ?? '' };
}

function readText(form: EdnForm | undefined, what: string): string | undefined {
  if (form === undefined || (form.kind === 'symbol' && form.text === 'nil')) return undefined;
  if (!('text' in form)) throw new SyntaxError(`:${what} must be a string`);
  return form.text;
}

function readExclusions(form: EdnForm | undefined): readonly Exclusion[] | undefined {
  if (form === undefined) return undefined;
  if (form.kind !== 'vector') throw new SyntaxError(':exclusions must be a vector');
  return form.items.map(readExclusion);
}

/** Reads a name, or a vector that starts with one and may narrow it: `[org/lib :classifier "tests" :extension "zip"]`. */
function readExclusion(item: EdnForm): Exclusion {
  const [name, ...options] = item.kind === 'vector' ? item.items : [item];
  if (name === undefined || !('text' in name) || name.kind === 'keyword') throw new SyntaxError(':exclusions must hold names');
  const { group, artifact, classifier } = splitName(name.text);
  const narrowed = readPairs(options);
  return {
    group,
    artifact,
    classifier: readText(narrowed.get('classifier'), 'classifier') ?? (classifier === '' ? undefined : classifier),
    extension: readText(narrowed.get('extension'), 'extension'),
  };
}

function build(name: string, version: string | undefined, options: ReadonlyMap<string, EdnForm>): DependencyParts {
  const { group, artifact, classifier: named } = splitName(name);
  const classifier = readText(options.get('classifier'), 'classifier') ?? named;
  const extension = readText(options.get('extension'), 'extension');
  const scope = readText(options.get('scope'), 'scope');
  const optional = readText(options.get('optional'), 'optional');
  const exclusions = readExclusions(options.get('exclusions'));
  return {
    group,
    artifact,
    version: version ?? null,
    classifier,
    extension,
    scope,
    optional: optional === undefined ? undefined : optional === 'true',
    exclusions,
  };
}

/** Reads a Leiningen vector or a deps.edn entry. @throws SyntaxError */
export function parseEdnDependency(text: string): DependencyParts {
  const forms = parseEdnForms(text);
  const [first, second, ...rest] = forms.length === 1 && forms[0]?.kind === 'map' ? forms[0].items : forms;
  if (first?.kind === 'vector' && second === undefined) {
    const [name, version, ...others] = first.items;
    if (name === undefined || !('text' in name) || name.kind === 'keyword')
      throw new SyntaxError('a vector starts with a name: [org/lib "1.0"]');
    // A managed dependency has no version: only options may follow its name.
    if (version === undefined || version.kind === 'keyword') return build(name.text, undefined, readPairs(first.items.slice(1)));
    return build(name.text, readText(version, 'version'), readPairs(others));
  }
  if (first?.kind === 'symbol' && second?.kind === 'map' && rest.length === 0) {
    const options = readPairs(second.items);
    const version = readText(options.get('mvn/version'), 'mvn/version');
    if (version === undefined) throw new SyntaxError('only entries with :mvn/version name a Maven artifact');
    return build(first.text, version, options);
  }
  throw new SyntaxError('write [org/lib "1.0"] or org/lib {:mvn/version "1.0"}');
}
