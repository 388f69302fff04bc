/** Writes the lines of a result. Members come in a fixed order, so that equal results have equal bytes. */
import type { DigestLine, EndLine, Evidence, Facts, Finding, PlaceSummary, ResultHeader } from '../contract.js';
import { inOrder } from './tally.js';

/** Servers choose these texts, and a line must not become longer than its readers allow. */
const longestText = 2000;
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
  return { url: clip(url), as, status, etag: etag && clip(etag), time: time && clip(time), detail: detail && clip(detail) };
}

function clipFacts(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, typeof fact === 'string' ? clip(fact) : fact]));
}

function clip(text: string): string {
  return text.length > longestText ? text.slice(0, longestText) : text;
}

function summaryOf({ name, url, behindSeconds, answered, counts }: PlaceSummary): PlaceSummary {
  return { name, url, behindSeconds, answered, counts: inOrder(counts) };
}
