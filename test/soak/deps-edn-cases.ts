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

/** Returns a case; the same chance gives the same case. */
export function createDepsEdnCase(chance: Chance, id: string): DepsEdnCase {
  return new CaseMaker(chance, id).make();
}

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
    const own = this.#entries(count, true);
    const parts: string[] = [];
    const aliases: string[] = [];
    const add = (name: string, probability: number, text: () => string): void => {
      if (!chance.happens(probability)) return;
      parts.push(`:${name} ${text()}`);
      if (chance.happens(0.9)) aliases.push(name);
    };
    add('extra', 0.2, () => `{:extra-deps {${this.#entries(1 + chance.below(3), true)}}}`);
    add('more', 0.1, () => `{:extra-deps {${this.#entries(1 + chance.below(9), false)}}}`);
    add('over', 0.2, () => `{:override-deps {${this.#entries(1 + chance.below(3), false)}}}`);
    add('over2', 0.1, () => `{:override-deps {${this.#entries(1, false)}} :default-deps {${this.#entries(2, false)}}}`);
    add('replace', 0.05, () => `{:replace-deps {${this.#entries(1 + chance.below(3), false)}}}`);
    add('deps', 0.04, () => `{:deps {${this.#entries(1 + chance.below(2), false)}} :extra-deps {${this.#entries(1, false)}}}`);
    add('cp', 0.06, () => `{:classpath-overrides {${this.#name(chance.pick(this.#libraries))} "${chance.pick(['', 'x.jar'])}"}}`);
    if (chance.happens(0.03)) aliases.push('nope');
    const clojure = 'org.clojure/clojure {:mvn/version "1"}';
    const text = `{:deps {${own} ${'lib/deps.edn' in this.#files ? clojure : ''}} :aliases {${parts.join(' ')}}}`;
    return { deps: text, aliases: chance.happens(0.2) ? aliases.toReversed() : aliases };
  }

  #entries(count: number, mayBeLocal: boolean): string {
    const chance = this.#chance;
    const entries = new Map<string, string>();
    for (let index = 0; index < count; index += 1) {
      const library = chance.pick(this.#libraries);
      const name = this.#name(library);
      if (!entries.has(name)) entries.set(name, this.#coordinate(library, mayBeLocal));
    }
    return [...entries].map(([name, text]) => `${name} ${text}`).join(' ');
  }

  #name({ group, artifact }: Library): string {
    return `${group}/${artifact}${this.#chance.happens(0.05) ? `$${this.#chance.pick(['linux', 'sources'])}` : ''}`;
  }

  #coordinate(library: Library, mayBeLocal: boolean): string {
    const chance = this.#chance;
    const excluded = chance.happens(0.25)
      ? ` :exclusions [${this.#times(1 + chance.below(3), () => `${this.#name(chance.pick(this.#libraries))} `)}]`
      : '';
    // Two names of one folder share a place on the class path, which tools.deps then gives only one of the names.
    if (mayBeLocal && !('lib/deps.edn' in this.#files) && chance.happens(0.05)) return `{:local/root "${this.#local()}"${excluded}}`;
    const version = chance.happens(0.05) ? chance.pick([...ranges, 'RELEASE', 'LATEST']) : chance.pick(library.versions);
    const extension = chance.happens(0.02) ? ' :extension "zip"' : '';
    return `{:mvn/version "${version}"${excluded}${extension}}`;
  }

  /** A library on this disk, which may name one more. */
  #local(): string {
    const clojure = 'org.clojure/clojure {:mvn/version "1"}';
    const inner = this.#chance.happens(0.4) ? 'my/inner {:local/root "../inner"}' : '';
    if (inner !== '') this.#files['inner/deps.edn'] = `{:deps {${this.#entries(2, false)} ${clojure}}}`;
    this.#files['lib/deps.edn'] = `{:deps {${inner} ${this.#entries(1 + this.#chance.below(3), false)} ${clojure}}}`;
    this.#poms.files.set(
      'org/clojure/clojure/1/clojure-1.pom',
      '<project><modelVersion>4.0.0</modelVersion><groupId>org.clojure</groupId><artifactId>clojure</artifactId><version>1</version></project>',
    );
    return 'lib';
  }

  #times(count: number, make: () => string): string {
    return Array.from({ length: count }, make).join('');
  }
}
