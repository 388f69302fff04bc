/** The audits of the last 30 days: a JSON document that each audit reads, extends and writes again. Pure. */
import { isObject } from '../../client/is-object.js';
import { type EndLine, findingClasses, type ResultHeader } from '../contract.js';
import { type ClassCounts, countsByClass } from '../result/tally.js';

/** The findings of one audit, in short. */
export interface PastAudit {
  /** When it ended, ISO 8601. */
  readonly until: string;
  readonly vantage: string;
  readonly places: readonly PastPlace[];
}

export interface PastPlace {
  readonly name: string;
  readonly url: string;
  /** Null if that was unknown. */
  readonly behindSeconds: number | null;
  readonly classes: Readonly<Partial<ClassCounts>>;
}

const dayMs = 86_400_000;
const keptDays = 30;
/** One an hour. */
const mostAudits = 24 * keptDays;
const classes = new Set<string>(Object.values(findingClasses));

export function pastAuditOf({ until, vantage }: ResultHeader, { places }: EndLine): PastAudit {
  return {
    until,
    vantage,
    places: places.map(({ name, url, behindSeconds, counts }) => ({ name, url, behindSeconds, classes: countsByClass([counts]) })),
  };
}

/** Adds an audit, unless it is there, and drops what is more than 30 days older than the newest. */
export function extendHistory(history: readonly PastAudit[], latest: PastAudit): readonly PastAudit[] {
  const others = history.filter(({ until, vantage }) => until !== latest.until || vantage !== latest.vantage);
  const sorted = [...others, latest].sort((one, other) => Date.parse(one.until) - Date.parse(other.until));
  const newest = Date.parse(sorted.at(-1)?.until ?? latest.until);
  return sorted.filter(({ until }) => Date.parse(until) > newest - keptDays * dayMs).slice(-mostAudits);
}

export function formatHistory(audits: readonly PastAudit[]): string {
  return `${JSON.stringify({ schemaVersion: 1, audits })}\n`;
}

/** Returns the audits; null if the text is not one that {@link formatHistory} wrote. */
export function parseHistory(text: string): readonly PastAudit[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject<unknown>(value) || value['schemaVersion'] !== 1 || !Array.isArray(value['audits'])) return null;
  const audits: readonly unknown[] = value['audits'];
  return audits.every(isPastAudit) ? audits : null;
}

function isPastAudit(value: unknown): value is PastAudit {
  if (!isObject<unknown>(value) || typeof value['vantage'] !== 'string' || !isTime(value['until'])) return false;
  const { places } = value;
  return Array.isArray(places) && places.every(isPastPlace);
}

function isPastPlace(value: unknown): boolean {
  if (!isObject<unknown>(value) || typeof value['name'] !== 'string' || typeof value['url'] !== 'string') return false;
  const { behindSeconds, classes: counts } = value;
  if (behindSeconds !== null && !isAmount(behindSeconds)) return false;
  return isObject<unknown>(counts) && Object.entries(counts).every(([name, count]) => classes.has(name) && isAmount(count));
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
