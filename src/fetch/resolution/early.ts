/**
 * Artifacts fetched before the graph is final.
 *
 * Of each artifact the version that is seen first most likely stays: the walk goes from the roots outwards, and the
 * nearest wins. It is fetched and verified at once, but gets its name in the local repository only when the graph is
 * final and has it; a version that lost is discarded. So the files do not wait for the deepest POM, and the local
 * repository holds nothing that a build tool would not have brought.
 */
import type { GraphArtifact } from '../../maven/pom/descriptor.js';
import { classifyVersion } from '../../maven/version/request.js';
import type { ResolvedArtifact } from '../artifact.js';
import { resolveArtifactAlone } from '../artifact/resolve-artifact.js';
import { type Context, withRun } from '../context.js';
import { coordinateOf } from './graph-dependency.js';

/** So many at once: POMs, which the graph waits for, need connections too. */
const mostAtOnce = 32;
/** Each that waits for the graph is an open file. */
const mostInAll = 256;

interface Early {
  readonly controller: AbortController;
  readonly decide: (wanted: boolean) => void;
  readonly file: Promise<ResolvedArtifact>;
}

export class EarlyDownloads {
  private readonly running = new Map<string, Early>();
  private readonly waiting: GraphArtifact[] = [];
  private readonly seen = new Set<string>();
  private active = 0;
  private closed = false;

  constructor(private readonly context: Context) {}

  /** Takes it for part of the closure, if no other version of it was. */
  expect(artifact: GraphArtifact): void {
    if (this.closed || this.seen.has(artifact.id) || artifact.extension === 'pom' || artifact.localPath !== undefined) return;
    this.seen.add(artifact.id);
    if (classifyVersion(artifact.version) !== 'exact') return;
    this.waiting.push(artifact);
    this.startNext();
  }

  /** The graph is final: nothing more is begun. What was begun of `wanted` goes on, the rest ends. */
  decide(wanted: readonly GraphArtifact[]): void {
    this.closed = true;
    this.waiting.length = 0;
    const kept = new Set(wanted.map((artifact) => artifact.key));
    for (const [key, { controller, decide }] of this.running) {
      const isKept = kept.has(key);
      decide(isKept);
      if (!isKept) controller.abort(new Error('not needed after all'));
    }
  }

  /** The file of a wanted artifact, if it was begun early. */
  fileOf(artifact: GraphArtifact): Promise<ResolvedArtifact> | null {
    return this.running.get(artifact.key)?.file ?? null;
  }

  /** Waits until nothing runs any more. After {@link decide}. */
  async end(): Promise<void> {
    await Promise.allSettled([...this.running.values()].map(({ file }) => file));
  }

  private startNext(): void {
    while (this.active < mostAtOnce && this.running.size < mostInAll) {
      const artifact = this.waiting.shift();
      if (artifact === undefined) return;
      this.active += 1;
      this.start(artifact);
    }
  }

  private start(artifact: GraphArtifact): void {
    const controller = new AbortController();
    const { signal } = this.context.run;
    const onAbort = (): void => controller.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    let decide: (wanted: boolean) => void = () => undefined;
    const decision = new Promise<boolean>((resolve) => (decide = resolve));
    let transferring = true;
    const transferred = (): void => {
      if (!transferring) return;
      transferring = false;
      this.active -= 1;
      this.startNext();
    };
    const wanted = (): Promise<boolean> => {
      transferred();
      return decision;
    };
    const file = resolveArtifactAlone(withRun(this.context, { signal: controller.signal }), coordinateOf(artifact), wanted);
    this.running.set(artifact.key, { controller, decide, file });
    const onEnd = (): void => {
      signal.removeEventListener('abort', onAbort);
      transferred();
    };
    // Whoever wants it sees its error.
    file.then(onEnd, onEnd);
  }
}
