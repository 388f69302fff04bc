/** `mirror stats`: counts the downloads in the logs of a mirror. */
import { ClojarsFetchError } from '../../base/error.js';
import { countDownloads, type CountReport } from '../../mirror.js';
import { type ExitCode, exitCodes } from '../output/exit-code.js';
import { statisticsDocument } from '../output/mirror-json.js';
import { showText } from '../output/render.js';
import { formatStatistics, statisticsWarnings } from '../output/render-statistics.js';
import type { Command } from './command.js';

export const mirrorStatsCommand: Command = async ({ given, output, signal }) => {
  if (given.words.length === 0)
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      message: "'mirror stats' needs a log",
      hint: "Name one or more files, such as 'clojars-fetch mirror stats /var/log/nginx/access.log', or - for stdin.",
    });
  const logs = given.words.map((word) => (word === '-' ? { name: 'stdin', bytes: process.stdin } : word));
  const report = await countDownloads(logs, { output: given.output, signal });
  const warnings = statisticsWarnings(report).map(showText);
  for (const warning of warnings) output.warn(warning);
  output.result(formatStatistics(report), statisticsDocument(report, [...output.warnings, ...warnings]));
  return exitCodeOf(report);
};

function exitCodeOf({ isUnderstood, logs }: CountReport): ExitCode {
  if (!isUnderstood) return exitCodes.verification;
  return logs.some(({ isDamaged }) => isDamaged) ? exitCodes.unreachable : exitCodes.done;
}
