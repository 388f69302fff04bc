/**
 * The text of a signed audit: header lines that say what was audited, and the digest of the list of files whose bytes were verified. It is
 * the text of a note (`signed-note.ts`); the list is a file next to the note, which `sha256sum -c` reads.
 */

const firstLine = 'clojars-fetch.audit/v1';
/** As many as a plan can have; a statement of an attacker must not take memory. */
const mostPlaces = 1000;
const mostCounts = 100;

/** A place that was audited, and what was found there. */
export interface AuditedPlace {
  readonly url: string;
  /** Findings by class: `lie`, `gap`, `lag`, `unknown`, … */
  readonly counts: Readonly<Record<string, number>>;
}

/** The signed facts of an audit. */
export interface AuditStatement {
  /** Canonical URL of the repository. */
  readonly repository: string;
  /** The place that the audit saw the mirrors from. */
  readonly vantage: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Digest of the plan, hex. */
  readonly plan: string;
  /** `files`, and the findings by class. */
  readonly counts: Readonly<Record<string, number>>;
  readonly places: readonly AuditedPlace[];
  /** The list of verified files: its SHA-256, lower-case hex, and its name next to the note. */
  readonly list: { readonly sha256: string; readonly name: string };
}

/** Writes the statement, one line for each fact. @throws TypeError for a value that no reader accepts */
export function formatStatement(statement: AuditStatement): string {
  const { repository, vantage, fromMs, untilMs, plan, counts, places, list } = statement;
  const lines = [
    firstLine,
    `repository ${repository}`,
    `vantage ${vantage}`,
    `from ${new Date(fromMs).toISOString()}`,
    `until ${new Date(untilMs).toISOString()}`,
    `plan ${plan}`,
    `counts ${formatCounts(counts)}`,
    ...places.map((place) => `place ${place.url} ${formatCounts(place.counts)}`),
    `list ${list.sha256} ${list.name}`,
  ];
  const text = lines.map((line) => `${line}\n`).join('');
  if (parseStatement(text) === null) throw new TypeError('a value of the audit does not fit into its line');
  return text;
}

/** Reads a statement; null if any line is missing, out of order, or malformed. */
export function parseStatement(text: string): AuditStatement | null {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length > mostPlaces + 8) return null;
  const [format, repository, vantage, from, until, plan, counts, ...rest] = lines;
  const list = rest.pop();
  if (format !== firstLine) return null;
  const fromMs = parseTime(valueOf('from', from));
  const untilMs = parseTime(valueOf('until', until));
  const read = {
    repository: urlOf(valueOf('repository', repository)),
    vantage: valueOf('vantage', vantage),
    plan: hexOf(valueOf('plan', plan)),
    counts: parseCounts(valueOf('counts', counts)),
    places: parsePlaces(rest),
    list: parseList(valueOf('list', list)),
  };
  if (fromMs === null || untilMs === null || fromMs > untilMs || !isComplete(read)) return null;
  return { ...read, fromMs, untilMs };
}

type Complete<T> = { readonly [K in keyof T]: NonNullable<T[K]> };

function isComplete<T extends object>(read: T): read is T & Complete<T> {
  return Object.values(read).every((value) => value !== null);
}

function valueOf(key: string, line: string | undefined): string | null {
  const value = line?.startsWith(`${key} `) === true ? line.slice(key.length + 1) : '';
  return value === '' || value.length > 4096 ? null : value;
}

/** The same time has one spelling. */
function parseTime(value: string | null): number | null {
  const ms = value === null ? NaN : Date.parse(value);
  return Number.isNaN(ms) || new Date(ms).toISOString() !== value ? null : ms;
}

function hexOf(value: string | null): string | null {
  return value !== null && /^[0-9a-f]{64}$/.test(value) ? value : null;
}

function urlOf(value: string | null): string | null {
  return value !== null && /^[a-z][a-z0-9+.-]*:\S+$/.test(value) ? value : null;
}

function formatCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name}=${count}`)
    .join(' ');
}

function parseCounts(value: string | null): Readonly<Record<string, number>> | null {
  if (value === null) return null;
  const pairs = value.split(' ', mostCounts + 1).map((pair) => /^([a-z][a-z-]{0,40})=(0|[1-9]\d{0,14})$/.exec(pair));
  const counts = new Map(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1] ?? '', Number(pair[2])] as const])));
  return counts.size === pairs.length && pairs.length <= mostCounts ? Object.fromEntries(counts) : null;
}

function parsePlaces(lines: readonly string[]): readonly AuditedPlace[] | null {
  const places = lines.flatMap((line): AuditedPlace[] => {
    const [, url, pairs] = /^place (\S+) (.+)$/.exec(line) ?? [];
    const counts = parseCounts(pairs ?? null);
    const place = urlOf(url ?? null);
    return place === null || counts === null ? [] : [{ url: place, counts }];
  });
  return places.length === lines.length ? places : null;
}

/** The list lies next to the note: its name is never a path. */
function parseList(value: string | null): AuditStatement['list'] | null {
  const [, sha256, name] = /^([0-9a-f]{64}) ([A-Za-z0-9_-][A-Za-z0-9._-]{0,127})$/.exec(value ?? '') ?? [];
  return sha256 === undefined || name === undefined ? null : { sha256, name };
}
