/** Brings the inventory up to date with the journal, by one pass over both. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { Pace } from '../../../base/async/pace.js';
import { statFile } from '../../../base/disk/stat-file.js';
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { fromLineText, lineKey } from '../../../local/sorted-lines/line-text.js';
import { LineWriter } from '../../../local/sorted-lines/line-writer.js';
import { formatRecord } from './inventory-record.js';
import { Journal, type JournalEntry, parseJournalLine } from './journal.js';
import type { MirrorTarget } from './target.js';

/** Maximum size of a journal that increments leave as it is: reading it must cost less than replacing the inventory. */
const mostOverlayBytes = 16 * 1024 * 1024;

export class Inventory {
  /** Absolute; may be missing. */
  readonly file: string;
  readonly journal: Journal;
  readonly #target: MirrorTarget;

  constructor(target: MirrorTarget) {
    this.#target = target;
    this.file = join(target.stateFolder, 'inventory');
    this.journal = new Journal(join(target.stateFolder, 'journal'));
  }

  get exists(): boolean {
    return existsSync(this.file);
  }

  /**
   * Returns the lines that changed since the inventory was written; null if the journal is so long, or so unsure, that it should become
   * part of the inventory first.
   */
  changes(): ReadonlyMap<string, string | null> | null {
    const lines = new Map<string, string | null>();
    const unsure = new Set<string>();
    const bytes = statFile(this.journal.file)?.size ?? 0;
    if (bytes > mostOverlayBytes) return null;
    for (const { key, change } of this.journal.read()) {
      if (change.kind === 'done') lines.set(key, formatRecord(change.record));
      if (change.kind === 'done') unsure.delete(key);
      else unsure.add(key);
    }
    return unsure.size > 0 ? null : lines;
  }

  /** Makes the journal part of the inventory. Looks at the files whose change may have been cut short. */
  async absorbJournal(signal: AbortSignal): Promise<void> {
    const sorted = join(this.#target.stateFolder, 'journal.sorted');
    this.journal.close();
    if (this.journal.sortInto(sorted)) await this.#merge(sorted, signal);
    rmSync(sorted, { force: true });
    await this.#target.verifyHeld();
    this.journal.clear();
  }

  async #merge(sorted: string, signal: AbortSignal): Promise<void> {
    const known = new LineReader(this.file);
    const entries = new LineReader(sorted);
    const writer = new LineWriter(this.file);
    const pace = new Pace(signal);
    try {
      let record = known.next();
      for (let entry = entries.next(); entry !== null;) {
        const key = lineKey(entry);
        for (; record !== null && lineKey(record) < key; record = known.next()) writer.write(record);
        const earlier = record !== null && lineKey(record) === key ? record : null;
        if (earlier !== null) record = known.next();
        const changes: (JournalEntry | null)[] = [];
        for (; entry !== null && lineKey(entry) === key; entry = entries.next()) changes.push(parseJournalLine(entry));
        const line = await this.#lineAfter(fromLineText(key), changes, earlier, signal);
        if (line !== null) writer.write(line);
        const turn = pace.step();
        if (turn !== null) await turn;
      }
      for (; record !== null; record = known.next()) writer.write(record);
      writer.makeDurable();
      await this.#target.verifyHeld();
      writer.commit();
    } finally {
      known.close();
      entries.close();
      writer.discard();
    }
  }

  /** Returns the line of a key after its changes; null if the target does not have the file any more. */
  async #lineAfter(
    key: string,
    changes: readonly (JournalEntry | null)[],
    earlier: string | null,
    signal: AbortSignal,
  ): Promise<string | null> {
    let established = earlier;
    for (const change of changes) if (change?.kind === 'done') established = formatRecord(change.record);
    const last = changes.at(-1);
    if (last?.kind === 'done') return established;
    if (last?.kind === 'intended' && (await this.#target.digestOf(key, 'sha256', signal)) === last.record.sha256)
      return formatRecord(last.record);
    return established !== null && (await this.#target.sizeOf(key)) !== null ? established : null;
  }
}
