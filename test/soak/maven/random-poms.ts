/** Random repositories of POMs, with the features and the mistakes of published ones. The same chance gives the same repository. */
import type { Chance } from '../../support/chance.js';
import { type Library, libraryNames, versionPools } from '../random-libraries.js';
import { activation, disguise, pomProperties, property, scopes, types, versionText } from './pom-texts.js';

/** Versions that tools.deps is not asked about: snapshots, qualifiers, leading zeros and large numbers. */
const morePools = [
  ['1-SNAPSHOT', '1', '1.1-SNAPSHOT'],
  ['1.0.0.GA', '1.0-sp1', '1.0.1', '01.0.2'],
  ['20240101', '99999999999', '1_1', 'v3'],
];
const mostParents = 4;

export class RandomPoms {
  readonly libraries: readonly Library[];
  /** POMs and metadata, by path in the repository. */
  readonly files = new Map<string, string>();
  readonly #chance: Chance;
  readonly #id: string;
  /** How often a mistake is made where one is possible. */
  readonly #mistakes: number;
  #others = 0;

  constructor(chance: Chance, id: string) {
    this.#chance = chance;
    this.#id = id;
    this.#mistakes = chance.pick([0, 0, 0.01, 0.04]);
    const groups = [id, `${id}.sub`, `${id}-x`].slice(0, 1 + chance.below(3));
    this.libraries = libraryNames
      .slice(0, 3 + chance.below(13))
      .map((artifact) => ({ group: chance.pick(groups), artifact, versions: this.#someVersions() }));
    for (const library of this.libraries) {
      for (const version of library.versions) this.#addPom(library.group, library.artifact, version, this.#project(library, version));
      this.#addMetadata(library);
    }
  }

  /** A version that a dependency may ask for. */
  version({ versions }: Library): string {
    const chance = this.#chance;
    if (chance.happens(0.05)) {
      const [low, high] = [chance.pick(versions), chance.pick(versions)];
      return chance.pick(['[1,2)', '[1,)', '(,2]', '[1,1.5],[2,)', '[0,)', `[${low}]`, `[${low},)`, `[${low},${high}]`, `(,${high})`]);
    }
    if (chance.happens(0.03)) return chance.pick(['RELEASE', 'LATEST']);
    return this.#mistake() ? chance.pick(['9.9', '[9,)', '[1', '']) : chance.pick(versions);
  }

  exclusions(probability: number): readonly (readonly [group: string, artifact: string])[] {
    if (!this.#chance.happens(probability)) return [];
    return Array.from({ length: 1 + this.#chance.below(3) }, () => {
      const { group, artifact } = this.#chance.pick(this.libraries);
      return this.#chance.happens(0.15)
        ? this.#chance.pick([['*', '*'] as const, [group, '*'] as const, ['*', artifact] as const])
        : ([group, artifact] as const);
    });
  }

  #mistake(): boolean {
    return this.#chance.happens(this.#mistakes);
  }

  #someVersions(): readonly string[] {
    const pool = this.#chance.pick([...versionPools, ...morePools]);
    const some = pool.filter(() => this.#chance.happens(0.7));
    return some.length === 0 ? pool.slice(0, 1) : some;
  }

  #addPom(group: string, artifact: string, version: string, text: string): void {
    if (!this.#mistake()) this.files.set(`${folderOf(group, artifact)}/${version}/${artifact}-${version}.pom`, text);
  }

  #addMetadata({ group, artifact, versions }: Library): void {
    const chance = this.#chance;
    if (this.#mistake()) return;
    const listed = versions.filter(() => !this.#mistake()).map((version) => `<version>${version}</version>`);
    const newest = (name: string): string => (chance.happens(0.9) ? `<${name}>${chance.pick(versions)}</${name}>` : '');
    this.files.set(
      `${folderOf(group, artifact)}/maven-metadata.xml`,
      `<metadata><groupId>${group}</groupId><artifactId>${artifact}</artifactId><versioning>${newest('latest')}${newest('release')}<versions>${listed.join('')}</versions></versioning></metadata>`,
    );
  }

  #project({ group, artifact }: Library, version: string): string {
    const chance = this.#chance;
    const covered: Library[] = [];
    const parent = chance.happens(0.3) ? this.#parent(covered, 0, { group, version }) : '';
    const packaging = chance.happens(0.08)
      ? `<packaging>${chance.pick(['bundle', 'pom', 'war', 'maven-plugin', 'ejb', 'jar', 'clojure'])}</packaging>`
      : '';
    const written = chance.happens(0.06) ? chance.pick(['${revision}', '${v}', '${project.parent.version}', '1${half}']) : version;
    const own = `${parent !== '' && chance.happens(0.3) ? '' : `<groupId>${group}</groupId>`}<artifactId>${artifact}</artifactId>${parent !== '' && chance.happens(0.3) ? '' : `<version>${written}</version>`}`;
    return this.#text(`${parent}${own}${packaging}${this.#relocation(version)}${this.#body(covered, 0.3)}`);
  }

  /** All that a POM, a parent and a profile have alike. */
  #body(covered: Library[], managed: number): string {
    const chance = this.#chance;
    const properties = chance.happens(0.6) ? pomProperties(chance, chance.pick(this.libraries).versions) : '';
    const management = chance.happens(managed) ? this.#management(covered, 0) : '';
    const dependencies = this.#dependencies(chance.pick([0, 1, 1, 2, 2, 3, 4, 6]), covered);
    const profiles = chance.happens(0.15)
      ? `<profiles>${this.#times(1 + chance.below(3), (index) => this.#profile(index, covered))}</profiles>`
      : '';
    const parts = [properties, management, dependencies, profiles];
    return (chance.happens(0.2) ? parts.toReversed() : parts).join('');
  }

  #profile(index: number, covered: readonly Library[]): string {
    const chance = this.#chance;
    const id = chance.happens(0.9) ? `<id>p${chance.happens(0.1) ? 0 : index}</id>` : '';
    const parts = [
      chance.happens(0.9) ? activation(chance, this.#mistake()) : '',
      chance.happens(0.5) ? pomProperties(chance, chance.pick(this.libraries).versions) : '',
      chance.happens(0.3) ? this.#management([], 1) : '',
      chance.happens(0.5) ? this.#dependencies(1 + chance.below(2), covered) : '',
    ];
    return `<profile>${id}${parts.join('')}</profile>`;
  }

  #parent(covered: Library[], level: number, child: { readonly group: string; readonly version: string }): string {
    const chance = this.#chance;
    if (level > 0 && this.#mistake())
      return `<parent><groupId>${this.#id}</groupId><artifactId>nothing</artifactId><version>1</version></parent>`;
    const artifact = `parent${this.#others++}`;
    const group = chance.happens(0.5) ? child.group : this.#id;
    const version = chance.happens(0.5) ? child.version : chance.pick(['1', '2.1']);
    const above = level < mostParents && chance.happens(0.3) ? this.#parent(covered, level + 1, { group, version }) : '';
    const packaging = this.#mistake() ? '' : '<packaging>pom</packaging>';
    const text = `${above}<groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${packaging}`;
    this.#addPom(group, artifact, version, this.#text(`${text}${this.#body(covered, 0.6)}`));
    if (chance.happens(0.1)) this.#addMetadata({ group, artifact, versions: [version] });
    const asked = chance.happens(0.04)
      ? chance.pick(['${revision}', '${one}', `[${version}]`, `[${version},)`, '[0,9999999999999)'])
      : version;
    return `<parent><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${asked}</version>${chance.pick(['', '<relativePath/>', '<relativePath>../x</relativePath>'])}</parent>`;
  }

  #management(covered: Library[], level: number): string {
    const chance = this.#chance;
    const entries = this.#times(1 + chance.below(3), () => {
      const library = chance.pick(this.libraries);
      covered.push(library);
      return this.#declare(library, { version: this.#versionText(library), scope: 0.2, optional: 0.08, kind: 0.05, exclusions: 0.2 });
    });
    const imports = level < 2 && chance.happens(0.3) ? this.#times(1 + chance.below(2), () => this.#bom(covered, level)) : '';
    return `<dependencyManagement><dependencies>${chance.happens(0.5) ? entries + imports : imports + entries}</dependencies></dependencyManagement>`;
  }

  #bom(covered: Library[], level: number): string {
    const chance = this.#chance;
    const artifact = `bom${this.#others++}`;
    const parent = chance.happens(0.2) ? this.#parent(covered, 1, { group: this.#id, version: '1' }) : '';
    const text = `${parent}<groupId>${this.#id}</groupId><artifactId>${artifact}</artifactId><version>1</version><packaging>pom</packaging>`;
    const properties = chance.happens(0.3) ? pomProperties(chance, ['1', '2']) : '';
    const dependencies = chance.happens(0.1) ? this.#dependencies(1, []) : '';
    this.#addPom(this.#id, artifact, '1', this.#text(`${text}${properties}${this.#management(covered, level + 1)}${dependencies}`));
    const type = (chance.happens(0.97) ? '<type>pom</type>' : '') + (chance.happens(0.03) ? '<classifier>x</classifier>' : '');
    const asked = chance.happens(0.1)
      ? property(chance, 'one')
      : chance.happens(0.05)
        ? chance.pick(['[1]', '[0,2)', 'RELEASE', '${revision}'])
        : '1';
    if (chance.happens(0.05)) this.#addMetadata({ group: this.#id, artifact, versions: ['1'] });
    return `<dependency><groupId>${this.#id}</groupId><artifactId>${artifact}</artifactId><version>${asked}</version>${type}<scope>import</scope></dependency>`;
  }

  #dependencies(count: number, covered: readonly Library[]): string {
    const chance = this.#chance;
    if (count === 0) return '';
    const declared = this.#times(count, () => {
      const library = covered.length > 0 && chance.happens(0.4) ? chance.pick(covered) : chance.pick(this.libraries);
      const isManaged = covered.includes(library) && chance.happens(0.6);
      const version = isManaged ? '' : this.#versionText(library);
      return this.#declare(library, { version, scope: 0.25, optional: 0.1, kind: isManaged ? 0.02 : 0.12, exclusions: 0.25 });
    });
    return `<dependencies>${declared}</dependencies>`;
  }

  #versionText(library: Library): string {
    const version = this.version(library);
    return version === '' ? '' : `<version>${versionText(this.#chance, version)}</version>`;
  }

  #declare(
    { group, artifact }: Library,
    rates: {
      readonly version: string;
      readonly scope: number;
      readonly optional: number;
      readonly kind: number;
      readonly exclusions: number;
    },
  ): string {
    const chance = this.#chance;
    const scope = chance.happens(rates.scope) ? `<scope>${versionText(chance, chance.pick(scopes))}</scope>` : '';
    const optional = chance.happens(rates.optional)
      ? `<optional>${chance.pick(['true', 'true', 'false', property(chance, 'flag'), 'TRUE', ' true ', 'yes', ''])}</optional>`
      : '';
    const classifier = chance.happens(rates.kind)
      ? `<classifier>${chance.pick(['linux', 'sources', 'x-y', '', property(chance, 'c')])}</classifier>`
      : '';
    const type = chance.happens(rates.kind) ? `<type>${versionText(chance, chance.pick(types))}</type>` : '';
    const excluded = this.exclusions(rates.exclusions).map(
      ([inGroup, inArtifact]) =>
        `<exclusion><groupId>${this.#name(inGroup)}</groupId>${this.#mistake() ? '' : `<artifactId>${this.#name(inArtifact)}</artifactId>`}</exclusion>`,
    );
    const exclusions = excluded.length === 0 ? '' : `<exclusions>${excluded.join('')}</exclusions>`;
    const name = `<groupId>${chance.happens(0.02) && group === this.#id ? property(chance, 'own') : this.#name(group)}</groupId><artifactId>${this.#name(artifact)}</artifactId>`;
    const path = chance.happens(0.02)
      ? `<systemPath>${chance.pick(['/opt/java/tools.jar', '${java.home}/x.jar', 'x.jar', ''])}</systemPath>`
      : '';
    return `<dependency>${name}${rates.version}${type}${classifier}${scope}${path}${optional}${exclusions}</dependency>`;
  }

  /** A group or an artifact, rarely written in another way. */
  #name(text: string): string {
    return this.#chance.happens(0.01)
      ? this.#chance.pick([` ${text} `, `${text}<!-- here -->`, `<![CDATA[${text}]]>`, '${project.groupId}', ''])
      : text;
  }

  #relocation(version: string): string {
    const chance = this.#chance;
    if (!chance.happens(0.04)) return '';
    const library = chance.pick(this.libraries);
    const parts = [
      chance.happens(0.8) ? `<groupId>${library.group}</groupId>` : '',
      chance.happens(0.8) ? `<artifactId>${library.artifact}</artifactId>` : '',
      chance.happens(0.8)
        ? `<version>${chance.pick([...library.versions, version, property(chance, 'v'), `[${version},)`, 'RELEASE'])}</version>`
        : '',
      chance.happens(0.2) ? '<message>moved</message>' : '',
    ];
    return `<distributionManagement><relocation>${parts.join('')}</relocation></distributionManagement>`;
  }

  #text(content: string): string {
    return disguise(this.#chance, content, this.#mistake());
  }

  #times(count: number, make: (index: number) => string): string {
    return Array.from({ length: count }, (_, index) => make(index)).join('');
  }
}

function folderOf(group: string, artifact: string): string {
  return `${group.replaceAll('.', '/')}/${artifact}`;
}
