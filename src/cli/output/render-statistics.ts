/** Text of `mirror stats`. */
import type { CountReport } from '../../mirror.js';
import { columns } from './columns.js';
import { counted } from './counted.js';
import { showText } from './render.js';

/** Formats a line for each day, and how much of the logs was understood. */
export function formatStatistics({ days, merged, logs }: CountReport): string {
  const all = merged === null ? [] : [{ ...merged, date: 'all days' }];
  const rows = [...days, ...all].map(({ date, downloads, versions, artifacts, file }) => [
    date,
    `${counted(downloads, 'download')} of ${counted(versions, 'version')} of ${counted(artifacts, 'artifact')}`,
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
  const before = logs
    .filter(({ countedBefore, lines }) => countedBefore > 0 && lines === 0)
    .map(({ name }) => `${name}: counted before, so not counted again`);
  if (isUnderstood) return [...damaged, ...before];
  const worst = logs
    .filter(({ lines, understood }) => understood < lines)
    .map(({ name, lines, understood }) => `${name}: ${lines - understood} of ${lines} lines have no known form`);
  return [...damaged, ...worst, 'too few lines were understood: no file was written'];
}
