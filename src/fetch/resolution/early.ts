/**
 * Fetches artifacts before the graph is final.
 *
 * The first version seen of an artifact most likely wins: the walk goes from the roots outwards, and the nearest version
 * wins. It is fetched and verified at once, but placed in the local repository only when the final graph contains it; a
 * version that lost is discarded. Files therefore do not wait for the deepest POM, and the local repository contains only
 * what a build tool would have fetched.
 */
import { type LinkedAbort, linkedAbort } from '../../base/async/linked-abort.js';
import type { GraphArtifact } from '../../maven/pom/descriptor.js';
import { classifyVersion } from '../../maven/version/request.js';
import type { ResolvedArtifact } from '../artifact.js';
import { resolveArtifactAlone } from '../artifact/resolve-artifact.js';
import { type Context, withRun } from '../context.js';
import { coordinateOf } from './graph-dependency.js';

/** Limits concurrent downloads: the graph waits for POMs, which need connections too. */
const maxConcurrent = 32;
/** Limits all early downloads: each one that waits for the graph holds an open file. */
const maxTotal = 256;

interface Early {
  readonly link: LinkedAbort;
  readonly decide: (wanted: boolean) => void;
  readonly file: Promise<ResolvedArtifact>;
}

export class EarlyDownloads {
  readonly #context: Context;
  readonly #running = new Map<string, Early>();
  readonly #waiting: GraphArtifact[] = [];
  readonly #seen = new Set<string>();
  #active = 0;
  #closed = false;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Starts the download, unless another version of the artifact was expected before. */
  expect(artifact: GraphArtifact): void {
    if (this.#closed || this.#seen.has(artifact.id) || artifact.extension === 'pom' || artifact.localPath !== undefined) return;
    this.#seen.add(artifact.id);
    if (classifyVersion(artifact.version) !== 'exact') return;
    this.#waiting.push(artifact);
    this.#startNext();
  }

  /** Ends the early phase: downloads of `wanted` continue, all others are aborted, and no new one starts. */
  decide(wanted: readonly GraphArtifact[]): void {
    this.#closed = true;
    this.#waiting.length = 0;
    const kept = new Set(wanted.map((artifact) => artifact.key));
    for (const [key, { link, decide }] of this.#running) {
      const isKept = kept.has(key);
      decide(isKept);
      if (!isKept) link.abort(new Error('not needed after all'));
    }
  }

  /** Returns the download of a wanted artifact, or null if it was not started early. */
  fileOf(artifact: GraphArtifact): Promise<ResolvedArtifact> | null {
    return this.#running.get(artifact.key)?.file ?? null;
  }

  /** Waits until nothing runs. Call it after {@link decide}. */
  async end(): Promise<void> {
    await Promise.allSettled([...this.#running.values()].map(({ file }) => file));
  }

  #startNext(): void {
    while (this.#active < maxConcurrent && this.#running.size < maxTotal) {
      const artifact = this.#waiting.shift();
      if (artifact === undefined) return;
      this.#active += 1;
      this.#start(artifact);
    }
  }

  #start(artifact: GraphArtifact): void {
    const link = linkedAbort(this.#context.run.signal);
    let decide: (wanted: boolean) => void = () => undefined;
    const decision = new Promise<boolean>((resolve) => (decide = resolve));
    let transferring = true;
    const transferred = (): void => {
      if (!transferring) return;
      transferring = false;
      this.#active -= 1;
      this.#startNext();
    };
    const wanted = (): Promise<boolean> => {
      transferred();
      return decision;
    };
    const file = resolveArtifactAlone(withRun(this.#context, { signal: link.signal }), coordinateOf(artifact), wanted);
    this.#running.set(artifact.key, { link, decide, file });
    const onEnd = (): void => {
      link.release();
      transferred();
    };
    // The caller of fileOf sees the error.
    file.then(onEnd, onEnd);
  }
}
