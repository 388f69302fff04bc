/** A site whose repository grows and shrinks, for syncs of each kind. */
import { FeedSite } from '../../mirror/feed-site.js';
import { deploySnapshot, release, type Tree, writeMetadata } from '../../mirror/repository-tree.js';

const group = 'org.example';
/** For mirrors of a part. */
const otherGroup = 'org.other';
const artifacts = Array.from({ length: 6 }, (_, index) => `lib${index}`);
/** Versions of each artifact that stay. */
const kept = 2;
const hourMs = 3_600_000;

export class ChangingSite {
  readonly site: FeedSite;
  #version = 0;

  private constructor(site: FeedSite) {
    this.site = site;
  }

  static async start(): Promise<ChangingSite> {
    return new ChangingSite(await FeedSite.start(new Map()));
  }

  get tree(): Tree {
    return this.site.tree;
  }

  /** The files of the first group. */
  get part(): Tree {
    return new Map([...this.tree].filter(([key]) => key.startsWith('org/example/')));
  }

  /** Adds a version of each artifact, and a build of a snapshot. */
  grow(): void {
    this.#change();
    for (const artifact of artifacts) release(this.tree, group, artifact, this.#nextVersion());
    release(this.tree, otherGroup, 'other', this.#nextVersion());
    deploySnapshot(this.tree, group, 'lib0', '2.0', this.#version);
    writeMetadata(this.tree, group, 'lib0');
  }

  /** Adds a version of some artifacts, which the release feed names. */
  release(): void {
    this.#change();
    for (const artifact of artifacts.filter((_, index) => index % 2 === 0)) {
      this.site.now += 1000;
      this.site.publish(this.#nextVersion(), this.site.now, artifact);
    }
  }

  /** Deletes all but the newest versions, and one artifact with all its files. */
  shrink(): void {
    this.#change();
    for (const artifact of artifacts) {
      const folder = `org/example/${artifact}/`;
      const versions = new Set([...this.tree.keys()].filter((key) => key.startsWith(`${folder}1.`)).map((key) => key.split('/')[3]));
      const old = new Set([...versions].slice(0, artifact === 'lib5' ? versions.size : -kept));
      for (const key of [...this.tree.keys()]) if (key.startsWith(folder) && old.has(key.split('/')[3])) this.tree.delete(key);
      writeMetadata(this.tree, group, artifact);
    }
    for (const key of [...this.tree.keys()]) if (key.startsWith('org/example/lib5/')) this.tree.delete(key);
  }

  /** Lets the time pass after which a file that is gone may be deleted. */
  passDay(): void {
    this.site.now += 25 * hourMs;
  }

  close(): Promise<void> {
    return this.site.close();
  }

  /** The former tree stays as it was. */
  #change(): void {
    this.site.now += hourMs;
    this.site.tree = new Map(this.tree);
  }

  #nextVersion(): string {
    this.#version += 1;
    return `1.${String(this.#version).padStart(5, '0')}`;
  }
}
