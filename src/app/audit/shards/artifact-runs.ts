/** Counts the lines of each artifact in a plan, so that no cut between two shards parts them. */
import { classifyKey } from '../../../maven/repository-index/classify-key.js';

export class ArtifactRuns {
  /** Lines of each run: one artifact, or several that lie inside each other. */
  readonly #lines: number[] = [];
  /** The artifacts whose folders contain the last path, the outermost first. */
  readonly #open: { readonly folder: string; readonly run: number }[] = [];

  /** The first of the last paths that begin with each other. */
  #base = '';

  /** Notes the next path of the plan, in the order of its bytes. */
  add(path: string): void {
    if (this.#base !== '' && path.startsWith(this.#base) && path.charAt(this.#base.length) <= '.') {
      // Checksum files of the earlier file may sort after this one.
      this.#join(this.#lines.length - 1);
      return;
    }
    this.#base = path;
    while (this.#open.length > 0 && !path.startsWith(`${this.#open.at(-1)?.folder}/`)) this.#open.pop();
    const artifact = artifactOf(path);
    const known = artifact === null ? undefined : this.#open.find(({ folder }) => folder === artifact);
    if (known === undefined) {
      this.#lines.push(1);
      if (artifact !== null) this.#open.push({ folder: artifact, run: this.#lines.length - 1 });
    } else this.#join(known.run);
  }

  /** Returns the lines of each run, in order. */
  get lines(): readonly number[] {
    return this.#lines;
  }

  /** Adds a line to a run, and all runs after it: artifacts inside this one's folder. */
  #join(run: number): void {
    let sum = 1;
    for (let last = this.#lines.length - 1; last >= run; last -= 1) sum += this.#lines.pop() ?? 0;
    this.#lines.push(sum);
    while ((this.#open.at(-1)?.run ?? run) > run) this.#open.pop();
  }
}

/** Returns the folder of the artifact that a file belongs to; null for other files. */
function artifactOf(path: string): string | null {
  const found = classifyKey(path);
  const { kind, artifactFolder } = found.subject === null ? found : classifyKey(found.subject);
  return kind === 'version-file' || kind === 'metadata' ? artifactFolder : null;
}
