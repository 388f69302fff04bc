/** Asks a place about a file, and holds the answers against the plan and the origin. */
import { isImmutable, otherAgent } from '../compare/sample.js';
import type { Evidence, PlanEntry } from '../contract.js';
import type { Answer, Look } from './answer.js';
import { checkBytes, type Content } from './check-bytes.js';
import { checkMetadata } from './check-metadata.js';
import { checkSidecars } from './check-sidecars.js';
import { Findings, type PlaceContext } from './findings.js';

export async function checkEntry(entry: PlanEntry, context: PlaceContext): Promise<Findings> {
  const findings = new Findings(context);
  const { client } = context;
  const { goneBecause: detail } = client;
  if (detail !== null) findings.unknown(entry.path, { url: client.urlOf(entry.path), as: 'audit', status: null, detail });
  else if (entry.metadata === true) await checkMetadata(entry, context, findings);
  else await checkFile(entry, context, findings);
  return findings;
}

async function checkFile(entry: PlanEntry, context: PlaceContext, findings: Findings): Promise<void> {
  const { path } = entry;
  const look = await lookTwice(entry, context);
  if (look.kind === 'none') return findings.unknown(path, look.evidence);
  if (look.kind === 'missing') return checkAbsence(entry, look.evidence, context, findings);
  const suspicion = suspect(entry, look.value);
  const readAs = suspicion === null ? context.sample.readingOf(entry) : (['plain', 'audit'] as const);
  const content: Content = readAs.length === 0 ? { kind: 'unread' } : await checkBytes(entry, readAs, look, context, findings);
  if (content.kind !== 'page') await checkSidecars(entry, content, context, findings);
}

/** A cache may remember that a file was missing: it is asked past the caches, and as the other agent. */
async function lookTwice({ path }: PlanEntry, { client, sample, name }: PlaceContext): Promise<Answer<Look>> {
  const as = sample.agentFor(path, name);
  const look = await client.look({ path, as });
  return look.kind === 'missing' ? client.look({ path, as: otherAgent(as), fresh: true }) : look;
}

/** Returns why the bytes must be read, whether or not the file is part of the sample; null if there is no reason. */
function suspect({ path, size, etag }: PlanEntry, look: Look): string | null {
  if (look.isPage) return 'page';
  if (size !== undefined && look.size !== null && size !== look.size) return 'size';
  if (etag !== undefined && look.etag !== null && etag !== look.etag && isImmutable(path)) return 'etag';
  return null;
}

/** A file counts as missing only if the origin still has it. */
async function checkAbsence(entry: PlanEntry, evidence: Evidence, { origin }: PlaceContext, findings: Findings): Promise<void> {
  const { path, time, size } = entry;
  const there = await origin.look(path);
  if (there.kind === 'missing' || (there.kind === 'none' && entry.guess === true)) return;
  const known = time ?? (there.kind === 'file' ? there.value.time : undefined);
  findings.lacks('missing', path, known, [evidence, there.evidence], {
    expected: { size: size ?? (there.kind === 'file' ? there.value.size : null), time: known ?? null },
    found: { status: evidence.status },
  });
}
