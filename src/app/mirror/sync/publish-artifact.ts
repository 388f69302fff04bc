/**
 * Publishes what is new of one artifact, in the order in which readers look: files, their checksums, metadata, the metadata's checksums.
 * Metadata is published only after everything that it names, so that no reader ever learns of a file that is not there.
 */
import { together } from '../../../base/async/together.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { turns } from '../../../maven/repository-index/classify-key.js';
import { digestOf } from '../../../proof/checksum/digest.js';
import type { Action } from '../fetch/action.js';
import { claimOfFile, contradiction } from '../fetch/claim.js';
import { checksumAlgorithms, fetchChecksums, type FetchedChecksum, stage, UnfitFile, type VerifiedFile } from '../fetch/fetch-file.js';
import { fetchSubject } from '../fetch/fetch-subject.js';
import { recordOf } from '../fetch/record.js';
import { rewriteMetadata } from '../fetch/rewrite-metadata.js';
import { SourceError } from '../source/source.js';
import type { InventoryRecord } from '../target/inventory-record.js';
import { hasNamedFiles } from './named-files.js';
import type { PublishContext } from './publish-context.js';
import { publishFolders } from './publish-folder.js';
import { type Subject, subjectsOf } from './subjects.js';

/** @throws {ClojarsFetchError} if the target as a whole cannot be written, or the source is gone */
export async function publishArtifact(actions: readonly Action[], context: PublishContext): Promise<void> {
  const left = await publishFolders(actions, context);
  if (left.length > 0) await new ArtifactPublication(left, context).run();
}

class ArtifactPublication {
  readonly #context: PublishContext;
  readonly #subjects: readonly Subject[];
  /** Checksum files of files that did not change. */
  readonly #lone: readonly Action[];
  #isComplete = true;
  /** Whether the target or the whole source has failed: then nothing new begins. */
  #hasFailed = false;

  constructor(actions: readonly Action[], context: PublishContext) {
    this.#context = context;
    const { subjects, lone } = subjectsOf(actions);
    this.#subjects = subjects;
    this.#lone = lone;
  }

