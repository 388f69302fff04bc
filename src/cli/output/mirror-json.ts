/** The `--json` documents of `mirror`: docs/schema/mirror-stats.json. */
import type { CountReport } from '../../mirror.js';

function head(warnings: readonly string[]): { readonly schemaVersion: 1; readonly warnings: readonly string[] } {
  return { schemaVersion: 1, warnings: [...new Set(warnings)] };
}

/** Formats the document of `mirror stats`. Fields are copied by name, so that the contract does not grow by accident. */
export function statisticsDocument({ isUnderstood, logs, days }: CountReport, warnings: readonly string[]) {
  return {
    ...head(warnings),
    isUnderstood,
    logs: logs.map(({ name, lines, understood, formats, isDamaged }) => ({ name, lines, understood, formats, isDamaged })),
    days: days.map(({ date, downloads, artifacts, versions, file }) => ({ date, downloads, artifacts, versions, file })),
  };
}
