/** Text of `audit`. */
import {
  type AuditKey,
  type AuditSummary,
  countsByClass,
  type FindingClass,
  type FindingCounts,
  type PlaceSummary,
  type PlannedAudit,
  type SignedAudit,
} from '../../audit.js';
import { columns } from './columns.js';
import { counted } from './counted.js';
import { showText } from './render.js';

const classes = ['lie', 'gap', 'lag', 'extra', 'upstream', 'unknown'] as const satisfies readonly FindingClass[];

export function formatPlan({ file, id, files, seed, source, places }: PlannedAudit): string {
  return [
    `${showText(file)}: ${counted(files, 'file')} of ${showText(source)} to be checked at ${places.map(({ name }) => name).join(', ')}`,
    `plan ${id}, seed ${seed}`,
    '',
  ].join('\n');
}

/** Formats a new key: the secret one stays in its file. */
export function formatKey({ file, verifierKey }: AuditKey): string {
  return `the secret key is in ${showText(file)}\nthe key that verifies its audits, for trust.audits:\n${verifierKey}\n`;
}

/** Formats how many findings of each class there are at each place, and which kinds they are of. */
export function formatAudit({ header, end }: AuditSummary, signed: SignedAudit | null): string {
  const rows = [
    ['place', ...classes, 'answered', 'behind'],
    ...end.places.map((place) => [place.name, ...cells(place.counts), `${place.answered} of ${end.files}`, behind(place)]),
    ['origin', ...cells(end.origin), '', ''],
  ];
  return [
    `${showText(header.repository)}, ${counted(end.files, 'file')}, from ${header.vantage}${header.shard === null ? '' : `, shard ${header.shard}`}`,
    '',
    ...columns(rows),
    '',
    ...[...end.places, { name: 'origin', counts: end.origin }].flatMap(({ name, counts }) => kindsOf(name, counts)),
    ...[...end.places, { name: 'origin', skippedNames: header.skippedNames }].flatMap((place) => skippedOf(place)),
    ...(signed === null ? [] : [`signed in ${showText(signed.note)}, with ${counted(signed.files, 'file')} in ${showText(signed.list)}`]),
    '',
  ].join('\n');
}

function cells(counts: FindingCounts): readonly string[] {
  const sums = countsByClass([counts]);
  return classes.map((name) => String(sums[name]));
}

function behind({ behindSeconds }: PlaceSummary): string {
  return behindSeconds === null ? '?' : `${(behindSeconds / 3600).toFixed(1)} h`;
}

function kindsOf(name: string, counts: FindingCounts): readonly string[] {
  const found = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
  return found.length === 0 ? [] : [`${name}: ${found.join(', ')}`];
}

function skippedOf({ name, skippedNames = 0 }: Pick<PlaceSummary, 'name' | 'skippedNames'>): readonly string[] {
  return skippedNames === 0
    ? []
    : [`${name}: left out ${skippedNames} listed ${skippedNames === 1 ? 'name' : 'names'} that cannot be paths`];
}
