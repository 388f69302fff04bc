/** Holds a candidate against the conditions of docs/admission.md. Pure. */
import type { MirrorFindings } from './findings.js';
import type { Judgement } from './judge.js';
import { latencyOf } from './latency.js';

/** In the order of docs/admission.md. */
export const admissionConditions = [
  'reachable',
  'https',
  'certificate',
  'ipv6',
  'own-answers',
  'not-found',
  'trace',
  'last-sync',
  'fresh',
  'newest-releases',
  'old-releases',
  'checksums',
  'metadata',
  'metadata-caching',
  'latency',
] as const;

/** The name of a condition in docs/admission.md, in the order of that page. */
export type AdmissionConditionId = (typeof admissionConditions)[number];

/** One condition, and whether the candidate meets it. */
export interface AdmissionCondition {
  readonly id: AdmissionConditionId;
  /** False for a recommendation, which does not decide. */
  readonly required: boolean;
  /** `unknown`: it could not be found out, and counts as not met. */
  readonly status: 'met' | 'missing' | 'unknown';
  /** A sentence for a person; not escaped. */
  readonly detail: string;
}

type Outcome = readonly [AdmissionCondition['status'], string];

const recommendations: ReadonlySet<AdmissionConditionId> = new Set(['ipv6', 'latency']);

/** Conditions that can be judged without an answer of the candidate itself. */
const askedOtherwise: ReadonlySet<AdmissionConditionId> = new Set(['reachable', 'https', 'certificate', 'ipv6', 'own-answers']);

/** So that a renewal that fails is noticed before clients are refused. */
const leastDays = 14;
/** Metadata that a cache keeps longer hides new releases. */
const maxMetadataAge = 3600;
const maxP95Ms = 2000;

/** @param url the candidate's base URL */
export function holdAgainstConditions(url: URL, findings: MirrorFindings, judgement: Judgement): readonly AdmissionCondition[] {
  const outcomes: Readonly<Record<AdmissionConditionId, () => Outcome>> = {
    reachable: () =>
      findings.failure === null || findings.elsewhere.length > 0
        ? ['met', 'it answers']
        : ['missing', `it does not answer: ${findings.failure}`],
    https: () =>
      url.protocol === 'https:' ? ['met', 'it is served over https'] : ['missing', `its URL begins with ${url.protocol}, not https:`],
    certificate: () => certificate(findings),
    ipv6: () => family(findings),
    'own-answers': () =>
      findings.elsewhere.length === 0 ? ['met', 'it answers by itself'] : ['missing', `it redirects to ${findings.elsewhere.join(', ')}`],
    'not-found': () => notFound(findings),
    trace: () => trace(findings, judgement),
    'last-sync': () => lastSync(findings),
    fresh: () => fresh(judgement),
    'newest-releases': () => newest(judgement),
    'old-releases': () => old(judgement),
    checksums: () => checksums(judgement),
    metadata: () => metadata(findings, judgement),
    'metadata-caching': () => caching(findings),
    latency: () => latency(findings),
  };
  return admissionConditions.map((id): AdmissionCondition => {
    const isUntold = findings.failure !== null && !askedOtherwise.has(id);
    const [status, detail] = isUntold ? (['unknown', 'it gave no answer of its own'] as const) : outcomes[id]();
    return { id, required: !recommendations.has(id), status, detail };
  });
}

/** Whether all conditions but the recommendations are met. */
export function isAdmissible(conditions: readonly AdmissionCondition[]): boolean {
  return conditions.every(({ required, status }) => !required || status === 'met');
}

function certificate({ certificate: found }: MirrorFindings): Outcome {
  if (found === null) return ['unknown', 'no certificate was seen'];
  if (found.problem !== null) return ['missing', found.problem];
  const detail = `its certificate is valid for ${found.daysLeft} more days`;
  return [
    found.daysLeft >= leastDays ? 'met' : 'missing',
    found.daysLeft >= leastDays ? detail : `${detail}, and ${leastDays} are required`,
  ];
}

function family({ ipv6 }: MirrorFindings): Outcome {
  if (ipv6.status === 'ok') return ['met', `it answers over IPv6, at ${ipv6.address}`];
  return [ipv6.status === 'unknown' ? 'unknown' : 'missing', ipv6.detail];
}

