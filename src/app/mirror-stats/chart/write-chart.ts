/** Writes a chart of the counts in a folder, as a page or a drawing, and never over a file that is not one. */
import { dirname, resolve } from 'node:path';

import { localRepositoryError } from '../../../base/disk/file-error.js';
import { makeFolders } from '../../../base/disk/make-folders.js';
import { readNamedFileIfPresent } from '../../../base/disk/named-file.js';
import { replaceFile } from '../../../base/disk/replace-file.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { readChartData } from './chart-data.js';
import { formatChartPage, pageHead } from './page.js';
import { drawChart, svgHead } from './svg.js';

/** Files to write. */
export interface ChartFiles {
  /** A page in HTML. */
  readonly html?: string | undefined;
  /** A drawing in SVG. */
  readonly svg?: string | undefined;
}

/**
 * Draws the files of days in a folder.
 * @returns the absolute paths of what was written
 * @throws ClojarsFetchError ERR_CONFIG, `bad-value`: a file that is not a chart; `unreadable`: a file of a day; ERR_LOCAL_REPOSITORY
 */
export async function writeDownloadCharts(folder: string, { html, svg }: ChartFiles): Promise<readonly string[]> {
  const data = readChartData(resolve(folder));
  const written: string[] = [];
  if (html !== undefined) written.push(await write(html, pageHead, formatChartPage(data, new Date())));
  if (svg !== undefined) written.push(await write(svg, svgHead, drawChart(data)));
  return written;
}

async function write(name: string, head: string, text: string): Promise<string> {
  const file = resolve(name);
  const older = readNamedFileIfPresent(file, 'the chart');
  if (older !== null && older.length > 0 && older.toString('utf8', 0, Buffer.byteLength(head)) !== head)
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      path: file,
      message: `not overwriting ${name}: it is not a chart of clojars-fetch mirror stats`,
      hint: 'Name another file, or remove this one first.',
    });
  try {
    makeFolders(dirname(file));
    await replaceFile(file, text, { mode: 0o666, flush: false });
    return file;
  } catch (cause) {
    throw localRepositoryError(cause, file);
  }
}
