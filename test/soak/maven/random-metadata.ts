/**
 * Random maven-metadata.xml of artifacts and snapshots, of one or two repositories and of what was installed on the machine. Left out, as
 * this package decides otherwise: documents that are not well-formed (no other repository may then decide), files of a snapshot without a
 * version, and installed versions together with two repositories whose newest marks are in different files.
 */
import type { Chance } from '../../support/chance.js';

export interface MetadataCase {
  /** By path; the first folder is the repository `a` or `b`, or `local`. */
  readonly files: ReadonlyMap<string, string>;
  /** As `group:artifact:extension:version` or `group:artifact:extension:classifier:version`. */
  readonly questions: readonly string[];
}

const versions = ['1.0', '1.0.0', '1.1', '1.10', '1.9', '2.0-alpha', '2.0', '2.0-SNAPSHOT', '1.0-SNAPSHOT', '3.0-rc1', '3.0.Final', 'x'];
const ranges = ['[1.0,2.0)', '[1,)', '(,1.9]', '[1.1]', '[3.0-alpha,)', '(1.0,1.10),(2.0,)', '[9,)', '[1.0,1.0-SNAPSHOT]'];
const stamps = ['20240101.000000', '20240102.030405', '20250101.000000'];

/** Returns a case; the same chance gives the same one. */
export function createMetadataCase(chance: Chance): MetadataCase {
  return new CaseMaker(chance).make();
}

class CaseMaker {
  readonly #chance: Chance;
  /** How likely a date is there: of two repositories without dates, Maven believes the first, and this package the greater version. */
  readonly #dated: number;
  /** Dates of the document that is made, and of all before it. */
  #dates: readonly string[] = [];
  readonly #earlier: string[] = [];

  constructor(chance: Chance) {
    this.#chance = chance;
    this.#dated = chance.happens(0.6) ? 0.9 : 1;
  }

