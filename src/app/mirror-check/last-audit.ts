/** Finds in the result of an audit what it says of each mirror. */
import { readAudit } from '../audit/read-audit.js';
import type { AuditedMirror } from './verdict/model.js';

/** Returns what was found by the URL of the mirror. @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-part` */
export async function readLastAudit(file: string, signal?: AbortSignal): Promise<ReadonlyMap<string, AuditedMirror>> {
  const { header, end } = await readAudit(file, signal);
  return new Map(
    end.places.map(({ url, behindSeconds, answered, counts }) => [
      url,
      { until: header.until, vantage: header.vantage, files: end.files, answered, behindSeconds, findings: counts },
    ]),
  );
}
