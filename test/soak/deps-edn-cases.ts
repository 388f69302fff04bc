/** Random projects with a deps.edn, each over groups of its own: graphs of POMs, and the features of deps.edn and of POMs. */
import type { Chance } from '../support/chance.js';
import { type Library, libraryNames, versionPools } from './random-libraries.js';

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
  readonly #libraries: readonly Library[];
  readonly #repository = new Map<string, string>();
  readonly #files: Record<string, string> = {};

  constructor(chance: Chance, id: string) {
    this.#chance = chance;
    this.#id = id;
    const groups = [id, `${id}.sub`, `${id}-x`].slice(0, 1 + chance.below(3));
    const count = 3 + chance.below(13);
    this.#libraries = libraryNames
      .slice(0, count)
      .map((artifact) => ({ group: chance.pick(groups), artifact, versions: this.#someVersions() }));
  }

  make(): DepsEdnCase {
    for (const library of this.#libraries) {
      const { group, artifact, versions } = library;
      for (const version of versions) this.#add(group, artifact, version, 'pom', this.#pom(library, version));
      const [release, latest] = [this.#chance.pick(versions), this.#chance.pick(versions)];
      this.#repository.set(
        `${group.replaceAll('.', '/')}/${artifact}/maven-metadata.xml`,
        `<metadata><groupId>${group}</groupId><artifactId>${artifact}</artifactId><versioning><latest>${latest}</latest><release>${release}</release><versions>${versions.map((version) => `<version>${version}</version>`).join('')}</versions></versioning></metadata>`,
      );
    }
    const { deps, aliases } = this.#depsEdn();
    return { id: this.#id, request: { deps, aliases, files: this.#files }, repository: this.#repository };
  }

  #someVersions(): readonly string[] {
    const pool = this.#chance.pick(versionPools);
    const some = pool.filter(() => this.#chance.happens(0.7));
    return some.length === 0 ? pool.slice(0, 1) : some;
  }

  #add(group: string, artifact: string, version: string, extension: string, text: string): void {
    this.#repository.set(`${group.replaceAll('.', '/')}/${artifact}/${version}/${artifact}-${version}.${extension}`, text);
  }

  // POMs

  #pom({ group, artifact }: Library, version: string): string {
    const chance = this.#chance;
    const parts: string[] = [];
    const covered: Library[] = [];
    if (chance.happens(0.15)) parts.push(this.#parent(`${artifact}-${version}`, covered));
    if (chance.happens(0.05)) parts.push(`<packaging>${chance.pick(['bundle', 'pom', 'war', 'maven-plugin', 'ejb'])}</packaging>`);
    const management = chance.happens(0.2) ? this.#management(covered, true) : '';
    const dependencies = this.#times(chance.pick([0, 1, 1, 2, 2, 3, 4, 6]), () => this.#dependency(covered));
    const moved = chance.happens(0.03) ? this.#relocation() : '';
    return project(
      `${parts.join('')}<groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>
<properties><v>${chance.pick(chance.pick(this.#libraries).versions)}</v><flag>${chance.happens(0.5)}</flag></properties>${moved}${management}<dependencies>${dependencies}</dependencies>`,
    );
  }

  #parent(name: string, covered: Library[]): string {
    const text = `<groupId>${this.#id}</groupId><artifactId>parent-${name}</artifactId><version>1</version><packaging>pom</packaging>`;
    const rest = this.#chance.happens(0.3) ? `<dependencies>${this.#dependency([])}</dependencies>` : '';
    this.#add(this.#id, `parent-${name}`, '1', 'pom', project(`${text}${this.#management(covered, this.#chance.happens(0.3))}${rest}`));
    return `<parent><groupId>${this.#id}</groupId><artifactId>parent-${name}</artifactId><version>1</version></parent>`;
  }

  #management(covered: Library[], mayImport: boolean): string {
    const chance = this.#chance;
    const entries = this.#times(1 + chance.below(3), () => {
      const library = chance.pick(this.#libraries);
      covered.push(library);
      const scope = chance.happens(0.15) ? `<scope>${chance.pick(['runtime', 'test', 'compile'])}</scope>` : '';
      const optional = chance.happens(0.05) ? '<optional>true</optional>' : '';
      return `<dependency>${coordinate(library)}<version>${chance.pick(library.versions)}</version>${scope}${optional}${this.#exclusions(0.15)}</dependency>`;
    });
    const bom = mayImport && chance.happens(0.3) ? this.#bom(covered) : '';
    return `<dependencyManagement><dependencies>${entries}${bom}</dependencies></dependencyManagement>`;
  }

  #bom(covered: Library[]): string {
    const artifact = `bom-${this.#repository.size}`;
    const text = `<groupId>${this.#id}</groupId><artifactId>${artifact}</artifactId><version>1</version><packaging>pom</packaging>`;
    this.#add(this.#id, artifact, '1', 'pom', project(`${text}${this.#management(covered, false)}`));
    return `<dependency><groupId>${this.#id}</groupId><artifactId>${artifact}</artifactId><version>1</version><type>pom</type><scope>import</scope></dependency>`;
  }

  #dependency(covered: readonly Library[]): string {
    const chance = this.#chance;
    const library = covered.length > 0 && chance.happens(0.4) ? chance.pick(covered) : chance.pick(this.#libraries);
    const version = covered.includes(library) && chance.happens(0.7) ? '' : `<version>${this.#version(library)}</version>`;
    const scope = chance.happens(0.2) ? `<scope>${chance.pick(['runtime', 'runtime', 'test', 'provided', 'compile'])}</scope>` : '';
    const optional = chance.happens(0.08) ? `<optional>${chance.pick(['true', 'true', 'false', '${flag}'])}</optional>` : '';
    const classifier = chance.happens(0.07) ? `<classifier>${chance.pick(['linux', 'sources', 'x-y'])}</classifier>` : '';
    const type = chance.happens(0.06) ? `<type>${chance.pick(['war', 'zip', 'test-jar', 'ejb', 'pom', 'maven-plugin', 'ear'])}</type>` : '';
    return `<dependency>${coordinate(library)}${version}${type}${classifier}${scope}${optional}${this.#exclusions(0.2)}</dependency>`;
  }

  #version({ versions }: Library): string {
    const chance = this.#chance;
    if (chance.happens(0.05)) return chance.pick([...ranges, `[${chance.pick(versions)}]`, `[${chance.pick(versions)},)`]);
    if (chance.happens(0.03)) return chance.pick(['RELEASE', 'LATEST']);
    if (chance.happens(0.02)) return '${v}';
    return chance.happens(0.006) ? '9.9' : chance.pick(versions);
  }

  #exclusions(probability: number): string {
    if (!this.#chance.happens(probability)) return '';
    const entries = this.#times(1 + this.#chance.below(3), () => {
      const { group, artifact } = this.#chance.pick(this.#libraries);
      const [inGroup, inArtifact] = this.#chance.happens(0.1)
        ? this.#chance.pick([['*', '*'] as const, [group, '*'] as const])
        : [group, artifact];
      return `<exclusion><groupId>${inGroup}</groupId><artifactId>${inArtifact}</artifactId></exclusion>`;
    });
    return `<exclusions>${entries}</exclusions>`;
  }

  #relocation(): string {
    const library = this.#chance.pick(this.#libraries);
    return `<distributionManagement><relocation>${coordinate(library)}<version>${this.#chance.pick(library.versions)}</version></relocation></distributionManagement>`;
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
    this.#add(
      'org.clojure',
      'clojure',
      '1',
      'pom',
      project('<groupId>org.clojure</groupId><artifactId>clojure</artifactId><version>1</version>'),
    );
    return 'lib';
  }

  #times(count: number, make: () => string): string {
    return Array.from({ length: count }, make).join('');
  }
}

function project(content: string): string {
  return `<project><modelVersion>4.0.0</modelVersion>${content}</project>`;
}

function coordinate({ group, artifact }: Library): string {
  return `<groupId>${group}</groupId><artifactId>${artifact}</artifactId>`;
}
