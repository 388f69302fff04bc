/** Reports which signed audits count as witnesses, and which mirrors they caught lying. */
import type { Audits, AuditStanding } from '../../fetch/audits/audits.js';
import type { Mirror } from '../../network/mirrors/repository.js';
import type { DiagnosisCheck } from './diagnosis-check.js';

/** Fetches the notes that are due. */
export async function checkAudits(audits: Audits, mirrors: readonly Mirror[], signal: AbortSignal): Promise<readonly DiagnosisCheck[]> {
  const standings = await audits.standings(signal);
  return [...standings.map(checkAudit), ...mirrors.flatMap(({ url }) => checkMirror(audits, url))];
}

function checkAudit({ operator, url, standing }: AuditStanding): DiagnosisCheck {
  const name = `audit of ${operator}`;
  if (!standing.ok) {
    const hint = 'It is not a witness of a quorum until this is corrected. Ask its operator, or compare `trust.audits`.';
    return { name, status: 'warn', detail: `${url} does not count: ${standing.problem}`, hint };
  }
  const { vantage, untilMs, repository, counts } = standing.statement;
  const detail = `${url} counts: ${counts['files'] ?? 0} files of ${repository}, as seen from ${vantage} until ${new Date(untilMs).toISOString()}`;
  return { name, status: 'ok', detail };
}

function checkMirror(audits: Audits, mirror: URL): readonly DiagnosisCheck[] {
  return audits.of(mirror).map(({ operator, audit, untilMs, lies }) => ({
    name: `mirror ${mirror.href}`,
    status: 'warn',
    detail: `caught lying: the audit ${audit} of ${operator} found ${lies} until ${new Date(untilMs).toISOString()}`,
    hint: 'It is asked last. Remove it from your mirrors, or ask its operator.',
  }));
}
