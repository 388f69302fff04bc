/** The `--json` documents of `audit`: docs/schema has a JSON Schema for each. */
import type { AuditKey, AuditSummary, PlannedAudit, SignedAudit } from '../../audit.js';

function head(warnings: readonly string[]): { readonly schemaVersion: 1; readonly warnings: readonly string[] } {
  return { schemaVersion: 1, warnings: [...new Set(warnings)] };
}

/** Formats the document of `audit plan`. */
export function planDocument({ file, id, files, skippedNames, seed, source, places }: PlannedAudit, warnings: readonly string[]) {
  return { ...head(warnings), file, plan: id, files, skippedNames, seed, source, places: places.map(({ name, url }) => ({ name, url })) };
}

/** Formats the document of the other subcommands: the first and the last line of the result. */
export function auditDocument({ header, end }: AuditSummary, signed: SignedAudit | null, warnings: readonly string[]) {
  const { plan, repository, vantage, shard, from, until, seed, skippedNames = 0, audited } = header;
  const { full, sharePerMillion, listsOnly } = audited;
  return {
    ...head(warnings),
    plan,
    repository,
    vantage,
    shard,
    from,
    until,
    seed,
    skippedNames,
    audited: { full, sharePerMillion, listsOnly },
    files: end.files,
    digests: end.digests,
    origin: end.origin,
    places: end.places.map(({ name, url, behindSeconds, answered, skippedNames: skipped = 0, counts }) => ({
      name,
      url,
      behindSeconds,
      answered,
      skippedNames: skipped,
      counts,
    })),
    signed: signed && { note: signed.note, list: signed.list, files: signed.files, key: signed.verifierKey },
  };
}

/** Formats the document of `audit key`. */
export function keyDocument({ name, file, verifierKey }: AuditKey, warnings: readonly string[]) {
  return { ...head(warnings), name, file, verifierKey };
}
