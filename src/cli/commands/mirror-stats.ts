/** `mirror stats`: counts the downloads in the logs of a mirror. */
import { resolve } from 'node:path';

import { countDownloads, type CountOptions, type CountReport, type DownloadReportOptions } from '../../mirror.js';
import type { Arguments } from '../options/parse.js';
import { usageError } from '../options/usage-error.js';
import { type ExitCode, exitCodes } from '../output/exit-code.js';
import { statisticsDocument } from '../output/mirror-json.js';
import { showText } from '../output/render.js';
import { formatStatistics, statisticsWarnings } from '../output/render-statistics.js';
import type { Command, CommandCall } from './command.js';

export const mirrorStatsCommand: Command = async (call) => {
  const { given, output, signal } = call;
  const options = reportOptions(call);
  const report = options === null ? null : (await import('./mirror-report.js')).prepareDownloadReport(options);
  if (given.words.length === 0 && report !== null && given.date !== undefined) {
    await report.send([{ date: given.date, file: fileOfDay(given, given.date) }]);
    return exitCodes.done;
  }
  const result = await countDownloads(logsOf(given), { ...countOptions(given), signal });
  const warnings = statisticsWarnings(result).map(showText);
  for (const warning of warnings) output.warn(warning);
  if (result.isUnderstood && (given.html !== undefined || given.svg !== undefined)) {
    const { writeDownloadCharts } = await import('./mirror-chart.js');
    for (const file of await writeDownloadCharts(given.output ?? '.', { html: given.html, svg: given.svg }))
      output.note(`the chart is ${showText(file)}`);
  }
  output.result(formatStatistics(result), statisticsDocument(result, [...output.warnings, ...warnings]));
  if (report !== null && result.days.length > 0) await report.send(result.days);
  return exitCodeOf(result);
};

function logsOf({ words }: Arguments): Parameters<typeof countDownloads>[0] {
  if (words.length > 0) return words.map((word) => (word === '-' ? { name: 'stdin', bytes: process.stdin } : word));
  throw usageError(
    "'mirror stats' needs a log",
    "Name one or more files, such as 'clojars-fetch mirror stats /var/log/nginx/access.log', or - for stdin.",
  );
}

function countOptions({ output, countForm, merge, state, date, excludeAgents, unique, ranges, fields }: Arguments): CountOptions {
  return { output, form: countForm, merge, state, date, excludeAgents, unique, ranges, fields };
}

function reportOptions({ given: { report, reportKey }, signal }: CommandCall): DownloadReportOptions | null {
  if (report === undefined && reportKey === undefined) return null;
  if (report !== undefined && reportKey !== undefined) return { url: report, keyFile: reportKey, signal };
  throw usageError(
    '--report and --report-key need each other',
    "Make a key with 'openssl genpkey -algorithm ed25519 -out report.pem', and give the public key to the receiver.",
  );
}

function fileOfDay({ output, countForm }: Arguments, date: string): string {
  return resolve(output ?? '.', `downloads-${date.replaceAll('-', '')}.${countForm ?? 'edn'}`);
}

function exitCodeOf({ isUnderstood, logs }: CountReport): ExitCode {
  if (!isUnderstood) return exitCodes.verification;
  return logs.some(({ isDamaged }) => isDamaged) ? exitCodes.unreachable : exitCodes.done;
}
