/** Reads a plan, artifact by artifact. */
import { ClojarsFetchError } from '../../../base/error.js';
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { folderOf } from '../../../maven/repository-index/key.js';
import { type Action, artifactOf, parseAction } from '../fetch/action.js';
import { withRetries } from '../source/read-text.js';
import { type MirrorSource, SourceError } from '../source/source.js';
import { isNewVersionFile } from './new-file.js';

/** Files that a source prepares at once: few at first, since nothing can be published before they have come. */
const filesAtFirst = 1000;
const filesPrepared = 4000;

/** Batches that wait, prepared or not, while the artifacts of another one are published: so the source never waits for the publication. */
const batchesAhead = 2;

/** Artifacts that a source prepares together. */
interface Batch {
  readonly artifacts: readonly (readonly Action[])[];
  readonly prepared: Promise<void>;
}

/** Has the source prepare the next artifacts while the ones before are published. */
export async function* preparedArtifacts(source: MirrorSource, plan: string, signal: AbortSignal): AsyncGenerator<readonly Action[]> {
  if (source.prepare === undefined) {
    yield* artifactsOf(plan);
    return;
  }
  const waiting: Batch[] = [];
  let last = Promise.resolve();
  for (const artifacts of inBatches(artifactsOf(plan))) {
    last = prepareAfter(last, artifacts, source, signal);
    waiting.push({ artifacts, prepared: last });
    if (waiting.length > batchesAhead) yield* nextOf(waiting);
  }
  while (waiting.length > 0) yield* nextOf(waiting);
}

/** Does nothing if the batch before failed, or if the sync was aborted meanwhile: then the source may be closed. */
function prepareAfter(
  before: Promise<void>,
  artifacts: readonly (readonly Action[])[],
  source: MirrorSource,
  signal: AbortSignal,
): Promise<void> {
  const keys = artifacts.flatMap((actions) => actions.map(({ key }) => key));
  const folders = artifacts.flatMap(newFolders);
  const prepared = before.then(() => {
    signal.throwIfAborted();
    return withRetries(async () => source.prepare?.(keys, signal, folders), signal);
  });
  prepared.catch(() => undefined);
  return prepared;
}

/** Returns the folders of versions in which all planned files are new. A plan does not name files that the target has already. */
function newFolders(actions: readonly Action[]): readonly string[] {
  const folders = new Map<string, boolean>();
  for (const action of actions) {
    const folder = folderOf(action.key);
    folders.set(folder, isNewVersionFile(action) && folders.get(folder) !== false);
  }
  return [...folders].filter(([, isNew]) => isNew).map(([folder]) => folder);
}

async function* nextOf(waiting: Batch[]): AsyncGenerator<readonly Action[]> {
  const batch = waiting.shift();
  if (batch === undefined) return;
  await batch.prepared.catch(unreachable);
  yield* batch.artifacts;
}

function* artifactsOf(plan: string): Generator<readonly Action[]> {
  const reader = new LineReader(plan);
  try {
    let actions: Action[] = [];
    let artifact = '';
    for (let line = reader.next(); line !== null; line = reader.next()) {
      if (artifactOf(line) !== artifact && actions.length > 0) {
        yield actions;
        actions = [];
      }
      artifact = artifactOf(line);
      actions.push(parseAction(line));
    }
    if (actions.length > 0) yield actions;
  } finally {
    reader.close();
  }
}

function* inBatches(artifacts: Iterable<readonly Action[]>): Generator<readonly (readonly Action[])[]> {
  let files = filesAtFirst;
  let batch: (readonly Action[])[] = [];
  let count = 0;
  for (const actions of artifacts) {
    batch.push(actions);
    count += actions.length;
    if (count < files) continue;
    yield batch;
    files = Math.min(2 * files, filesPrepared);
    batch = [];
    count = 0;
  }
  if (batch.length > 0) yield batch;
}

function unreachable(error: unknown): never {
  if (!(error instanceof SourceError)) throw error;
  throw new ClojarsFetchError('ERR_UNREACHABLE', {
    reason: 'source-gone',
    message: error.message,
    hint: 'Run the same command again later: what was fetched is kept.',
    cause: error,
  });
}