  make(): MetadataCase {
    const files = new Map<string, string>();
    for (const repository of this.#dated < 1 ? ['a'] : ['a', 'b']) {
      // A folder without metadata is a repository that does not have the artifact.
      files.set(`${repository}/here.txt`, '');
      if (this.#chance.happens(0.9)) files.set(`${repository}/g/n/maven-metadata.xml`, this.#document(this.#ofArtifact()));
      if (this.#chance.happens(0.9)) files.set(`${repository}/g/n/1.0-SNAPSHOT/maven-metadata.xml`, this.#document(this.#ofSnapshot()));
    }
    if (this.#dated < 1 && this.#chance.happens(0.3)) files.set('local/g/n/maven-metadata-local.xml', this.#document(this.#ofArtifact()));
    if (this.#chance.happens(0.2)) files.set('local/g/n/1.0-SNAPSHOT/maven-metadata-local.xml', this.#document(this.#installed()));
    return {
      files,
      questions: [
        ...['RELEASE', 'LATEST', this.#chance.pick(ranges), this.#chance.pick(ranges)].map((version) => `g:n:txt:${version}`),
        'g:n:txt:1.0-SNAPSHOT',
        'g:n:tgz:c:1.0-SNAPSHOT',
      ],
    };
  }

  #ofArtifact(): readonly string[] {
    const chance = this.#chance;
    this.#newDates();
    const listed = Array.from({ length: chance.pick([0, 1, 3, 6, 9]) }, () => this.#element('version', chance.pick(versions)));
    return this.#metadata([
      this.#sometimes(0.8, () => this.#element('latest', chance.pick(versions))),
      this.#sometimes(0.8, () => this.#element('release', chance.pick(versions.filter((one) => !one.endsWith('SNAPSHOT'))))),
      this.#sometimes(0.95, () => `<versions>${listed.join(this.#gap())}</versions>`),
      this.#lastUpdated(),
    ]);
  }

  #ofSnapshot(): readonly string[] {
    const chance = this.#chance;
    this.#newDates();
    const file = (): string =>
      this.#group('snapshotVersion', [
        this.#sometimes(0.4, () => this.#element('classifier', chance.pick(['c', 'c', 'd', '']))),
        this.#element('extension', chance.pick(['txt', 'tgz', 'tgz', 'pom'])),
        this.#element('value', chance.happens(0.95) ? `1.0-${chance.pick(stamps)}-${1 + chance.below(9)}` : '1.0-SNAPSHOT'),
        this.#sometimes(this.#dated, () => this.#element('updated', chance.pick(this.#dates))),
      ]);
    const legacy = (): string =>
      this.#group('snapshot', [
        this.#sometimes(0.9, () => this.#element('timestamp', chance.pick(stamps))),
        this.#sometimes(0.9, () => this.#element('buildNumber', chance.pick(['1', '7', '0', ' 3 ', '12']))),
        this.#sometimes(0.1, () => this.#element('localCopy', chance.pick(['true', 'false']))),
      ]);
    return this.#metadata([
      this.#sometimes(0.7, legacy),
      this.#sometimes(0.7, () => `<snapshotVersions>${Array.from({ length: chance.below(5) }, file).join(this.#gap())}</snapshotVersions>`),
      this.#lastUpdated(),
    ]);
  }

  /** As the installs of Maven 2 and 3 write it. */
  #installed(): readonly string[] {
    this.#newDates();
    const date = (name: string): string => this.#element(name, this.#chance.pick(this.#earlier));
    const listed = ['<extension>txt</extension>', '<classifier>c</classifier><extension>tgz</extension>']
      .map((file) => `<snapshotVersion>${file}<value>1.0-SNAPSHOT</value>${date('updated')}</snapshotVersion>`)
      .filter(() => this.#chance.happens(0.6));
    return this.#metadata([
      '<snapshot><localCopy>true</localCopy></snapshot>',
      date('lastUpdated'),
      this.#sometimes(0.5, () => `<snapshotVersions>${listed.join('')}</snapshotVersions>`),
    ]);
  }

  #metadata(versioning: readonly string[]): readonly string[] {
    return [
      this.#sometimes(0.8, () => '<groupId>g</groupId>'),
      this.#sometimes(0.8, () => '<artifactId>n</artifactId>'),
      this.#sometimes(0.95, () => this.#group('versioning', versioning)),
    ];
  }

  /** No two repositories have the same dates: this package does not believe the first one, as Maven does. */
  #newDates(): void {
    this.#dates = [0, 1, 2].map((index) => `2024010${1 + this.#chance.below(9)}0000${10 + this.#earlier.length + index}`);
    this.#earlier.push(...this.#dates);
  }

  #lastUpdated(): string {
    return this.#sometimes(this.#dated, () => this.#element('lastUpdated', this.#chance.pick(this.#dates)));
  }

  #document(parts: readonly string[]): string {
    const plain = `<metadata>${parts.join(this.#gap())}</metadata>`;
    if (this.#chance.happens(0.8)) return plain;
    return this.#chance.pick([
      `<?xml version="1.0" encoding="UTF-8"?>\n${plain}\n`,
      `<!-- a -->${plain}<!-- b -->`,
      `<metadata modelVersion="1.1.0" xmlns="http://maven.apache.org/METADATA/1.1.0">${parts.join('')}</metadata>`,
      `<metadata><unknown><versioning/></unknown>text${parts.join('')}</metadata>`,
      '<metadata/>',
    ]);
  }

  #element(name: string, text: string): string {
    if (this.#chance.happens(0.95)) return `<${name}>${text}</${name}>`;
    return this.#chance.pick([
      `<${name}>\n  ${text}\n</${name}>`,
      `<${name}><!-- a -->${text}</${name}>`,
      `<${name}><![CDATA[${text}]]></${name}>`,
      `<${name} a="b">${text}</${name}>`,
    ]);
  }

  #group(name: string, children: readonly string[]): string {
    return `<${name}>${(this.#chance.happens(0.2) ? children.toReversed() : children).join(this.#gap())}</${name}>`;
  }

  #gap(): string {
    return this.#chance.pick(['', '', '\n  ', '<!-- c -->']);
  }

  #sometimes(probability: number, make: () => string): string {
    return this.#chance.happens(probability) ? make() : '';
  }
}
