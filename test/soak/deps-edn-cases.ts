/** Random projects with a deps.edn, each over groups of its own: graphs of POMs, and the features of deps.edn and of POMs. */
import type { Chance } from '../support/chance.js';
import { RandomPoms } from './maven/random-poms.js';
import type { Library } from './random-libraries.js';

export interface DepsEdnCase {
  readonly id: string;
  readonly request: { readonly deps: string; readonly aliases: readonly string[]; readonly files: Readonly<Record<string, string>> };
  /** POMs and metadata, by path in the repository. */
  readonly repository: ReadonlyMap<string, string>;
}

const ranges = ['[1,2)', '[1,)', '(,2]', '[1,1.5],[2,)', '[0,)', '(0.1,3]'];

const lists = [
  ['[', ']'],
  ['[', ']'],
] as const;

const disguises: readonly ((text: string) => string)[] = [
  (text) => text.replaceAll(' :', ', :'),
  (text) => `; a comment\n${text}\n`,
  (text) => text.replace('{:deps', '{#_(left out) :deps'),
  (text) => text.replace('{:deps {', '{:paths ["src"] :deps ^:meta {'),
  (text) => text.replaceAll(' ', '\n'),
  (text) => `${text} ${text}`,
  (text) => text.replaceAll('"1"', '"\\u0031"'),
  (text) => text.replace('}}', '}} #_ignored'),
];

/** The text as it is, or nearly the same in another form. */
function disguised(chance: Chance, text: string): string {
  return chance.happens(0.1) ? chance.pick(disguises)(text) : text;
}

/** Returns a case; the same chance gives the same case. */
export function createDepsEdnCase(chance: Chance, id: string): DepsEdnCase {
  return new CaseMaker(chance, id).make();
}

/** Kinds of maps of libraries: with versions only, also with libraries on this disk, or also with malformed coordinates. */
type Place = 'plain' | 'local' | 'own';

class CaseMaker {
  readonly #chance: Chance;
  readonly #id: string;
  readonly #poms: RandomPoms;
  readonly #libraries: readonly Library[];
  readonly #files: Record<string, string> = {};

  constructor(chance: Chance, id: string) {
    this.#chance = chance;
    this.#id = id;
    this.#poms = new RandomPoms(chance, id);
    this.#libraries = this.#poms.libraries;
  }

  make(): DepsEdnCase {
    const { deps, aliases } = this.#depsEdn();
    return { id: this.#id, request: { deps, aliases, files: this.#files }, repository: this.#poms.files };
  }

  // deps.edn

  #depsEdn(): { readonly deps: string; readonly aliases: readonly string[] } {
    const chance = this.#chance;
    const count = chance.pick([1, 1, 2, 2, 3, 4, 6, 9, 12]);
    const own = this.#entries(count, 'own');
    const parts: string[] = [];
    const aliases: string[] = [];
    const add = (name: string, probability: number, text: () => string): void => {
      if (!chance.happens(probability)) return;
      parts.push(`:${name} ${text()}`);
      if (chance.happens(0.9)) aliases.push(name);
    };
    add('extra', 0.2, () => `{:extra-deps {${this.#entries(1 + chance.below(3), 'own')}}}`);
    add('more', 0.1, () => `{:extra-deps {${this.#entries(1 + chance.below(9), 'plain')}}}`);
    add('over', 0.2, () => `{:override-deps {${this.#entries(1 + chance.below(3), 'plain')}}}`);
    add('over2', 0.1, () => `{:override-deps {${this.#entries(1, 'plain')}} :default-deps {${this.#entries(2, 'plain')}}}`);
    add('replace', 0.05, () => `{:replace-deps {${this.#entries(1 + chance.below(3), 'plain')}}}`);
    add('deps', 0.04, () => `{:deps {${this.#entries(1 + chance.below(2), 'plain')}} :extra-deps {${this.#entries(1, 'plain')}}}`);
    add('cp', 0.06, () => `{:classpath-overrides {${this.#name(chance.pick(this.#libraries))} "${chance.pick(['', 'x.jar'])}"}}`);
    add('cp2', 0.03, () => `{:classpath-overrides {${this.#name(chance.pick(this.#libraries))} ${chance.pick(['nil', '"y.jar"'])}}}`);
    add('default', 0.05, () => `{:default-deps {${this.#entries(1 + chance.below(5), 'local')}}}`);
    add('over3', 0.03, () => `{:override-deps {${this.#entries(1, 'plain')}} :extra-deps {${this.#entries(1, 'own')}}}`);
    add('empty', 0.04, () =>
      chance.pick(['{}', '{:extra-deps {}}', '{:extra-deps nil}', '{:extra-paths ["x"]}', '{:jvm-opts ["-x"]}', '[]', 'nil']),
    );
    add('both', 0.03, () => `{:replace-deps {${this.#entries(2, 'plain')}} :extra-deps {${this.#entries(1, 'plain')}}}`);
    if (chance.happens(0.03)) aliases.push('nope');
    const clojure = 'org.clojure/clojure {:mvn/version "1"}';
    const text = `{:deps {${own} ${'lib/deps.edn' in this.#files ? clojure : ''}} :aliases {${parts.join(' ')}}}`;
    const twice = chance.happens(0.05) ? [...aliases, ...aliases.slice(0, 1)] : aliases;
    return { deps: disguised(chance, text), aliases: chance.happens(0.2) ? twice.toReversed() : twice };
  }

