/** Checks the files of one folder at a place: each by itself, and then what the place lists besides. */
import { together } from '../../../base/async/together.js';
import type { PlanEntry } from '../contract.js';
import type { ExtraFiles } from './check-extras.js';
import { checkEntry } from './check-place.js';
import { Findings, type PlaceContext } from './findings.js';
import type { Progress } from './journal.js';
import type { Unit } from './place-pass.js';

/** Files of a folder that are checked one after the other. */
const inRow = 64;

/** @param extras null if the plan does not tell what else the origin has */
export async function checkUnit({ entries, next, isWhole }: Unit, context: PlaceContext, extras: ExtraFiles | null): Promise<Progress> {
  const found = (await together(rowsOf(entries).map((row) => checkRow(row, context)))).flat();
  const more = new Findings(context);
  const skippedNames = isWhole ? ((await extras?.check(entries, more)) ?? 0) : 0;
  const lags = found.flatMap(({ lagMs }) => lagMs ?? []);
  return {
    next,
    answered: found.filter(({ isUnknown }) => !isUnknown).length,
    lagMs: lags.length === 0 ? null : Math.max(...lags),
    skippedNames,
    findings: [...found, more].flatMap(({ list }) => list),
    digests: [],
  };
}

async function checkRow(entries: readonly PlanEntry[], context: PlaceContext): Promise<readonly Findings[]> {
  const found: Findings[] = [];
  for (const entry of entries) found.push(await checkEntry(entry, context));
  return found;
}

function rowsOf(entries: readonly PlanEntry[]): readonly (readonly PlanEntry[])[] {
  return Array.from({ length: Math.ceil(entries.length / inRow) }, (_, row) => entries.slice(row * inRow, (row + 1) * inRow));
}