  async run(): Promise<void> {
    await this.#publishTurn(turns.files);
    await together(this.#lone.map((action) => this.#attempt(action, () => this.#publishLoneChecksum(action))));
    await this.#publishTurn(turns.snapshotMetadata);
    await this.#publishTurn(turns.artifactMetadata);
    await this.#publishTurn(turns.others);
  }

  async #publishTurn(turn: number): Promise<void> {
    const subjects = this.#subjects.filter(({ action }) => action.is.turn === turn);
    const checksums = await together(
      subjects.map(({ action, checksums: sums }) => this.#attempt(action, () => this.#publishSubject(action, sums))),
    );
    await together(checksums.flat().map((checksum) => this.#attempt(checksum.action, () => this.#publishChecksum(checksum))));
  }

  /** Does the work when its turn comes; a failure concerns this file alone, unless the target or the whole source has failed. */
  async #attempt(action: Action, work: () => Promise<readonly FetchedChecksum[]>): Promise<readonly FetchedChecksum[]> {
    const { gate, signal } = this.#context;
    try {
      return await gate.run(() => (this.#hasFailed ? Promise.resolve([]) : work()), signal);
    } catch (error) {
      try {
        this.#noteFailure(action, error);
        return [];
      } catch (failure) {
        this.#hasFailed = true;
        throw failure;
      }
    }
  }

  /** @throws what concerns more than this file */
  #noteFailure(action: Action, error: unknown): void {
    const { signal, findings, outages } = this.#context;
    signal.throwIfAborted();
    if (error instanceof SourceError) outages.note(error);
    else if (!(error instanceof UnfitFile) && !isOfOneFile(error)) throw error;
    const kind = error instanceof UnfitFile ? error.kind : 'failed';
    // Of a file that changed, the target has the bytes that were published first. Wrong metadata will never come.
    if (kind !== 'changed' && !(kind === 'upstream-wrong' && action.is.kind === 'metadata')) this.#isComplete = false;
    findings.add(kind, action.key, error.message);
  }

  /** @returns the checksum files to publish next */
  async #publishSubject(action: Action, sums: readonly Action[]): Promise<readonly FetchedChecksum[]> {
    const { findings } = this.#context;
    if (action.is.kind === 'metadata' && !this.#isComplete) {
      findings.add('waiting', action.key, 'files of this artifact could not be published');
      return [];
    }
    const { file, checksums } = await fetchSubject(action, sums, this.#context);
    return file === null ? checksums : this.#publishFetched(action, file, checksums);
  }

  /** Publishes the bytes of the source, or metadata that is rewritten from them. Returns the checksum files to publish next. */
  async #publishFetched(action: Action, file: VerifiedFile, checksums: readonly FetchedChecksum[]): Promise<readonly FetchedChecksum[]> {
    const { filtering, target } = this.#context;
    const rewritten = filtering.mayRewrite(action.key) ? await rewriteMetadata(action, file, checksums, target) : null;
    if (rewritten === null) return (await this.#decide(action, file)) ? checksums : [];
    await file.staged.discard();
    return (await this.#decide(rewritten.action, rewritten.file)) ? rewritten.checksums : [];
  }

  /** Publishes a verified file, unless something speaks against it. Returns whether its checksum files may follow. */
  async #decide(action: Action, file: VerifiedFile): Promise<boolean> {
    try {
      const record = this.#recordOf(action, file);
      const there = await this.#lookAt(action, file);
      if (there === 'same') {
        this.#context.journal.done(record);
        return true;
      }
      if (file.bytes !== null && !(await hasNamedFiles(action.key, file.bytes, this.#context))) return false;
      // A reader must not find a checksum file that contradicts the new file.
      if (there === 'older') await this.#removeChecksums(action);
      await this.#publish(record, file, there === 'absent');
      return true;
    } finally {
      await file.staged.discard();
    }
  }

  /** Looks whether the target has these bytes, or older ones to replace. @throws {UnfitFile} if it has others that must stay */
  async #lookAt(action: Action, { sha256 }: Pick<VerifiedFile, 'sha256'>): Promise<'same' | 'older' | 'absent'> {
    const { target, signal } = this.#context;
    const { key, known, is } = action;
    if (known !== null && known.sha256 !== sha256) {
      if (is.isMutable) return 'older';
      throw new UnfitFile(`it was not overwritten: its sha256 was ${known.sha256}, and is ${sha256} at the source`, 'changed');
    }
    if ((await target.sizeOf(key)) === null) return known === null ? 'absent' : 'older';
    if ((await target.digestOf(key, 'sha256', signal)) === sha256) return 'same';
    // A file of the inventory that was damaged at the target is replaced, and so is one of a machine that ended before it could tell.
    if (known !== null || (is.isMutable && (await target.isOwn?.(key)) === true)) return 'older';
    throw new UnfitFile('another file of this name is already there, and no sync put it there', 'occupied');
  }

  async #publishChecksum({ action, bytes, file: fetched }: FetchedChecksum): Promise<readonly FetchedChecksum[]> {
    if (bytes === null) {
      if (action.isGuess) return [];
      throw new UnfitFile('the source lists it, but does not have it');
    }
    const sha256 = digestOf(bytes, ['sha256']).sha256 ?? '';
    const staged = await stage(action.key, fetched, this.#context.target);
    try {
      await staged.write(bytes);
      const file = { staged, size: bytes.length, sha256 };
      const record = this.#recordOf(action, file);
      const there = await this.#lookAt(action, file);
      if (there === 'same') this.#context.journal.done(record);
      else await this.#publish(record, file, there === 'absent');
    } finally {
      await staged.discard();
    }
    return [];
  }

  /** A checksum file alone must agree with the file that is already there. */
  async #publishLoneChecksum(action: Action): Promise<readonly FetchedChecksum[]> {
    const [fetched = { action, bytes: null }] = await fetchChecksums([action], this.#context);
    this.#context.outages.end();
    const { bytes } = fetched;
    const claim = bytes === null ? null : claimOfFile(action.key, bytes);
    if (claim !== null && action.is.subject !== null) {
      const { target, signal } = this.#context;
      const digest = await target.digestOf(action.is.subject, claim.algorithm, signal);
      const problem = digest === null ? null : contradiction([claim], { [claim.algorithm]: digest });
      if (problem !== null) throw new UnfitFile(`it contradicts the file that is already there: ${problem}`);
    }
    return this.#publishChecksum(fetched);
  }

  async #publish(record: InventoryRecord, file: Pick<VerifiedFile, 'staged'>, mustBeNew: boolean): Promise<void> {
    const { journal, published, onPublished } = this.#context;
    journal.intend(record);
    await publishStaged(file, mustBeNew);
    journal.done(record);
    published.files += 1;
    published.bytes += record.size;
    onPublished(record.key);
  }

  /** Also those that the source has no more. */
  async #removeChecksums({ key }: Action): Promise<void> {
    const { journal, target } = this.#context;
    for (const algorithm of checksumAlgorithms) {
      const checksum = `${key}.${algorithm}`;
      if ((await target.sizeOf(checksum)) === null) continue;
      journal.removing(checksum);
      await target.remove(checksum);
    }
  }

  #recordOf(action: Action, file: Pick<VerifiedFile, 'size' | 'sha256'>): InventoryRecord {
    return recordOf(action, this.#context.source.now(), file);
  }
}

/** @throws {UnfitFile} `occupied` if another file has the place, such as one whose name differs only in case */
async function publishStaged({ staged }: Pick<VerifiedFile, 'staged'>, mustBeNew: boolean): Promise<void> {
  try {
    await staged.publish({ mustBeNew });
  } catch (error) {
    throw isOfOneFile(error) ? new UnfitFile(error.message, 'occupied') : error;
  }
}

/** Whether a failure of the target concerns only the place of one file. */
function isOfOneFile(error: unknown): error is ClojarsFetchError {
  return error instanceof ClojarsFetchError && (error.reason === 'corrupt' || error.code === 'ERR_LIMIT');
}
