/** Reads a plan, artifact by artifact. */
import { ClojarsFetchError } from '../../../base/error.js';
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { folderOf } from '../../../maven/repository-index/key.js';
import { type Action, artifactOf, parseAction } from '../fetch/action.js';
import { withRetries } from '../source/read-text.js';
import { SourceError } from '../source/source.js';
import type { MirrorTarget } from '../target/target.js';
import { isNewVersionFile } from './new-file.js';
import type { PublishContext } from './publish-context.js';

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
export async function* preparedArtifacts(
  plan: string,
  context: Pick<PublishContext, 'source' | 'target' | 'signal'>,
): AsyncGenerator<readonly Action[]> {
  if (context.source.prepare === undefined) {
    yield* artifactsOf(plan);
    return;
  }
  const waiting: Batch[] = [];
  let last = Promise.resolve();
  for (const artifacts of inBatches(artifactsOf(plan))) {
    last = prepareAfter(last, artifacts.flat(), context);
    waiting.push({ artifacts, prepared: last });
    if (waiting.length > batchesAhead) yield* nextOf(waiting);
  }
  while (waiting.length > 0) yield* nextOf(waiting);
}

/** Does nothing if the batch before failed, or if the sync was aborted meanwhile: then the source may be closed. */
function prepareAfter(
  before: Promise<void>,
  actions: readonly Action[],
  { source, target, signal }: Pick<PublishContext, 'source' | 'target' | 'signal'>,
): Promise<void> {
  const keys = actions.map(({ key }) => key);
  const prepared = before.then(async () => {
    signal.throwIfAborted();
    const folders = await newFolders(actions, target);
    signal.throwIfAborted();
    await withRetries(async () => source.prepare?.(keys, signal, folders), signal);
  });
  prepared.catch(() => undefined);
  return prepared;
}

/**
 * Returns the folders of versions in which all files of the source are new. A plan does not name files that the target has already, so the
 * target is asked: of a version that only got a late file, the others would be sent once more.
 */
async function newFolders(actions: readonly Action[], target: MirrorTarget): Promise<readonly string[]> {
  const folders = new Map<string, boolean>();
  for (const action of actions) {
    const folder = folderOf(action.key);
    folders.set(folder, isNewVersionFile(action) && folders.get(folder) !== false);
  }
  const planned = [...folders].filter(([, isNew]) => isNew).map(([folder]) => folder);
  const areThere = await Promise.all(planned.map((folder) => target.hasFolder(folder)));
  return planned.filter((_, index) => areThere[index] === false);
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
