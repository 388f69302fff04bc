/** Writes the lines of a result. Members come in a fixed order, so that equal results have equal bytes. */
import type { DigestLine, EndLine, Evidence, Facts, Finding, PlaceSummary, ResultHeader } from '../contract.js';
import { inOrder } from './tally.js';

/**
 * Servers choose these texts, and a line must not become longer than its readers allow, 64 kB: each character may take six bytes. A path has
 * up to 1,024 bytes.
 */
const longestUrl = 2000;
const longestDetail = 200;
const longestHeader = 80;
const longestFact = 250;
const longestName = 40;
const mostFacts = 8;
const mostEvidence = 8;

export function formatHeader({
  format,
  version,
  plan,
  repository,
  vantage,
  shard,
  from,
  until,
  seed,
  skippedNames,
  audited,
  places,
}: ResultHeader): string {
  const { full, sharePerMillion, listsOnly } = audited;
  return JSON.stringify({
    format,
    version,
    plan,
    repository,
    vantage,
    shard,
    from,
    until,
    seed,
    skippedNames: orNone(skippedNames),
    audited: { full, sharePerMillion, listsOnly },
    places: places.map(({ name, url }) => ({ name, url })),
  });
}

export function formatFinding({ finding, class: classOfIt, path, place, expected, found, evidence }: Finding): string {
  return JSON.stringify({
    finding,
    class: classOfIt,
    path,
    place,
    expected: clipFacts(expected),
    found: clipFacts(found),
    evidence: evidence.slice(0, mostEvidence).map(evidenceOf),
  });
}

/** There is one for each file, and this is faster than an object for each. */
export function formatDigest({ digest, sha256, size }: DigestLine): string {
  return `{"digest":${JSON.stringify(digest)},"sha256":"${sha256}","size":${size}}`;
}

export function formatEnd({ end, files, digests, origin, places, sha256 }: EndLine): string {
  return JSON.stringify({ end, files, digests, origin: inOrder(origin), places: places.map(summaryOf), sha256 });
}

function evidenceOf({ url, as, status, etag, time, detail }: Evidence): Evidence {
  return {
    url: clip(url, longestUrl),
    as,
    status,
    etag: etag && clip(etag, longestHeader),
    time: time && clip(time, longestHeader),
    detail: detail && clip(detail, longestDetail),
  };
}

function clipFacts(facts: Facts): Facts {
  const some = Object.entries(facts).slice(0, mostFacts);
  return Object.fromEntries(
    some.map(([name, fact]) => [clip(name, longestName), typeof fact === 'string' ? clip(fact, longestFact) : fact]),
  );
}

function clip(text: string, longest: number): string {
  return text.length > longest ? text.slice(0, longest) : text;
}

function summaryOf({ name, url, behindSeconds, answered, skippedNames, counts }: PlaceSummary): PlaceSummary {
  return { name, url, behindSeconds, answered, skippedNames: orNone(skippedNames), counts: inOrder(counts) };
}

/** Leaves a member out if there is nothing to count. */
function orNone(count: number | undefined): number | undefined {
  return count === 0 ? undefined : count;
}
