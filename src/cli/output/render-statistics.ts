/** Text of `mirror stats`. */
import type { CountReport } from '../../mirror.js';
import { columns } from './columns.js';
import { showText } from './render.js';

/** Formats a line for each day, and how much of the logs was understood. */
export function formatStatistics({ days, logs }: CountReport): string {
  const rows = days.map(({ date, downloads, versions, artifacts, file }) => [
    date,
    `${downloads} downloads of ${versions} versions of ${artifacts} artifacts`,
    showText(file),
  ]);
  const lines = logs.reduce((total, log) => total + log.lines, 0);
  const understood = logs.reduce((total, log) => total + log.understood, 0);
  return [...columns(rows), `${understood} of ${lines} lines understood`, ''].join('\n');
}

/** Says what is wrong with logs. */
export function statisticsWarnings({ isUnderstood, logs }: CountReport): readonly string[] {
  const damaged = logs
    .filter(({ isDamaged }) => isDamaged)
    .map(({ name }) => `${name}: the gzip ends early or is damaged; what came before counts`);
  if (isUnderstood) return damaged;
  const worst = logs
    .filter(({ lines, understood }) => understood < lines)
    .map(({ name, lines, understood }) => `${name}: ${lines - understood} of ${lines} lines have no known form`);
  return [...damaged, ...worst, 'too few lines were understood: no file was written'];
}