  #entries(count: number, place: Place): string {
    const chance = this.#chance;
    const entries = new Map<string, string>();
    for (let index = 0; index < count; index += 1) {
      const library = chance.pick(this.#libraries);
      const name = this.#name(library);
      if (!entries.has(name)) entries.set(name, this.#coordinate(library, place));
    }
    return [...entries].map(([name, text]) => `${name} ${text}`).join(' ');
  }

  #name({ group, artifact }: Library): string {
    return `${group}/${artifact}${this.#chance.happens(0.05) ? `$${this.#chance.pick(['linux', 'sources'])}` : ''}`;
  }

  #coordinate(library: Library, place: Place): string {
    const chance = this.#chance;
    // A malformed override or default is an error here; tools.deps reads only those that it uses.
    if (place === 'own' && chance.happens(0.02))
      return chance.pick(['nil', 'nil', 'nil', '{}', '{:mvn/version nil}', '{:mvn/version 1}', '"1"']);
    const excluded = chance.happens(0.25) ? ` :exclusions ${this.#excluded()}` : '';
    // Two names of one folder share a place on the class path, which tools.deps then gives only one of the names.
    if (place !== 'plain' && !('lib/deps.edn' in this.#files) && chance.happens(0.05)) return `{:local/root "${this.#local()}"${excluded}}`;
    const version = chance.happens(0.05) ? chance.pick([...ranges, 'RELEASE', 'LATEST']) : chance.pick(library.versions);
    const extension = chance.happens(0.02) ? ` :extension ${chance.pick(['"zip"', '"jar"', '"pom"'])}` : '';
    const more = chance.happens(0.03)
      ? ` ${chance.pick([':optional true', ':scope "test"', ':classifier "x"', ':deps/manifest :mvn', ':local "x"'])}`
      : '';
    if (chance.happens(0.04)) return `#:mvn{:version "${version}"}`;
    return `{:mvn/version "${version}"${excluded}${extension}${more}}`;
  }

  #excluded(): string {
    const names = new Set(Array.from({ length: 1 + this.#chance.below(3) }, () => this.#name(this.#chance.pick(this.#libraries))));
    const [open, close] = this.#chance.pick([...lists, ...lists, ['#{', '}'], ['(', ')']] as const);
    return `${open}${[...names].join(' ')}${close}`;
  }

  /** A library on this disk, which may name one more. */
  #local(): string {
    const clojure = 'org.clojure/clojure {:mvn/version "1"}';
    const inner = this.#chance.happens(0.4) ? 'my/inner {:local/root "../inner"}' : '';
    if (inner !== '') this.#files['inner/deps.edn'] = `{:deps {${this.#entries(2, 'plain')} ${clojure}}}`;
    this.#files['lib/deps.edn'] = `{:deps {${inner} ${this.#entries(1 + this.#chance.below(3), 'plain')} ${clojure}}}`;
    this.#poms.files.set(
      'org/clojure/clojure/1/clojure-1.pom',
      '<project><modelVersion>4.0.0</modelVersion><groupId>org.clojure</groupId><artifactId>clojure</artifactId><version>1</version></project>',
    );
    return 'lib';
  }
}