function notFound({ statusOfNothing }: MirrorFindings): Outcome {
  if (statusOfNothing === null) return ['unknown', 'a request for a file that does not exist was not answered'];
  const isRight = statusOfNothing === 404 || statusOfNothing === 410;
  return [isRight ? 'met' : 'missing', `a file that does not exist gives status ${statusOfNothing}`];
}

function trace({ trace: found }: MirrorFindings, { problems }: Judgement): Outcome {
  if (found.state === 'unreadable') return ['missing', `its trace cannot be read: ${found.problem}`];
  if (found.state !== 'read') return [found.state === 'missing' ? 'missing' : 'unknown', 'it has no /.well-known/clojars-mirror.json'];
  const { operator, contact, intervalSeconds } = found.value;
  const absent = Object.entries({ operator, contact, intervalSeconds }).flatMap(([name, value]) => (value === null ? [name] : []));
  if (absent.length > 0) return ['missing', `its trace does not name ${absent.join(' and ')}`];
  const future = problems.find(({ kind, detail }) => kind === 'trace' && detail.startsWith('its trace'));
  return future === undefined ? ['met', `its trace names ${operator} and ${contact}`] : ['missing', future.detail];
}

function lastSync({ lastSync: found }: MirrorFindings): Outcome {
  if (found.state === 'read') return ['met', `lastsync says ${new Date(found.value).toISOString()}`];
  if (found.state === 'unreadable') return ['missing', `lastsync cannot be read: ${found.problem}`];
  return [found.state === 'missing' ? 'missing' : 'unknown', 'it has no /lastsync'];
}

function fresh({ hoursBehind, isStale }: Judgement): Outcome {
  if (hoursBehind === null) return ['unknown', 'neither its trace nor its releases tell how far it is behind'];
  return [isStale ? 'missing' : 'met', `it is ${hoursBehind.toFixed(1)} hours behind`];
}

function newest({ newest: { asked, right, wrong, missing, unknown }, isStale }: Judgement): Outcome {
  const detail = `${right} of the ${asked} newest releases are right, ${missing} missing, ${wrong} wrong`;
  if (asked === 0 || unknown > 0) return ['unknown', asked === 0 ? 'the newest releases are not known' : `${detail}, ${unknown} unknown`];
  return [wrong === 0 && (missing === 0 || !isStale) ? 'met' : 'missing', detail];
}

function old({ old: { asked, right, missing, wrong, unknown } }: Judgement): Outcome {
  const detail = `${right} of ${asked} random old releases are right, ${missing} missing, ${wrong} wrong`;
  if (asked === 0 || (unknown > 0 && missing + wrong === 0))
    return ['unknown', asked === 0 ? 'no old releases are known' : `${detail}, ${unknown} unknown`];
  return [missing + wrong === 0 ? 'met' : 'missing', detail];
}

function checksums({ checksums: { compared, agreeing } }: Judgement): Outcome {
  if (compared === 0) return ['unknown', 'no checksum could be compared'];
  return [agreeing === compared ? 'met' : 'missing', `${agreeing} of ${compared} checksum files agree with the canonical operator's`];
}

function metadata({ metadata: all }: MirrorFindings, { metadata: { checked, dangling } }: Judgement): Outcome {
  const unreadable = all.filter(({ state }) => state === 'unreadable').map(({ artifact }) => artifact);
  if (unreadable.length > 0) return ['missing', `metadata cannot be read: ${unreadable.join(', ')}`];
  if (dangling.length > 0) return ['missing', `metadata names versions that are not there: ${dangling.join(', ')}`];
  return checked === 0 ? ['unknown', 'no metadata could be read'] : ['met', `the metadata of ${checked} artifacts fits the files`];
}

function caching({ metadataMaxAge }: MirrorFindings): Outcome {
  if (metadataMaxAge === null) return ['met', 'metadata names no time for caches'];
  const isShort = metadataMaxAge <= maxMetadataAge;
  return [
    isShort ? 'met' : 'missing',
    `caches may keep metadata for ${metadataMaxAge} s, ${isShort ? 'at' : 'and at'} most ${maxMetadataAge} s are allowed`,
  ];
}

function latency({ timesMs }: MirrorFindings): Outcome {
  const p95 = latencyOf(timesMs)?.p95Ms ?? null;
  if (p95 === null) return ['unknown', 'no request was answered'];
  return [p95 <= maxP95Ms ? 'met' : 'missing', `95 % of its answers begin within ${Math.round(p95)} ms`];
}
