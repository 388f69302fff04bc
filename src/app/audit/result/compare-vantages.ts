/** Puts the results of several vantage points side by side: a mirror must tell all of them the same. */
import { Pace } from '../../../base/async/pace.js';
import { type Facts, type Finding, originName, type PlaceSummary, type ResultHeader } from '../contract.js';
import type { AuditSummary } from './audit-summary.js';
import { badPart } from './bad-part.js';
import { ResultWriter } from './result-writer.js';
import { VantageReader } from './vantage-reader.js';

/** The findings of one vantage point about one file at one place. */
interface View {
  readonly vantage: string;
  /** Whether the place told this vantage point anything about the file. */
  readonly isWitness: boolean;
  readonly findings: readonly Finding[];
  readonly lie: Finding | null;
}

/**
 * Writes all findings, each once, and a `vantage-differs` for each file about which a place lied to some and not to others, or with several
 * lies. A file that only some miss is not a lie: the place may have fetched it meanwhile.
 *
 * @param files absolute: whole results of the same plan, at least two
 * @param result absolute
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-part`
 */
export async function compareVantages(files: readonly string[], result: string, signal?: AbortSignal): Promise<AuditSummary> {
  const pace = new Pace(signal);
  const readers: VantageReader[] = [];
  let writer: ResultWriter | null = null;
  try {
    for (const file of files) readers.push(new VantageReader(file));
    const header = commonHeader(readers);
    writer = new ResultWriter(result, header.places);
    for (let pair = first(readers, ({ pair: key }) => key); pair !== null; pair = first(readers, ({ pair: key }) => key)) {
      compareFindings(viewsOf(readers, pair), writer);
      const turn = pace.step();
      if (turn !== null) await turn;
    }
    for (let key = first(readers, ({ digest }) => digest); key !== null; key = first(readers, ({ digest }) => digest)) {
      compareDigests(readers, key, writer);
      const turn = pace.step();
      if (turn !== null) await turn;
    }
    return { header, end: writer.finish(header, { files: readers[0]?.end.files ?? 0, places: commonPlaces(readers) }) };
  } finally {
    for (const reader of readers) reader.close();
    writer?.discard();
  }
}

function first(readers: readonly VantageReader[], keyOf: (reader: VantageReader) => string | null): string | null {
  return readers.reduce<string | null>((least, reader) => {
    const key = keyOf(reader);
    return key !== null && (least === null || key < least) ? key : least;
  }, null);
}

function viewsOf(readers: readonly VantageReader[], pair: string): readonly View[] {
  const views = readers.map(({ header, end }, at) => ({ vantage: header.vantage, end, findings: readers[at]?.takeFindings(pair) ?? [] }));
  const place = views.flatMap(({ findings }) => findings)[0]?.place;
  return views.map(({ vantage, end, findings }) => ({
    vantage,
    // A place that never answered has told nothing, whether or not each file is listed as unknown.
    isWitness: !findings.some(({ finding }) => finding === 'unknown') && end.places.find(({ name }) => name === place)?.answered !== 0,
    findings,
    lie: findings.find((finding) => finding.class === 'lie') ?? null,
  }));
}

function compareFindings(views: readonly View[], writer: ResultWriter): void {
  const kinds = new Set<string>();
  for (const finding of views.flatMap(({ findings }) => findings)) {
    if (!kinds.has(finding.finding)) writer.add(finding);
    kinds.add(finding.finding);
  }
  if (kinds.has('vantage-differs')) return;
  const [model, ...others] = views.filter(({ isWitness }) => isWitness);
  const other = others.find(({ lie }) => lieText(lie) !== lieText(model?.lie ?? null));
  const lie = other?.lie ?? model?.lie;
  if (model === undefined || other === undefined || lie == null) return;
  writer.add({
    finding: 'vantage-differs',
    class: 'lie',
    path: lie.path,
    place: lie.place,
    expected: shownTo(model),
    found: shownTo(other),
    evidence: [...(model.lie?.evidence ?? []), ...(other.lie?.evidence ?? [])],
  });
}

/** Pages of the web differ from one request to the next. */
function lieText(lie: Finding | null): string {
  return lie === null ? '' : lie.finding === 'not-maven' ? lie.finding : JSON.stringify([lie.finding, lie.found]);
}

function shownTo({ vantage, lie }: View): Facts {
  return { ...lie?.found, vantage, finding: lie?.finding ?? null };
}

/** The origin, too, must show the same bytes to all. */
function compareDigests(readers: readonly VantageReader[], key: string, writer: ResultWriter): void {
  const seen = readers.flatMap((reader) => {
    const digest = reader.takeDigest(key);
    return digest === null ? [] : [{ vantage: reader.header.vantage, digest }];
  });
  const [model, ...others] = seen;
  const other = others.find(({ digest }) => digest.sha256 !== model?.digest.sha256);
  if (model === undefined) return;
  if (other === undefined) writer.addDigest(model.digest);
  else
    writer.add({
      finding: 'vantage-differs',
      class: 'lie',
      path: model.digest.digest,
      place: originName,
      expected: { vantage: model.vantage, sha256: model.digest.sha256, size: model.digest.size },
      found: { vantage: other.vantage, sha256: other.digest.sha256, size: other.digest.size },
      evidence: [],
    });
}

function commonHeader(readers: readonly VantageReader[]): ResultHeader {
  const [model] = readers;
  if (model === undefined) throw new RangeError('no results to compare');
  const names = new Map<string, string>();
  for (const { file, header } of readers) {
    const { plan, seed, audited, vantage } = header;
    if (plan !== model.header.plan)
      throw badPart(file, `was made with another plan than ${model.file}`, 'Give each vantage point the same plan.');
    if (seed !== model.header.seed || JSON.stringify(audited) !== JSON.stringify(model.header.audited))
      throw badPart(file, `was made with other options than ${model.file}`);
    const same = names.get(vantage);
    if (same !== undefined) throw badPart(file, `has the same vantage point as ${same}: '${vantage}'`, 'Name each with --vantage.');
    names.set(vantage, file);
  }
  const times = readers.map(({ header }) => header);
  return {
    ...model.header,
    vantage: [...names.keys()].join('+'),
    from: times.map(({ from }) => from).sort()[0] ?? model.header.from,
    until:
      times
        .map(({ until }) => until)
        .sort()
        .at(-1) ?? model.header.until,
  };
}

/** A place answered what it answered to all of them, and is as far behind as the worst saw it. */
function commonPlaces(readers: readonly VantageReader[]): readonly Omit<PlaceSummary, 'counts'>[] {
  return (readers[0]?.header.places ?? []).map(({ name, url }, at) => {
    const summaries = readers.flatMap(({ end }) => end.places[at] ?? []);
    const behind = summaries.flatMap(({ behindSeconds }) => behindSeconds ?? []);
    return {
      name,
      url,
      behindSeconds: behind.length === 0 ? null : Math.max(...behind),
      answered: Math.min(...summaries.map(({ answered }) => answered)),
      skippedNames: Math.max(...summaries.map(({ skippedNames = 0 }) => skippedNames)),
    };
  });
}
