/** Batches of files that a source fetches ahead of the publication. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { formatAction } from '../../src/app/mirror/fetch/action.js';
import { FolderSource } from '../../src/app/mirror/source/folder-source.js';
import { type MirrorSource, SourceError } from '../../src/app/mirror/source/source.js';
import { preparedArtifacts } from '../../src/app/mirror/sync/plan-reader.js';
import { FolderTarget } from '../../src/app/mirror/target/folder-target.js';
import { formatRecordStart } from '../../src/app/mirror/target/inventory-record.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const artifacts = 30;
const filesEach = 1000;

async function writePlan(): Promise<{ readonly root: string; readonly plan: string }> {
  const root = await temporaryFolder();
  const plan = join(root, 'plan');
  const lines: string[] = [];
  for (let artifact = 0; artifact < artifacts; artifact += 1)
    for (let file = 0; file < filesEach; file += 1) {
      const name = `a${String(artifact).padStart(2, '0')}`;
      lines.push(formatAction(formatRecordStart(`g/${name}/1/${name}-1-${file}.jar`, 1, 't:1'), null));
    }
  writeFileSync(plan, `${lines.join('\n')}\n`);
  return { root, plan };
}

/** Notes how many files it was asked to fetch at once, and fetches one batch at a time. */
class CountingSource extends FolderSource implements MirrorSource {
  readonly asked: number[] = [];
  #isBusy = false;

  constructor(
    root: string,
    private readonly failsAt = Infinity,
  ) {
    super(root);
  }

  async prepare(keys: readonly string[]): Promise<void> {
    expect(this.#isBusy).toBe(false);
    this.#isBusy = true;
    this.asked.push(keys.length);
    await new Promise((resolve) => setImmediate(resolve));
    this.#isBusy = false;
    if (this.asked.length === this.failsAt) throw new SourceError('broken', false);
  }
}

function contextOf(source: MirrorSource, root: string, signal = new AbortController().signal) {
  return { source, target: new FolderTarget(join(root, 'target')), signal };
}

/** Lets everything happen that does not wait for the reader. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('two batches are fetched while the files of another one are published, and no more', async () => {
  const { root, plan } = await writePlan();
  const source = new CountingSource(root);
  const reading = preparedArtifacts(plan, contextOf(source, root));
  expect((await reading.next()).value).toHaveLength(filesEach);
  await settle();
  expect(source.asked).toEqual([1000, 2000, 4000]);
  await reading.next();
  await settle();
  expect(source.asked).toEqual([1000, 2000, 4000, 4000]);
  let count = 2;
  for await (const actions of reading) count += Math.sign(actions.length);
  expect([count, source.asked.reduce((sum, files) => sum + files)]).toEqual([artifacts, artifacts * filesEach]);
});

test('after a failure or an abort, nothing more is fetched', async () => {
  const { root, plan } = await writePlan();
  const broken = new CountingSource(root, 2);
  const read: number[] = [];
  const readAll = async (): Promise<void> => {
    for await (const actions of preparedArtifacts(plan, contextOf(broken, root))) read.push(actions.length);
  };
  await expect(readAll()).rejects.toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'source-gone' });
  expect([read, broken.asked]).toEqual([[filesEach], [1000, 2000]]);

  const source = new CountingSource(root);
  const stop = new AbortController();
  const reading = preparedArtifacts(plan, contextOf(source, root, stop.signal));
  const first = reading.next();
  stop.abort(new Error('enough'));
  await expect(first).rejects.toThrow('enough');
  await settle();
  expect(source.asked.length).toBeLessThan(2);
});
