/** One file that a sync has to look at, as a line of the plan. */
import { fromLineText, toLineText } from '../../../local/sorted-lines/line-text.js';
import { classifyKey, type KeyClass } from '../../../maven/repository-index/classify-key.js';
import { type InventoryRecord, parseRecord } from '../target/inventory-record.js';

/** Marks the line of a file that was not listed, but usually exists. */
export const guessSign = '?';

export interface Action {
  readonly key: string;
  readonly is: KeyClass;
  /** As listed; null if unknown. */
  readonly size: number | null;
  readonly mark: string;
  /** Whether the source may well not have it. */
  readonly isGuess: boolean;
  /** The file that the target has under this key; null if none is known. */
  readonly known: InventoryRecord | null;
}

/**
 * Formats a line that sorts by artifact, and within it by the order of publication.
 * @param listed the line of the listing
 * @param known the line of the inventory, if there is one
 */
export function formatAction(listed: string, known: string | null): string {
  const { artifactFolder, turn } = classifyKey(fromLineText(listed.slice(0, listed.indexOf('\t'))));
  return `${toLineText(artifactFolder)}\t${turn}\t${listed}\t${known ?? ''}`;
}

/** Returns the artifact's folder of a line, as {@link formatAction} wrote it. */
export function artifactOf(line: string): string {
  return line.slice(0, line.indexOf('\t'));
}

export function parseAction(line: string): Action {
  const [, , keyText = '', size = '', mark = '', sign = '', ...known] = line.split('\t');
  const key = fromLineText(keyText);
  return {
    key,
    is: classifyKey(key),
    size: size === '-' ? null : Number(size),
    mark,
    isGuess: sign === guessSign,
    known: parseRecord(known.join('\t')),
  };
}

/** Whether the source's file is surely the one that the target has. Both are lines; the comparison of millions must be cheap. */
export function isUnchanged(listed: string, known: string): boolean {
  return known.startsWith(listed) && !listed.endsWith('\t\t') && !/\td:[^\t]*\t$/.test(listed);
}
